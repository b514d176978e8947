"""Tests of what is derived by rules and inferred by OWL 2 RL."""

from pathlib import Path

import pyoxigraph as ox
import pytest

from server.compile.inference import derive, infer
from server.rdf.vocabulary import CANONICAL_BASE, SL, graph_iri

PREFIXES = f"""
@base <{CANONICAL_BASE}> .
@prefix ex: <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <{SL}> .
"""


def quads(turtle: str, graph: str = "official") -> list[ox.Quad]:
    node = ox.NamedNode(graph_iri(graph))
    triples = ox.parse(PREFIXES + turtle, ox.RdfFormat.TURTLE)
    return [ox.Quad(t.subject, t.predicate, t.object, node) for t in triples]


def entailed(turtle: str) -> set[ox.Quad]:
    return set(infer(quads(turtle)))


def rules(folder: Path, **bodies: str) -> Path:
    for name, body in bodies.items():
        (folder / f"{name}.rq").write_text(f"PREFIX sl: <{SL}>\n{body}")
    return folder


def test_rule_derives_into_the_derived_graph(tmp_path: Path) -> None:
    folder = rules(tmp_path, parts="CONSTRUCT { ?b sl:hasPart ?a } { ?a sl:partOf ?b }")
    assert derive(quads("<id/a> sl:partOf <id/b> ."), folder) == quads(
        "<id/b> sl:hasPart <id/a> .", "derived"
    )


def test_rules_see_the_results_of_those_before_them(tmp_path: Path) -> None:
    one, two = "CONSTRUCT { ?a sl:b 1 } { ?a sl:a 1 }", "CONSTRUCT { ?a sl:c 1 } { ?a sl:b 1 }"
    stated = quads("<id/a> sl:a 1 .")
    (tmp_path / "in-order").mkdir()
    (tmp_path / "reversed").mkdir()
    assert len(derive(stated, rules(tmp_path / "in-order", r1=one, r2=two))) == 2
    assert len(derive(stated, rules(tmp_path / "reversed", r1=two, r2=one))) == 1


def test_rule_does_not_see_what_is_inferred(tmp_path: Path) -> None:
    folder = rules(tmp_path, r="CONSTRUCT { ?a sl:b 1 } { ?a sl:a 1 }")
    assert derive(quads("<id/a> sl:a 1 .", "inferred"), folder) == []


def test_triple_that_two_rules_derive_is_there_once(tmp_path: Path) -> None:
    rule = "CONSTRUCT { ?a sl:b 1 } { ?a sl:a 1 }"
    assert len(derive(quads("<id/a> sl:a 1 ."), rules(tmp_path, r1=rule, r2=rule))) == 1


def test_without_rules_nothing_is_derived(tmp_path: Path) -> None:
    assert derive(quads("<id/a> sl:a 1 ."), tmp_path / "nowhere") == []


def test_rule_that_is_no_construct_query_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"r\.rq is not a CONSTRUCT"):
        derive([], rules(tmp_path, r="SELECT * {}"))


@pytest.mark.parametrize(
    ("stated", "follows"),
    [
        ("sl:B rdfs:subClassOf sl:A . <id/x> a sl:B .", "<id/x> a sl:A ."),
        (
            "sl:p a owl:TransitiveProperty . <id/x> sl:p <id/y> . <id/y> sl:p <id/z> .",
            "<id/x> sl:p <id/z> .",
        ),
        ("sl:p owl:inverseOf sl:q . <id/x> sl:p <id/y> .", "<id/y> sl:q <id/x> ."),
        ("sl:p rdfs:subPropertyOf sl:q . <id/x> sl:p <id/y> .", "<id/x> sl:q <id/y> ."),
        ("sl:p rdfs:range sl:A . <id/x> sl:p <id/y> .", "<id/y> a sl:A ."),
        ("sl:p a owl:SymmetricProperty . <id/x> sl:p <id/y> .", "<id/y> sl:p <id/x> ."),
    ],
)
def test_entailment_is_inferred(stated: str, follows: str) -> None:
    assert set(quads(follows, "inferred")) <= entailed(stated)


def test_what_is_stated_is_not_inferred() -> None:
    stated = "sl:B rdfs:subClassOf sl:A . <id/x> a sl:B , sl:A ."
    assert not set(quads("<id/x> a sl:A , sl:B .", "inferred")) & entailed(stated)


def test_what_says_nothing_is_left_out() -> None:
    stated = "sl:A a owl:Class . sl:p a owl:ObjectProperty . <id/x> a sl:A ; sl:p <id/y> ."
    assert entailed(stated) == set()


def test_only_what_is_entailed_of_our_resources_is_kept() -> None:
    stated = "sl:B rdfs:subClassOf sl:A . ex:x a sl:B ."
    assert entailed(stated) == set()


def test_what_is_entailed_of_blank_nodes_is_left_out() -> None:
    assert entailed("sl:B rdfs:subClassOf sl:A . [] a sl:B .") == set()


def test_same_statements_have_the_same_inferences_in_the_same_order() -> None:
    turtle = (
        "sl:B rdfs:subClassOf sl:A . sl:C rdfs:subClassOf sl:B . <id/x> a sl:C . <id/y> a sl:C ."
    )
    stated = quads(turtle)
    assert infer(stated) == infer(stated[::-1])
    assert infer(stated) == sorted(infer(stated), key=str)


def test_statements_are_not_consumed() -> None:
    stated = quads("sl:B rdfs:subClassOf sl:A . <id/x> a sl:B .")
    before = list(stated)
    infer(stated)
    assert stated == before


CHAINS = """
sl:partOf a owl:TransitiveProperty .
sl:ground owl:propertyChainAxiom ( sl:ground sl:partOf ) .
sl:groundOf owl:inverseOf sl:ground .
sl:boundBy owl:propertyChainAxiom ( sl:partyTo sl:groundOf ) .
<id/treaty/a/article/1/paragraph/1> sl:partOf <id/treaty/a/article/1> .
<id/treaty/a/article/1> sl:partOf <id/treaty/a> .
<id/norm/n> sl:ground <id/treaty/a/article/1/paragraph/1> .
<id/state/s> sl:partyTo <id/treaty/a> .
<id/state/t> sl:partyTo <id/treaty/b> .
"""


@pytest.mark.parametrize(
    "fact",
    [
        "<id/norm/n> sl:ground <id/treaty/a/article/1> .",
        "<id/norm/n> sl:ground <id/treaty/a> .",
        "<id/treaty/a> sl:groundOf <id/norm/n> .",
        "<id/state/s> sl:boundBy <id/norm/n> .",
    ],
)
def test_what_chains_of_properties_entail_is_inferred(fact: str) -> None:
    assert set(quads(fact, "inferred")) <= entailed(CHAINS)


def test_a_chain_leads_no_further_than_its_links() -> None:
    bound = {q.subject for q in entailed(CHAINS) if q.predicate.value == SL + "boundBy"}
    assert bound == {ox.NamedNode(CANONICAL_BASE + "id/state/s")}
