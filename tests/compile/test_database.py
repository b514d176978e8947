"""Tests of descriptions, their hashes, labels, types and links."""

import hashlib
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile import database
from server.rdf.description import depths, describe, label_of, resource, type_of
from server.rdf.terms import canonical_nquads
from server.rdf.vocabulary import CANONICAL_BASE, SL, graph_iri
from server.release import schema
from server.release.manifest import DOCUMENTS
from tests.tinysource import HEAD

X = CANONICAL_BASE + "id/x"


def quads(turtle: str, graph: str = "official") -> list[ox.Quad]:
    node = ox.NamedNode(graph_iri(graph))
    triples = ox.parse(HEAD + turtle, ox.RdfFormat.TURTLE)
    return [ox.Quad(t.subject, t.predicate, t.object, node) for t in triples]


def described(turtle: str) -> dict[str, list[ox.Quad]]:
    return describe(quads(turtle), CANONICAL_BASE)


def written(folder: Path, turtle: str) -> dict[str, str]:
    made = [resource(iri, own, {}) for iri, own in described(turtle).items()]
    with schema.created(folder / DOCUMENTS) as documents:
        database.add_resources(documents, made, CANONICAL_BASE)
    return {r.iri: r.hash for r in made}


def test_description_is_of_each_resource_under_the_base() -> None:
    found = described("<id/x> sl:n 1 . <def/T> sl:n 1 . <http://example.org/> sl:n 1 . [] sl:n 1 .")
    assert list(found) == [CANONICAL_BASE + "def/T", X]


def test_description_has_all_layers_statements_and_no_others() -> None:
    stated = quads("<id/x> sl:n 1 . <id/y> sl:about <id/x> .") + quads("<id/x> sl:n 2 .", "paper")
    assert set(describe(stated, CANONICAL_BASE)[X]) == {stated[0], stated[2]}


def test_description_goes_on_through_blank_nodes() -> None:
    found = described("<id/x> sl:a [ sl:b [ sl:c <id/y> ] , 1 ] . <id/y> sl:n 1 . [] sl:a 2 .")[X]
    assert sorted(q.predicate.value.removeprefix(SL) for q in found) == ["a", "b", "b", "c"]


def test_description_has_whole_lists() -> None:
    assert len(described("<id/x> sl:list ( 1 2 3 ) .")[X]) == 7


def test_circle_of_blank_nodes_is_described_once() -> None:
    assert len(described("<id/x> sl:a _:a . _:a sl:a _:b . _:b sl:a _:a .")[X]) == 3


def test_shared_blank_node_is_in_both_descriptions() -> None:
    found = described("<id/x> sl:a _:a . <id/y> sl:a _:a . _:a sl:n 1 .")
    assert {iri: len(own) for iri, own in found.items()} == {X: 2, CANONICAL_BASE + "id/y": 2}


def test_resources_are_in_natural_order() -> None:
    names = ["a/10", "b", "a/9", "a/2", "a/010"]
    found = described(" ".join(f"<id/{name}> sl:n 1 ." for name in names))
    assert [iri.removeprefix(CANONICAL_BASE + "id/") for iri in found] == [
        "a/2", "a/9", "a/010", "a/10", "b",
    ]  # fmt: skip


def test_resource_comes_before_its_parts() -> None:
    found = described("<id/a/2/b> sl:n 1 . <id/a> sl:n 1 . <id/a/2> sl:n 1 .")
    assert [iri.removeprefix(CANONICAL_BASE + "id/") for iri in found] == ["a", "a/2", "a/2/b"]


@pytest.mark.parametrize("name", ["²", "1²3", "٣", "9" * 5000, "01", "1"])
def test_any_digits_are_put_in_order(name: str) -> None:
    assert len(described(f"<id/{name}> sl:n 1 . <id/2> sl:n 1 .")) == 2


def test_canonical_form_without_blank_nodes_is_sorted_n_quads() -> None:
    stated = quads('<id/x> sl:b "é\\n" , 01 ; sl:a <id/y> .')
    graph = f"<{graph_iri('official')}> .\n"
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    assert canonical_nquads(stated).decode() == (
        f"<{X}> <{SL}a> <{CANONICAL_BASE}id/y> {graph}"
        f'<{X}> <{SL}b> "01"^^{integer} {graph}'
        f'<{X}> <{SL}b> "é\\n" {graph}'
    )


