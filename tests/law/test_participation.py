"""Tests of records of participation read from a release, with dates as XML Schema has them."""

import pytest

from server.compile import pipeline
from server.law import participation
from server.rdf.datatypes import Day
from server.release.reader import Release
from tests import tinysource

BASE = "http://law.example/"
TREATY = BASE + "id/treaty/1967/outer-space"
RECORD = """
sl:Accession a owl:Class ;
    rdfs:label "accession"@en .
"""
ACTS = """
<id/participation/ost/chn/accession> a sl:Accession ;
    rdfs:label "Accession of China"@en ;
    sl:participationIn <id/treaty/1967/outer-space> ;
    sl:participationOf <id/state/chn> ;
    sl:eventDate "1983-12-30Z"^^xsd:date ;
    dcterms:source <https://treaties.un.org/> .

<id/participation/ost/rom/accession> a sl:Accession ;
    rdfs:label "Accession of Rome"@en ;
    sl:participationIn <id/treaty/1967/outer-space> ;
    sl:participationOf <id/state/rom> ;
    sl:eventDate "-0044-03-15"^^xsd:date ;
    dcterms:source <https://treaties.un.org/> .
"""
IN_FORCE = """
<id/treaty/1967/outer-space> a sl:Treaty ;
    sl:entryIntoForceDate "-0050-01-01"^^xsd:date ;
    dcterms:source <https://treaties.un.org/> ;
    sl:confidence <id/confidence/certain> .
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("record")
    files = {
        "ontology/record.ttl": RECORD,
        "data/official/participation/ost.ttl": ACTS,
        "data/editor/treaty.ttl": IN_FORCE,
    }
    root = tinysource.write(folder / "sources", files)
    return Release(pipeline.build(root, folder / "releases", BASE))


def test_days_with_a_timezone_and_before_the_year_1_are_reckoned_with(release: Release) -> None:
    found = participation.record(release, TREATY).treaty.standings(Day(2000, 1, 1))
    since = {s.participant.rpartition("/")[2]: str(s.since) for s in found}
    assert since == {"chn": "1983-12-30", "rom": "-0044-03-15"}


@pytest.mark.parametrize("text", ["2000-10-04", "2000-10-04Z", "-0044-03-15"])
def test_a_day_asked_for_is_read_like_any_date(text: str) -> None:
    assert text.startswith(str(participation.parse_day(text, Day(2026, 1, 1))))
