"""What the build computes of the record: since when it is known, and what it lacks."""

from pathlib import Path

import pyoxigraph as ox

from server.compile import inference
from server.rdf.vocabulary import CANONICAL_BASE, SL

RULES = Path(__file__).parents[2] / "ontology" / "rules"
RECORD = """
@base <https://w3id.org/spacelaw/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix sl: <https://w3id.org/spacelaw/def/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<id/source/old> sl:knownFrom "1970-01-01"^^xsd:date .
<id/source/new> sl:knownFrom "2020-01-01"^^xsd:date .
<id/state/son> sl:predecessor <id/state/father> .

<id/a> a sl:Ratification ; sl:participationIn <id/t> ; sl:participationOf <id/state/son> ;
    sl:eventDate "1969-01-01"^^xsd:date ; dcterms:source <id/source/new> , <id/source/old> .
<id/d> a sl:Deposit ; sl:depositOf <id/a> ; dcterms:source <id/source/new> .
<id/b> a sl:Signature ; sl:participationIn <id/t> ; sl:participationOf <id/state/father> .
<id/c> a sl:Ratification ; sl:participationIn <id/t> ; sl:participationOf <id/state/other> ;
    sl:effectiveDate "1969-01-01"^^xsd:date .
<id/s> a sl:ParticipationStatus ; sl:participationIn <id/t> ; dcterms:source <id/source/old> .
<id/x> a sl:RecordConflict ; sl:participationIn <id/t> ; dcterms:source <id/source/old> .
"""


def derived(name: str) -> set[tuple[str, str]]:
    """Return what the rules give for a property: the subject and the value."""
    quads = ox.parse(RECORD, ox.RdfFormat.TURTLE)
    return {
        (
            str(q.subject).strip("<>").removeprefix(CANONICAL_BASE),
            str(q.object).partition("^^")[0].strip('<>"').rpartition("/")[2],
        )
        for q in inference.derive(quads, RULES)
        if q.predicate.value == SL + name
    }


def test_a_record_is_known_from_the_first_of_its_sources() -> None:
    assert derived("knownFrom") == {
        ("id/a", "1970-01-01"),
        ("id/d", "2020-01-01"),
        ("id/s", "1970-01-01"),
    }


def test_an_act_says_what_its_records_lack() -> None:
    """A predecessor's signature counts, and a day of effect; tables and conflicts lack nothing."""
    assert derived("recordGap") == {("id/b", "no-day"), ("id/c", "no-signature")}