def test_canonical_form_of_the_example_of_rdfc_1_0() -> None:
    """The example is "unique hashes" of the recommendation, section 4.1.1 and appendix A."""
    stated = ox.parse(
        "@prefix : <http://example.com/#> . :p :q _:e0 ; :r _:e1 . _:e0 :s :u . _:e1 :t :u .",
        ox.RdfFormat.TURTLE,
    )
    assert canonical_nquads(stated).decode().splitlines() == [
        "<http://example.com/#p> <http://example.com/#q> _:c14n0 .",
        "<http://example.com/#p> <http://example.com/#r> _:c14n1 .",
        "_:c14n0 <http://example.com/#s> <http://example.com/#u> .",
        "_:c14n1 <http://example.com/#t> <http://example.com/#u> .",
    ]


def test_canonical_form_does_not_depend_on_order_repetition_or_names_of_blank_nodes() -> None:
    one = quads("<id/x> sl:a _:a , _:b . _:a sl:n 1 . _:b sl:n 2 .")
    two = quads("_:y sl:n 1 . _:x sl:n 2 . <id/x> sl:a _:x , _:y .")
    assert canonical_nquads(one) == canonical_nquads(two) == canonical_nquads(one[::-1] + one)


def test_canonical_form_tells_different_datasets_apart() -> None:
    forms = [
        quads("<id/x> sl:n 1 ."),
        quads("<id/x> sl:n 01 ."),
        quads("<id/x> sl:n '1' ."),
        quads("<id/x> sl:n 1 .", "paper"),
    ]
    assert len({canonical_nquads(form) for form in forms}) == len(forms)


def test_hash_is_of_the_canonical_description(tmp_path: Path) -> None:
    turtle = "<id/x> sl:a _:z , [ sl:n 2 ] ; sl:list ( 1 2 ) . _:z sl:n 1 ."
    canonical = canonical_nquads(described(turtle)[X])
    assert written(tmp_path, turtle) == {X: hashlib.sha256(canonical).hexdigest()}


@pytest.mark.parametrize(
    ("turtle", "label"),
    [
        ('<id/x> rdfs:label "A"@en ; skos:prefLabel "B"@en .', "A"),
        ('<id/x> skos:prefLabel "B"@en ; sh:name "C"@en .', "B"),
        ('<id/x> sh:name "C"@en .', "C"),
        ('<id/x> sl:part [ rdfs:label "Of a part"@en ] .', "x"),
        ("<id/x> sl:n 1 .", "x"),
    ],
)
def test_label(turtle: str, label: str) -> None:
    assert label_of(X, described(turtle)[X]) == label


@pytest.mark.parametrize("turtle", ['"Zehn"@de , "One"@en', '"One"@en , "Zehn"@de'])
def test_label_in_english_goes_before_others(turtle: str) -> None:
    assert label_of(X, quads(f"<id/x> rdfs:label {turtle} .")) == "One"


@pytest.mark.parametrize(
    ("turtle", "kind"),
    [
        ("<id/x> a sl:Text , sl:Treaty .", "Treaty"),
        ("<id/x> a owl:NamedIndividual , sl:Other .", "Other"),
        ("<id/x> a sl:Zebra , sl:Ape .", "Ape"),
        ("<id/x> sl:part [ a sl:Treaty ] .", ""),
        ("<id/x> sl:n 1 .", ""),
    ],
)
def test_type_is_the_most_specific_one(turtle: str, kind: str) -> None:
    ranks = depths(quads("sl:Treaty rdfs:subClassOf sl:Text ."))
    assert type_of(X, described(turtle)[X], ranks).removeprefix(SL) == kind


def test_depth_of_classes_is_their_longest_way_up() -> None:
    found = depths(quads("sl:D rdfs:subClassOf sl:A , sl:C . sl:C rdfs:subClassOf sl:B ."))
    assert {iri.removeprefix(SL): depth for iri, depth in found.items()} == {
        "A": 1, "B": 1, "C": 2, "D": 3,
    }  # fmt: skip


def test_circular_classes_have_a_depth() -> None:
    found = depths(quads("sl:A rdfs:subClassOf sl:B . sl:B rdfs:subClassOf sl:A , sl:B ."))
    assert set(found.values()) == {2}


def test_same_descriptions_make_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, "<id/x> sl:a <id/y> , [ sl:n 1 ] . <id/y> sl:n 1 .")
        files.append((tmp_path / name / DOCUMENTS).read_bytes())
    assert files[0] == files[1]
