"""Tests that the ontology and the data are sound OWL 2 DL, and that what is not is found out."""

from pathlib import Path

import pytest

from server.compile import sources
from server.rdf.vocabulary import LAYERS
from tests.reasoning.owl import faults

ROOT = Path(__file__).parents[2]
ONTOLOGY = sorted((ROOT / "ontology").glob("*.ttl"))
DATA = [path for path, graph in sources.find(ROOT) if graph in (*LAYERS, "catalog")]

SAMPLE = """
@base <https://w3id.org/spacelaw/> .
@prefix : <https://w3id.org/spacelaw/def/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<def> a owl:Ontology .
:Actor a owl:Class .
:Text a owl:Class ; owl:disjointWith :Actor .
:partOf a owl:ObjectProperty , owl:TransitiveProperty .
:day a owl:DatatypeProperty .
:code a owl:DatatypeProperty ; rdfs:range xsd:string .
:words a owl:DatatypeProperty ; rdfs:range rdf:langString .
<id/a> a :Text ; :partOf <id/b> ; :day "1967-10-10"^^xsd:date ; :code "a" ; :words "a"@en .
"""


CLASH = "<id/a> a :Actor ."
EMPTY_CLASS = ":Both a owl:Class ; rdfs:subClassOf :Actor , :Text ."
PLANTED = [
    pytest.param('<id/a> :code "a"@en .', "inconsistent", id="words for a string"),
    pytest.param('<id/a> :words "a" .', "inconsistent", id="a string for words"),
    pytest.param('<id/a> :code "1967"^^xsd:gYear .', "inconsistent", id="a year for a string"),
    pytest.param(":code a owl:ObjectProperty .", "(IllegalPunning)", id="of two kinds"),
    pytest.param(
        ":Text rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :partOf ; "
        'owl:maxCardinality "1"^^xsd:nonNegativeInteger ] .',
        "(UseOfNonSimplePropertyInCardinalityRestriction)",
        id="count of a transitive property",
    ),
    pytest.param(
        "<id/a> :by <id/c> .", "(UseOfUndeclaredAnnotationProperty)", id="undeclared property"
    ),
    pytest.param("<id/c> a :Boat .", "(UseOfUndeclaredClass)", id="undeclared class"),
    pytest.param(":Text owl:subClassOf :Actor .", "not OWL 2: ", id="misspelt OWL"),
    pytest.param('<id/a> :day "1967"^^xsd:yaer .', "refused", id="misspelt datatype"),
    pytest.param(":day rdfs:range xsd:date .", "refused", id="date as a range"),
]


def sample(folder: Path, planted: str) -> list[Path]:
    file = folder / f"{abs(hash(planted))}.ttl"
    file.write_text(SAMPLE + planted, encoding="utf-8")
    return [file]


@pytest.fixture(scope="module")
def sample_faults(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Find the faults of all samples at once, for each Java machine takes seconds to start."""
    folder = tmp_path_factory.mktemp("samples")
    planted = ["", CLASH, EMPTY_CLASS, *(str(case.values[0]) for case in PLANTED)]
    return dict(zip(planted, faults(*(sample(folder, p) for p in planted)), strict=True))


def test_ontology_alone_and_with_data_is_sound_owl_2_dl() -> None:
    assert ONTOLOGY
    assert DATA
    alone, with_data = faults(ONTOLOGY, ONTOLOGY + DATA)
    assert not alone, "\n".join(alone)
    assert not with_data, "\n".join(with_data)


def test_sample_is_sound(sample_faults: dict[str, list[str]]) -> None:
    assert sample_faults[""] == []


def test_inconsistency_is_found_with_its_axioms(sample_faults: dict[str, list[str]]) -> None:
    (fault,) = sample_faults[CLASH]
    assert fault.removeprefix("inconsistent: ").split("; ") == [
        "ClassAssertion(<def/Actor> <id/a>)",
        "ClassAssertion(<def/Text> <id/a>)",
        "DisjointClasses(<def/Actor> <def/Text>)",
    ]


def test_unsatisfiable_class_is_found(sample_faults: dict[str, list[str]]) -> None:
    assert sample_faults[EMPTY_CLASS] == ["unsatisfiable: <def/Both>"]


@pytest.mark.parametrize(("planted", "fault"), PLANTED)
def test_planted_fault_is_found(
    sample_faults: dict[str, list[str]], planted: str, fault: str
) -> None:
    assert fault in "\n".join(sample_faults[planted])


def test_import_is_not_fetched(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="an import would be fetched"):
        faults(sample(tmp_path, "<def> owl:imports <https://example.org/> ."))
