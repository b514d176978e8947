"""The record of participation: its figures, and entry into force reckoned from the acts."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.compile import sources
from server.rdf.vocabulary import CANONICAL_BASE, LAYERS, RDF_TYPE, SL
from tests.record import TREATIES, statements

ROOT = Path(__file__).parents[1]
# The fifth deposit on record is that of the German Democratic Republic: so count the notices of
# Poland and Czechoslovakia. The United Nations count from the fifth without it.
WITHOUT_GDR = {"LIAB": date(1972, 8, 30)}


def of_treaty(key: str) -> dict[str, list[str]]:
    return statements()[f"{CANONICAL_BASE}id/{TREATIES[key]}"]


def consents(key: str) -> list[tuple[date, str]]:
    """Return dated ratifications and accessions, in order, without records set aside."""
    aside = {
        record
        for conflict in statements().values()
        if conflict["preferredRecord"]
        for record in conflict["conflictingRecord"]
    } - {r for conflict in statements().values() for r in conflict["preferredRecord"]}
    wanted = {SL + "Ratification", SL + "Accession"}
    return sorted(
        (date.fromisoformat(event["eventDate"][0]), event["participationOf"][0])
        for iri, event in statements().items()
        if wanted & set(event[RDF_TYPE])
        and event["participationIn"] == [f"{CANONICAL_BASE}id/{TREATIES[key]}"]
        and event["eventDate"]
        and iri not in aside
    )


def continued_by(participant: str) -> set[str]:
    """Return the States under whose name depositaries list the acts of a former one."""
    return {s for s, p in statements().items() if p["predecessor"] == [participant]}


def entry_into_force(key: str, but: str = "") -> date | None:
    """Apply the treaty's own rule to the dated acts, but for those of one participant."""
    treaty = of_treaty(key)
    rule = statements()[treaty["entersIntoForceUnder"][0]]
    needed = set(treaty["depositary"]) if rule["requiresDepositaries"] == ["true"] else set()
    consenting: set[str] = set()
    for day, participant in consents(key):
        if participant == but:
            continue
        consenting |= {participant, *continued_by(participant)}
        if len(consenting) >= int(rule["requiredConsents"][0]) and needed <= consenting:
            return day + timedelta(int(rule["delayInDays"][0]))
    return None


@pytest.mark.parametrize("key", TREATIES)
def test_the_acts_bring_each_treaty_into_force_on_its_day(key: str) -> None:
    official = date.fromisoformat(of_treaty(key)["entryIntoForceDate"][0])
    if key in WITHOUT_GDR:
        assert entry_into_force(key) == WITHOUT_GDR[key]
        assert entry_into_force(key, f"{CANONICAL_BASE}id/state/ddr") == official
    else:
        assert entry_into_force(key) == official


def test_each_state_has_its_code_and_no_external_identifier_is_guessed() -> None:
    """Links out are ISO codes and Wikidata items that were read in a source that is named."""
    exact = "http://www.w3.org/2004/02/skos/core#exactMatch"
    linked = {s: p for s, p in statements().items() if p[exact]}
    for iri, properties in linked.items():
        if "/id/state/" in iri:
            sources = properties["http://purl.org/dc/terms/source"]
            assert f"{CANONICAL_BASE}id/source/wikidata-two-files" in sources, iri
        else:
            assert "/id/organization/" in iri
    for iri, properties in statements().items():
        if SL + "State" in properties[RDF_TYPE]:
            code = properties["iso3166Alpha3"]
            assert [iri.rpartition("/")[2].upper()] == code, iri


def test_links_lead_only_where_a_source_vouches() -> None:
    """Hosts that data may name: vocabularies, official documents, identifiers read in a source.

    The addresses of national laws stand on the official sites of their States, as their source
    gives them.
    """
    allowed = {
        "w3id.org", "www.w3.org", "purl.org", "rdfs.org", "creativecommons.org",
        "docs.un.org", "www.unoosa.org", "treaties.un.org", "www.wikidata.org",
        "schema.org", "xmlns.com", "data.europa.eu", "metadata.un.org",
    }  # fmt: skip
    hosts = {
        re.match(r"https?://([^/]+)", match)[1]  # type: ignore[index]
        for path, graph in sources.find(ROOT)
        if graph in (*LAYERS, "catalog") and "data/editor/law/" not in path.as_posix()
        for match in re.findall(r"<(https?://[^>]*)>", path.read_text("utf-8"))
    }
    assert hosts <= allowed
