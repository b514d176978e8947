"""Who is bound on a day, over HTTP, against a reckoning of its own from the raw records."""

import csv
import io
import json
from datetime import date
from functools import cache

import pyoxigraph as ox
import pytest

from tests.live.site import ROOT, Answer, Site, ask
from tests.test_record import TREATIES

pytestmark = pytest.mark.xdist_group("live")

SHARED = ROOT.parent / "shared" / "domain"
# Parties in the United Nations table of 1 January 2015, and those of them whose date is known.
PARTIES = {"OST": 103, "ARRA": 94, "LIAB": 92, "REG": 62, "MOON": 16}
DATED = {"OST": 88, "ARRA": 71, "LIAB": 81, "REG": 60, "MOON": 16}
IN_FORCE = {
    "OST": "1967-10-10",
    "ARRA": "1968-12-03",
    "LIAB": "1972-09-01",
    "REG": "1976-09-15",
    "MOON": "1984-07-11",
}
DAYS = [
    "1966-12-31",
    "1967-10-10",
    "1970-01-01",
    "1972-09-01",
    "1976-09-15",
    "1979-12-31",
    "1984-07-11",
    "1991-12-26",
    "2000-01-01",
    "2014-12-31",
]
ADOPTED = {
    "OST": "1966-12-19",
    "ARRA": "1967-12-19",
    "LIAB": "1971-11-29",
    "REG": "1974-11-12",
    "MOON": "1979-12-05",
}


def status(site: Site, key: str, day: str, suffix: str = ".csv") -> Answer:
    return ask(f"{site.base}status{suffix}?treaty={TREATIES[key]}&asOf={day}")


def rows(site: Site, key: str, day: str) -> dict[str, dict[str, str]]:
    answer = status(site, key, day)
    assert answer.status == 200, answer.body
    table = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
    return {row["state"].rpartition("/")[2]: row for row in table}


def test_the_counts_of_2015_are_those_of_the_united_nations_table(site: Site) -> None:
    parties = {
        key: [r for r in rows(site, key, "2015-01-01").values() if r["status"] == "party"]
        for key in TREATIES
    }
    assert {key: len(found) for key, found in parties.items()} == PARTIES
    assert {key: sum(bool(r["since"]) for r in found) for key, found in parties.items()} == DATED
    assert (sum(PARTIES.values()), sum(DATED.values())) == (367, 316)


@cache
def raw() -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """Return consent dates and the table's cells by treaty and State, from the raw records."""
    if not SHARED.is_dir():
        pytest.skip("the raw records are not part of a clone")
    with (SHARED / "participation_raw.csv").open(encoding="utf-8", newline="") as lines:
        consent = {
            (r["treaty"], r["iso3"].lower()): r["consent"]
            for r in csv.DictReader(lines)
            if r["consent"]
        }
    with (SHARED / "status_2015-01-01.csv").open(encoding="utf-8", newline="") as lines:
        cells = {
            (key, r["iso3"].lower()): r[key] for r in csv.DictReader(lines) for key in TREATIES
        }
    return consent, cells


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("key", TREATIES)
def test_the_parties_on_a_day_are_those_of_the_raw_records(site: Site, key: str, day: str) -> None:
    """A State of the table is a party once it consented and the treaty is in force."""
    consent, cells = raw()
    if day < ADOPTED[key]:
        assert status(site, key, day).status == 400
        return
    expected = {
        state: max(consent[key, state], IN_FORCE[key])
        for (treaty, state), cell in cells.items()
        if treaty == key
        and cell == "R"
        and (key, state) in consent
        and max(consent[key, state], IN_FORCE[key]) <= day
    }
    listed = {state for treaty, state in cells if treaty == key}
    found = {
        state: r["since"]
        for state, r in rows(site, key, day).items()
        if r["status"] == "party" and state in listed
    }
    assert found == expected


@pytest.mark.parametrize("key", TREATIES)
def test_a_party_without_a_date_is_not_known_before_the_table(site: Site, key: str) -> None:
    undated = {
        s
        for s, r in rows(site, key, "2015-01-01").items()
        if r["status"] == "party" and not r["since"]
    }
    assert len(undated) == PARTIES[key] - DATED[key]
    before = rows(site, key, "2014-12-31")
    assert {before[s]["status"] for s in undated} <= {"unknown"}


def test_each_format_has_the_same_standings(site: Site) -> None:
    table = rows(site, "LIAB", "1979-12-31")
    document = json.loads(status(site, "LIAB", "1979-12-31", ".json").body)
    assert {
        (r["state"].rpartition("/")[2], r["status"], r["since"] or "")
        for r in document["standings"]
    } == {(s, r["status"], r["since"]) for s, r in table.items()}
    triples = list(ox.parse(status(site, "LIAB", "1979-12-31", ".ttl").body, ox.RdfFormat.TURTLE))
    stated = {
        t.subject.value.rpartition("#")[2]: t.object.value.rpartition("/")[2]
        for t in triples
        if t.predicate.value.endswith("/def/listedStatus")
    }
    assert stated == {s: r["status"] for s, r in table.items()}
    page = status(site, "LIAB", "1979-12-31", ".html").body.decode()
    assert f"<strong>{document['counts']['party']}</strong> parties" in page


@pytest.mark.parametrize(
    ("day", "detail"),
    [
        ("1967-11-31", "it takes a day written as 2015-01-01"),
        ("yesterday", "it takes a day written as 2015-01-01"),
        ("20150101", "it takes a day written as 2015-01-01"),
        ("1960-01-01", "before the Liability Convention was adopted on 1971-11-29"),
        (str(date(date.today().year + 1, 1, 1)), "in the future"),
    ],
)
def test_a_day_that_cannot_be_is_a_problem(site: Site, day: str, detail: str) -> None:
    answer = status(site, "LIAB", day)
    assert answer.status == 400
    assert detail in json.loads(answer.body)["detail"]


def test_an_unknown_treaty_is_a_problem(site: Site) -> None:
    answer = ask(f"{site.base}status.csv?treaty=treaty/1999/none&asOf=2015-01-01")
    assert answer.status == 404
    assert "No participation" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize(
    ("path", "text"),
    [("id/treaty/1972/liability", "Brazil"), ("id/state/chn", "Registration Convention")],
)
def test_treaty_and_state_pages_tell_the_standing(site: Site, path: str, text: str) -> None:
    page = ask(f"{site.base}doc/{path}.html?asOf=1990-01-01").body.decode()
    start = page.index('id="bound"')
    section = page[start : page.index("</section>", start)]
    assert text in section
    assert "on 1990-01-01" in section
    assert ask(f"{site.base}doc/{path}.html?asOf=1066").status == 400


def test_every_official_fact_has_a_source(site: Site) -> None:
    counts = json.loads(ask(site.base + "sources", {"Accept": "application/json"}).body)
    for layer in ("official", "paper", "editor"):
        assert "" not in counts[layer], f"{counts[layer].get('')} without a source in {layer}"
        assert sum(facts for _, facts in counts[layer].values()) > 1000
