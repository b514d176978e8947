"""The record's own page and changed answers, over HTTP, against reckonings of their own."""

import csv
import io
import json
from collections import Counter
from typing import Any

import pytest

from server.rdf.vocabulary import CANONICAL_BASE
from tests.command import ROOT, Site, ask
from tests.html import Seen
from tests.needs import needs
from tests.record import TREATIES, statements

SHARED = ROOT.parent / "shared"


def table(site: Site, part: str) -> list[dict[str, str]]:
    answer = ask(f"{site.base}record/{part}.csv")
    assert answer.status == 200, answer.body
    return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))


def changed(site: Site, query: str) -> dict[str, Any]:
    answer = ask(f"{site.base}record/changes.json?{query}")
    assert answer.status == 200, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def key_of(row: dict[str, str]) -> str:
    """Return the short name of the treaty in a row."""
    path = row["treaty"].partition("/id/")[2]
    return next((key for key, treaty in TREATIES.items() if treaty == path), path)


def raw(name: str) -> list[dict[str, str]]:
    with (SHARED / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@needs(SHARED.is_dir(), "the folder shared beside the checkout")
def test_parties_of_2026_are_told_with_how_they_are_known(site: Site) -> None:
    """Listed are the parties of the table of 2026; of others an earlier record is carried on."""
    told = {key_of(row): row for row in table(site, "parties")}
    late = raw("record/status_2026-01-01.csv")
    listed = Counter(r["treaty"].upper() for r in late if r["status"] == "party")
    covered = {(r["treaty"].upper(), r["state_iso3"]) for r in late}
    early = raw("domain/status_2015-01-01.csv")
    for key in TREATIES:
        row = told[key]
        assert int(row["listed"]) == listed[key]
        carried = sum(r[key] == "R" and (key, r["iso3"]) not in covered for r in early)
        # Acts since the table of 2015 add to those that it carries on, a withdrawal takes away.
        assert abs(int(row["carried forward"]) - carried) <= 5
        assert int(row["parties"]) == int(row["listed"]) + int(row["carried forward"])


def test_coverage_counts_the_acts_of_each_decade(site: Site) -> None:
    rows = table(site, "coverage")
    assert {key_of(row) for row in rows} >= set(TREATIES)
    first = next(r for r in rows if key_of(r) == "MOON" and r["decade"] == "1980s")
    acts = [
        kind
        for iri, p in statements().items()
        if iri.partition("/id/")[2].startswith("participation/moon/")
        and p["eventDate"]
        and p["eventDate"][0].startswith("198")
        for kind in p["http://www.w3.org/1999/02/22-rdf-syntax-ns#type"][:1]
    ]
    signatures = sum(kind.endswith("/Signature") for kind in acts)
    assert int(first["signatures"]) == signatures > 0
    assert int(first["consents"]) == len(acts) - signatures


def test_horizons_add_up_to_the_participants(site: Site) -> None:
    rows = table(site, "horizons")
    reach = {(key_of(r), r["last record"]): int(r["participants"]) for r in rows}
    assert reach["OST", "table of 2026-01-01"] == 87
    assert reach["MOON", "table of 2015-01-01"] > 150


def test_each_conflict_is_told_with_both_its_sources(site: Site) -> None:
    rows = table(site, "conflicts")
    assert len(rows) == sum(bool(p["conflictingRecord"]) for p in statements().values())
    for row in rows:
        assert row["description"]
        assert row["sources"]
        named = {canonical(site, iri) for iri in row["sources"].split()}
        for record in row["records"].split():
            # Where a table is at odds with itself, or sources with each other, they are the record.
            sources = statements()[canonical(site, record)]["http://purl.org/dc/terms/source"]
            assert named & {*sources} or "/id/source/" in record, row


def canonical(site: Site, iri: str) -> str:
    return iri.replace(site.base, CANONICAL_BASE, 1)


def test_each_gap_names_the_document_that_would_close_it(site: Site) -> None:
    missing = table(site, "missing")
    assert len(missing) >= 20
    assert all(row["supplied by"] and row["description"] for row in missing)
    assert any("A/AC.105/C.2/2026/CRP.9/Rev.1" in row["supplied by"] for row in missing)
    assert {row["lacks"].rpartition("/")[2] for row in table(site, "gaps")} == {
        "no-day",
        "no-signature",
    }


def test_page_json_and_tables_say_the_same(site: Site) -> None:
    page = Seen(ask(site.base + "record").body.decode())
    whole = json.loads(ask(site.base + "record.json").body)
    for part, rows in whole.items():
        assert f"/record/{part}.csv" in page.hrefs()
        assert len(rows) == len(table(site, part)), part
    assert "/record/changes" in ask(site.base + "record").body.decode()
    assert ask(site.base + "record/none.csv").status == 404


@pytest.mark.parametrize("key", ["OST", "LIAB", "REG"])
def test_answers_changed_by_the_table_of_2026_name_it(site: Site, key: str) -> None:
    query = f"treaty={TREATIES[key]}&asOf=2026-01-01&from=2025-12-31&to=2026-01-01"
    found = changed(site, query)["changes"]
    assert found
    for change in found:
        assert change["before"] != change["after"] or change["since before"] != change["since"]
        assert any("on record since 2026-01-01" in reason for reason in change["reason"])
        assert len(change["reason"]) == len(change["records"])
        assert any("/id/status/" in record for record in change["records"])
        assert all("/id/source/" in source for source in change["sources"])


def test_changes_are_those_between_two_standings(site: Site) -> None:
    days = [("2015-01-01", "LIAB", "1979-12-31"), ("2018-01-01", "OST", "2015-01-01")]
    for first, key, day in days:
        found = changed(site, f"treaty={TREATIES[key]}&asOf={day}&from={first}")["changes"]
        before, after = (
            {
                r["state"]: (r["status"], r["since"])
                for r in json.loads(
                    ask(f"{site.base}status.json?treaty={TREATIES[key]}&asOf={day}{known}").body
                )["standings"]
            }
            for known in (f"&knownOn={first}", "")
        )
        assert {c["participant"] for c in found} == {s for s in after if before.get(s) != after[s]}
        assert all(c["reason"] and c["records"] and c["sources"] for c in found)


def test_changed_answers_come_as_a_page_and_a_table_too(site: Site) -> None:
    query = f"treaty={TREATIES['LIAB']}&asOf=2026-01-01&from=2025-12-31&to=2026-01-01"
    rows = changed(site, query)["changes"]
    sheet = csv.DictReader(io.StringIO(ask(f"{site.base}record/changes.csv?{query}").body.decode()))
    assert [r["participant"] for r in sheet] == [r["participant"] for r in rows]
    page = ask(f"{site.base}record/changes?{query}").body.decode()
    assert page.count("<tr>") == len(rows) + 1
    everywhere = changed(site, "asOf=2026-01-01&from=2025-12-31&to=2026-01-01")["changes"]
    assert len(everywhere) > len(rows)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "from is missing"),
        ("from=2026-01-02&to=2026-01-01", "after 2026-01-01"),
        ("from=yesterday", "it takes a day"),
        ("from=2015-01-01&to=2999-01-01", "in the future"),
        ("from=2015-01-01&treaty=treaty/1972/liability&asOf=1960-01-01", "was adopted on"),
        ("from=2015-01-01&until=2016-01-01", "until"),
    ],
)
def test_a_faulty_question_is_a_problem(site: Site, query: str, detail: str) -> None:
    answer = ask(f"{site.base}record/changes.json?{query}")
    assert answer.status == 400
    assert detail in json.loads(answer.body)["detail"]
