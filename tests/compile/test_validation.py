"""Tests of validation by shapes, layer by layer, and by hygiene queries."""

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from server.compile.validation import Violation, hygiene, in_layers, placed, to_rdflib, validate
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri
from tests.tinysource import HEAD

X = CANONICAL_BASE + "id/x"
SHAPE = CANONICAL_BASE + "shape/"
SHAPES = """
<shape/Text> a sh:NodeShape ; sh:targetClass sl:Text ;
    sh:property <shape/Text-label> , <shape/Text-pages> .
<shape/Text-label> sh:path rdfs:label ; sh:minCount 1 ; sh:message "A text has a label."@en .
<shape/Text-pages> sh:path sl:pages ; sh:datatype xsd:integer ; sh:message "Pages are counted."@en .
"""


def quads(turtle: str, graph: str = "official") -> list[ox.Quad]:
    node = ox.NamedNode(graph_iri(graph))
    triples = ox.parse(HEAD + turtle, ox.RdfFormat.TURTLE)
    return [ox.Quad(t.subject, t.predicate, t.object, node) for t in triples]


def graph(turtle: str) -> rdflib.Graph:
    return to_rdflib(quads(turtle))


def violations(turtle: str) -> list[Violation]:
    return validate(graph(turtle), graph(SHAPES))


def test_conforming_graph_has_no_violations() -> None:
    assert violations('<id/x> a sl:Text ; rdfs:label "x"@en ; sl:pages 12 .') == []


def test_violation_says_what_where_and_why() -> None:
    (found,) = violations('<id/x> a sl:Text ; rdfs:label "x"@en ; sl:pages "many" .')
    assert found == Violation(
        focus=X,
        shape=SHAPE + "Text-pages",
        message="Pages are counted.",
        path=CANONICAL_BASE + "def/pages",
        value="many",
    )


def test_violation_without_a_value_has_none() -> None:
    (found,) = violations("<id/x> a sl:Text .")
    assert (found.shape, found.value) == (SHAPE + "Text-label", "")


def test_subclasses_are_covered() -> None:
    assert violations("sl:Treaty rdfs:subClassOf sl:Text . <id/x> a sl:Treaty .")


def test_violations_are_sorted() -> None:
    found = violations("<id/c> a sl:Text . <id/a> a sl:Text ; sl:pages true . <id/b> a sl:Text .")
    assert len(found) == 4
    assert found == sorted(found, key=str)


def test_data_are_not_changed() -> None:
    data = graph("sl:Treaty rdfs:subClassOf sl:Text . <id/x> a sl:Treaty .")
    before = set(data)
    validate(data, graph(SHAPES))
    assert set(data) == before


def test_without_shapes_everything_conforms() -> None:
    assert validate(graph("<id/x> a sl:Text ."), rdflib.Graph()) == []


def test_lexical_forms_reach_the_shapes() -> None:
    data = to_rdflib(quads('<id/x> sl:pages 01 , "+1"^^xsd:integer , 1.50 .'))
    assert {str(value) for value in data.objects()} == {"01", "+1", "1.50"}


def test_triple_of_two_graphs_is_one_in_the_merge() -> None:
    both = quads("<id/x> a sl:Text .") + quads("<id/x> a sl:Text .", "paper")
    assert len(to_rdflib(both)) == 1


RULE = f"""# rule: Nothing is called nothing.
# why: It tells nothing.
PREFIX sl: <{CANONICAL_BASE}def/>
SELECT ?thing ?name ?other {{ ?thing sl:name ?name OPTIONAL {{ ?thing sl:other ?other }} }}
"""


def test_row_of_a_rule_is_a_violation(tmp_path: Path) -> None:
    (tmp_path / "named.rq").write_text(RULE)
    assert hygiene(quads("<id/x> sl:name 'nothing' ; sl:other <id/y> ."), tmp_path) == [
        Violation(
            X,
            "hygiene/named",
            "Nothing is called nothing.",
            value=f"nothing, {CANONICAL_BASE}id/y",
        )
    ]


def test_unbound_variable_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "named.rq").write_text(RULE)
    (found,) = hygiene(quads("<id/x> sl:name 'nothing' ."), tmp_path)
    assert found.value == "nothing"


def test_rule_that_finds_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "named.rq").write_text(RULE)
    assert hygiene(quads("<id/x> sl:size 1 ."), tmp_path) == []


def test_rule_asks_the_union_of_graphs_and_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.rq").write_text("# rule: A\nSELECT ?s { ?s ?p 1 }")
    (tmp_path / "b.rq").write_text(
        f"# rule: B\nSELECT ?s {{ GRAPH <{graph_iri('paper')}> {{ ?s ?p ?o }} }}"
    )
    both = quads("<id/x> sl:n 1 .") + quads("<id/y> sl:n 1 .", "paper")
    found = [(v.message, v.focus.rpartition("/")[2]) for v in hygiene(both, tmp_path)]
    assert sorted(found) == [("A", "x"), ("A", "y"), ("B", "y")]


def test_rule_that_is_no_select_query_is_named(tmp_path: Path) -> None:
    (tmp_path / "ask.rq").write_text("ASK {}")
    with pytest.raises(TypeError, match=r"ask\.rq is not a SELECT"):
        hygiene([], tmp_path)


def test_layer_is_validated_by_its_own_graph_alone() -> None:
    shapes = {"official": quads(SHAPES), "paper": [], "editor": quads(SHAPES)}
    stated = [
        *quads("<id/a> a sl:Text ; rdfs:label 'a' ."),
        *quads("<id/b> a sl:Text ."),
        *quads("<id/b> rdfs:label 'b' . <id/c> a sl:Text .", "paper"),
        *quads("<id/d> a sl:Text .", "editor"),
    ]
    assert [v.focus.rpartition("/")[2] for v in in_layers(stated, shapes)] == ["b", "d"]


def test_class_of_another_layer_does_not_count() -> None:
    shapes = {"official": [], "paper": quads(SHAPES), "editor": []}
    stated = quads("<id/x> a sl:Text .") + quads("<id/x> sl:pages 'many' .", "paper")
    assert in_layers(stated, shapes) == []


def test_violation_is_placed_where_its_focus_is_described() -> None:
    violation = Violation(X, SHAPE + "Text", "It is wrong.", value="12")
    (found,) = placed([violation], lambda iri: ("data/x.ttl", 7) if iri == X else ("", None))
    assert (found.file, found.line) == ("data/x.ttl", 7)
    assert str(found) == (f"data/x.ttl:7: <{X}> violates <{SHAPE}Text>: It is wrong. (found: 12)")


def test_violation_without_a_place_says_so() -> None:
    (found,) = placed([Violation(X, SHAPE + "Text", "It is wrong.")], lambda _: ("", None))
    assert str(found).startswith("(described in no file): ")
