"""Tests that each shape accepts what is right and reports what is wrong, by its own name."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH, SKOS

from server.compile import sources, validation
from server.rdf.vocabulary import CANONICAL_BASE, LAYERS, SL

ROOT = Path(__file__).parents[1]
FIXTURES = Path(__file__).parent / "data"
VALID = sorted((FIXTURES / "valid").glob("*.ttl"))
INVALID = sorted((FIXTURES / "invalid").glob("*.ttl"))
LAYER_OF = {f"{layer.title()}Description": layer for layer in LAYERS}
SHAPE = CANONICAL_BASE + "shape/"
VALUE_RULES = {SH["class"], SH.datatype, SH["in"], SH.node, SH.nodeKind, SH.pattern}
NONSENSE = (rdflib.Literal("nonsense", datatype=OWL.Nothing), rdflib.URIRef("urn:nonsense"))
LOCATOR = rdflib.URIRef(SHAPE + "PaperDescription-locator")


def read(paths: Iterable[Path]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in paths:
        graph.parse(path)
    return graph


@cache
def shapes(layer: str = "") -> rdflib.Graph:
    folder = ROOT / "shapes"
    return read([folder / "layers" / f"{layer}.ttl"] if layer else sorted(folder.glob("*.ttl")))


@cache
def all_shapes() -> rdflib.Graph:
    return read(sorted((ROOT / "shapes").rglob("*.ttl")))


@cache
def ontology() -> rdflib.Graph:
    """Return the ontology, each class a subclass of the unions that it is in; no other inference.

    Types inferred from ranges would make every value an instance of the class that is asked for.
    """
    graph = read(sorted((ROOT / "ontology").glob("*.ttl")))
    for union, members in list(graph.subject_objects(OWL.equivalentClass / OWL.unionOf)):
        for member in graph.items(members):
            graph.add((member, RDFS.subClassOf, union))
    return graph


@contextmanager
def beside_the_ontology(fixture: rdflib.Graph) -> Iterator[rdflib.Graph]:
    """Yield the ontology with a fixture in it; to copy it for each would take longer."""
    added = [t for t in fixture if t not in ontology()]
    for t in added:
        ontology().add(t)
    try:
        yield ontology()
    finally:
        for t in added:
            ontology().remove(t)


@cache
def ontology_quads() -> list[ox.Quad]:
    return quads(ontology())


def violated(fixture: rdflib.Graph, layer: str = "") -> set[str]:
    """Return the shapes that a fixture violates: those of a layer, or those of the whole.

    Only nodes of the fixture are in focus: the ontology's own terms would take ten times as long.
    Values are among them, since pyshacl heeds the focus inside sh:node too.
    """
    nodes = {str(n) for n in fixture.all_nodes() if isinstance(n, rdflib.URIRef)}
    with beside_the_ontology(fixture) as both:
        _, report, _ = pyshacl.validate(
            fixture if layer else both,
            inplace=True,
            shacl_graph=shapes(layer),
            focus_nodes=sorted(nodes),
        )
    return {str(report.value(result, SH.sourceShape)) for result in report.objects(None, SH.result)}


def reported(path: Path) -> set[str]:
    return violated(read([path]), LAYER_OF.get(path.stem.partition("-")[0], ""))


def promised(path: Path, word: str) -> str:
    """Return the shape that the first comment of a fixture names after `word`."""
    found = re.search(rf"^# {word}: <(shape/[\w-]+)>$", path.read_text("utf-8"), re.MULTILINE)
    assert found, f"{path} does not say which shape it {word}"
    return CANONICAL_BASE + found[1]


def example(name: str) -> tuple[rdflib.Graph, rdflib.term.Node]:
    """Return the valid fixture of a shape and the node in it that the shape is about."""
    path = FIXTURES / "valid" / f"{name}.ttl"
    first = re.search(r"^(?:<(.+?)>|(\w+:\w+)) a ", path.read_text("utf-8"), re.MULTILINE)
    assert first
    fixture = read([path])
    term = first[2] and fixture.namespace_manager.expand_curie(first[2])
    return fixture, rdflib.URIRef(term or CANONICAL_BASE + first[1])


def properties(name: str) -> list[tuple[rdflib.term.Node, rdflib.term.Node]]:
    """Return the property shapes of a node shape, each with its path."""
    found = shapes().objects(rdflib.URIRef(SHAPE + name), SH.property)
    return [(shape, path) for shape in found for path in shapes().objects(shape, SH.path)]


def quads(graph: rdflib.Graph) -> list[ox.Quad]:
    triples = ox.parse(graph.serialize(format="nt", encoding="utf-8"), ox.RdfFormat.N_TRIPLES)
    return [ox.Quad(t.subject, t.predicate, t.object) for t in triples]


@cache
def shape_quads(layer: str) -> list[ox.Quad]:
    return quads(shapes(layer))


def own(nodes: Iterable[rdflib.term.Node]) -> list[str]:
    return sorted(str(n) for n in nodes if str(n).startswith(CANONICAL_BASE))


def names_of(paths: Iterable[Path]) -> list[str]:
    return [path.stem for path in paths]


TARGETED = sorted(
    {
        shape.removeprefix(SHAPE)
        for target in (SH.targetClass, SH.targetNode)
        for shape in own(shapes().subjects(target))
        if "-" not in shape
    }
)


@pytest.mark.parametrize("path", VALID, ids=names_of(VALID))
def test_valid_fixture_conforms(path: Path) -> None:
    assert promised(path, "conforms").removeprefix(SHAPE) == path.stem
    assert reported(path) == set()


@pytest.mark.parametrize("path", INVALID, ids=names_of(INVALID))
def test_invalid_fixture_violates_the_shape_it_names_alone(path: Path) -> None:
    assert reported(path) == {promised(path, "violates")}


@pytest.mark.parametrize("name", TARGETED)
def test_each_property_refuses_nonsense(name: str) -> None:
    fixture, focus = example(name)
    expected = set()
    for shape, path in properties(name):
        if isinstance(path, rdflib.URIRef) and VALUE_RULES.intersection(shapes().predicates(shape)):
            for nonsense in NONSENSE:
                fixture.add((focus, path, nonsense))
            expected.add(str(shape))
    assert expected - violated(fixture) == set()


@pytest.mark.parametrize("path", INVALID, ids=names_of(INVALID))
def test_the_fast_engine_finds_invalid_fixtures_too(path: Path) -> None:
    layer = LAYER_OF.get(path.stem.partition("-")[0], "")
    data = quads(read([path])) + ([] if layer else ontology_quads())
    assert not validation.conforms(data, shape_quads(layer))


@pytest.mark.parametrize("name", TARGETED)
def test_each_property_that_must_be_there_is_missed(name: str) -> None:
    fixture, focus = example(name)
    expected = set()
    for shape, path in properties(name):
        if shapes().value(shape, SH.minCount):
            choice = shapes().value(path, SH.alternativePath)
            for step in shapes().items(choice) if choice else [path]:
                fixture.remove((focus, step, None))
            expected.add(str(shape))
    assert expected - violated(fixture) == set()


def test_each_node_shape_has_fixtures() -> None:
    named = {iri.removeprefix(SHAPE) for iri in own(all_shapes().subjects(RDF.type, SH.NodeShape))}
    assert named
    assert named - set(names_of(VALID)) == set()
    assert named - set(names_of(INVALID)) == set()


@pytest.mark.parametrize("kind", [SH.NodeShape, SH.PropertyShape])
@pytest.mark.parametrize("part", [RDFS.label, SH.message])
def test_each_shape_has_one_english_text(kind: rdflib.URIRef, part: rdflib.URIRef) -> None:
    for shape in all_shapes().subjects(RDF.type, kind):
        texts = list(all_shapes().objects(shape, part))
        assert [getattr(t, "language", None) for t in texts] == ["en"], f"{shape} {part}"


def test_labels_of_shapes_are_unique() -> None:
    labels = [str(text) for text in all_shapes().objects(None, RDFS.label)]
    assert sorted(labels) == sorted(set(labels))


def test_property_shape_is_named_after_a_node_shape_that_uses_it() -> None:
    graph = all_shapes()
    for shape in graph.subjects(RDF.type, SH.PropertyShape):
        node = rdflib.URIRef(str(shape).partition("-")[0])
        assert (node, RDF.type, SH.NodeShape) in graph, f"{shape} belongs to no node shape"
        used = (
            graph.value(shape, SH.targetNode)
            or graph.value(None, SH.property, shape)
            or graph.value(None, RDF.first, shape)
        )
        assert used, f"{shape} is used by nothing"


def test_blank_nodes_are_lists_or_paths() -> None:
    graph = all_shapes()
    for node in {s for s in graph.subjects() if isinstance(s, rdflib.BNode)}:
        predicates = set(graph.predicates(node))
        assert predicates <= {RDF.first, RDF.rest, SH.inversePath, SH.alternativePath}


def test_dispute_of_the_documentation_has_author_and_grounds() -> None:
    text = (ROOT / "docs/claims.md").read_text("utf-8")
    block = re.search(r"```turtle\n(.*?)```", text, re.DOTALL)
    assert block
    fixture = rdflib.Graph().parse(data=block[1], format="turtle")
    claim = rdflib.URIRef(CANONICAL_BASE + "id/claim/liao-2013/cl02")
    fixture.add((claim, RDF.type, rdflib.URIRef(SL + "Claim")))
    assert [shape for shape in violated(fixture) if "/Dispute" in shape] == []
    dispute = rdflib.URIRef(CANONICAL_BASE + "id/claim/nobody-2000/d1")
    fixture.remove((dispute, DCTERMS.description, None))
    fixture.remove((claim, RDF.type, None))
    assert {SHAPE + "Dispute-grounds", SHAPE + "Dispute-disputes"} <= violated(fixture)


def test_shapes_are_well_formed_shacl() -> None:
    pyshacl.validate(rdflib.Graph(), shacl_graph=all_shapes(), meta_shacl=True)


def test_shapes_speak_of_declared_terms() -> None:
    used = {n for n in all_shapes().all_nodes() if str(n).startswith(SL)}
    assert own(used - set(ontology().subjects(RDF.type))) == []


def test_each_class_of_the_data_has_a_shape() -> None:
    targets = set(all_shapes().objects(None, SH.targetClass))
    data = read([p for p, graph in sources.find(ROOT) if graph in (*LAYERS, "catalog")])
    classes = {c for c in data.objects(None, RDF.type) if str(c).startswith((SL, str(SKOS)))}
    assert classes
    bare = {
        c
        for c in classes
        if not targets.intersection(ontology().transitive_objects(c, RDFS.subClassOf))
    }
    assert own(bare) == []


def test_each_class_of_the_ontology_has_a_shape_or_is_a_union() -> None:
    targets = set(all_shapes().objects(None, SH.targetClass))
    bare = [
        c
        for c in ontology().subjects(RDF.type, OWL.Class)
        if str(c).startswith(SL)
        and not targets.intersection(ontology().transitive_objects(c, RDFS.subClassOf))
    ]
    assert own(bare) == [SL + "CitableText"]


@pytest.mark.parametrize(
    "locator",
    [
        "p. 644",
        "pp. 621-622",
        "p. 621, title",
        "p. 621, Abstract",
        "p. 628, § I.II.IV",
        "p. 624, § I.II.I, n. 12",
        "p. 624, p. 626, § I.II, n. 12, n. 13",
        "p. 622, § I; pp. 632-636, § I.II.VI, n. 52; passim",
        "passim",
    ],
)
def test_locator_is_accepted(locator: str) -> None:
    assert re.search(str(shapes("paper").value(LOCATOR, SH.pattern)), locator)


@pytest.mark.parametrize(
    "locator",
    [
        "",
        "§ I",
        "n. 12",
        "L152-153",
        "p.644",
        "p. 0",
        "p. 621-622",
        "pp. 621",
        "pp. 621\u2013622",
        "P. 621",
        "p. 621, §I",
        "p. 621, § I.",
        "p. 621, § i",
        "p. 621, § 1",
        "p. 621, n. 1, § I",
        "p. 621, n.1",
        "p. 621, n. 1-2",
        "p. 621,p. 623",
        "p. 621, ",
        "; p. 621",
        "passim, p. 621",
        "p. 621 passim",
    ],
)
def test_locator_is_refused(locator: str) -> None:
    assert not re.search(str(shapes("paper").value(LOCATOR, SH.pattern)), locator)


def test_each_property_of_the_ontology_is_on_a_path() -> None:
    steps = (SH.path, SH.inversePath, RDF.first)
    on_paths = {step for predicate in steps for step in all_shapes().objects(None, predicate)}
    terms = {
        term
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in ontology().subjects(RDF.type, kind)
        if str(term).startswith(SL)
    }
    # An inverse is entailed and never stated: the shape of the other direction holds for it.
    assert own(terms - on_paths - set(ontology().subjects(OWL.inverseOf))) == []
