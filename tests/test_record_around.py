"""What stands around the acts, against the lists that it was taken from: each row is on record."""

import re
from collections import defaultdict

import pytest

from server.rdf.vocabulary import CANONICAL_BASE, RDF_TYPE, SL
from tests.needs import needs
from tests.record import TREATIES, statements
from tests.test_record_sources import LISTS, SHARED, actors, read, treaty

ORG = "http://www.w3.org/ns/org#"
pytestmark = needs(SHARED.is_dir(), "the folder shared beside the checkout")


def participation(path: str) -> dict[str, list[str]]:
    return statements()[f"{CANONICAL_BASE}id/participation/{path}"]


def test_each_signatory_of_the_artemis_accords_is_on_record_with_its_day() -> None:
    for row in read("record/artemis.csv"):
        held = participation(f"artemis-accords/{row['state_iso3'].lower()}/signature")
        assert held["participationOf"] == [actors()[row["state_iso3"]]], row
        if len(row["signed"]) == len("2020-10-13"):
            assert row["signed"] in held["eventDate"], row


def test_each_member_of_the_committee_is_on_record_with_its_year() -> None:
    held = {
        p[member][0]: p["memberFrom"]
        for p in statements().values()
        if p[(member := f"{ORG}member")]
    }
    for row in read("record/copuos_members.csv"):
        if state := actors().get(row["state_iso3"]):
            assert state in held, row
            assert not row["year_joined"] or row["year_joined"] in held[state], row


def test_each_date_of_the_iss_agreement_is_on_record() -> None:
    days: dict[str, set[str]] = defaultdict(set)
    for p in statements().values():
        if p["participationIn"] == [
            f"{CANONICAL_BASE}id/treaty/1998/iss-intergovernmental-agreement"
        ]:
            days[p["participationOf"][0]] |= {*p["eventDate"], *p["effectiveDate"]}
    for row in read("record/iss_iga.csv"):
        wanted = {row[name] for name in ("signature", "consent") if row[name]}
        assert wanted <= days[actors()[row["state_iso3"]]], row


@pytest.mark.parametrize("name", ["declarations", "declarations_gazettes", "declarations_more"])
def test_each_declaration_is_on_record_with_its_kind_and_day(name: str) -> None:
    held: dict[tuple[str, str], set[str]] = defaultdict(set)
    for p in statements().values():
        if p["treatyStatementKind"]:
            key = (p["participationIn"][0], p["participationOf"][0])
            held[key] |= {*p["eventDate"], ""}
    iss = f"{CANONICAL_BASE}id/treaty/1998/iss-intergovernmental-agreement"
    for row in read(f"record/{name}.csv"):
        of = treaty(row["treaty"]) if row["treaty"].upper() in TREATIES else iss
        days = held[of, actors()[row["state"]]]
        assert days, row
        assert len(row["date"]) < len("2020-10-13") or row["date"] in days, row


def test_each_resolution_is_on_record_with_its_day() -> None:
    days: dict[str, set[str]] = defaultdict(set)
    for p in statements().values():
        if SL + "Resolution" in p[RDF_TYPE]:
            for symbol in p["symbol"]:
                days[symbol.replace(" ", "")] |= {*p["adoptionDate"], *p["adoptionMonth"]}
    missing = []
    for row in read("record/ga_resolutions.csv"):
        # A part of a resolution stands under the whole, or by itself.
        names = {row["symbol"], re.sub(r" [A-Z]$", "", row["symbol"])}
        held = {day for name in names for day in days.get(name.replace(" ", ""), ())}
        if not any(day.startswith(row["adoption_date"][:7]) for day in held):
            missing.append((row["symbol"], row["adoption_date"]))
    assert missing == []


def test_each_state_with_a_national_law_has_one_on_record() -> None:
    laws = [s for s in statements() if s.startswith(f"{CANONICAL_BASE}id/law/")]
    titles = " ".join(
        text
        for law in laws
        for name in ("http://www.w3.org/2000/01/rdf-schema#label", "http://purl.org/dc/terms/title")
        for text in statements()[law][name]
    )
    years = {law.split("/id/law/")[1].split("/")[0] for law in laws}
    rows = [
        r for r in read("record/national_law.csv") if r["kind"] == "statute" and r["state_iso3"]
    ]
    assert rows
    assert titles
    assert {r["year"] for r in rows if r["year"]} <= years


def test_numbers_and_days_of_registration_are_on_record() -> None:
    for row in read("record/treaty_registration.csv"):
        if row["event"] == "registration" and len(row["date"]) == len("1969-05-15"):
            held = statements()[treaty(row["treaty"])]
            assert held["unRegistrationDate"] == [row["date"]], row


def test_each_organization_that_a_list_has_declared_acceptance_with_its_day() -> None:
    """The table of 2026 and the lists agree on who declared, and a list gives each day."""
    listed = {
        (r["treaty"], r["state_iso3"])
        for r in read("record/status_2026-01-01.csv")
        if r["status"] == "declaration"
    }
    assert len(listed) == 6
    dated = {
        (r["treaty"], r["state_iso3"])
        for name in LISTS
        for r in read(f"record/{name}.csv")
        if r["state_iso3"].startswith("org:") and len(r["date"]) == len("1979-01-02")
    }
    assert listed <= dated
    for key, organization in dated:
        path = f"{TREATIES[key.upper()].rpartition('/')[2]}/{organization.removeprefix('org:')}"
        assert participation(f"{path}/declaration-of-acceptance")["eventDate"], path
