"""Tests of the helpers over terms, quads and stores."""

import pyoxigraph as ox
import pytest

from server.rdf.terms import graph_of, store_of, subject_of, write
from server.rdf.vocabulary import CANONICAL_BASE, graph_iri

A, B, P = (ox.NamedNode(f"http://example.org/{name}") for name in "abp")
LOCAL = "http://localhost/"


def quad(name: str, base: str = CANONICAL_BASE, value: str = "x") -> ox.Quad:
    return ox.Quad(A, P, ox.Literal(value), ox.NamedNode(graph_iri(name, base)))


def default_graph(store: ox.Store) -> list[ox.Quad]:
    return list(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))


def test_graph_of_a_quad() -> None:
    assert graph_of(quad("paper")) == CANONICAL_BASE + "graph/paper"
    assert graph_of(ox.Quad(A, P, B)) == ""


def test_subject_of_a_statement() -> None:
    assert subject_of(ox.Triple(A, P, B)) == A
    assert subject_of(quad("paper")) == A


def test_write_keeps_lexical_forms() -> None:
    number = ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    assert b'"01"^^<' in write([ox.Triple(A, P, number)], ox.RdfFormat.N_TRIPLES)


def test_write_declares_prefixes() -> None:
    text = write([ox.Triple(A, P, B)], ox.RdfFormat.TURTLE, {"ex": "http://example.org/"})
    assert b"ex:a ex:p ex:b" in text


def test_write_nothing() -> None:
    assert write([], ox.RdfFormat.N_QUADS) == b""


def test_store_has_each_quad_in_its_graph() -> None:
    store = store_of([quad("paper"), quad("official")])
    for name in ("paper", "official"):
        assert quad(name) in store


def test_default_graph_has_a_triple_of_two_graphs_once() -> None:
    store = store_of([quad("paper"), quad("official")])
    assert default_graph(store) == [ox.Quad(A, P, ox.Literal("x"))]


@pytest.mark.parametrize("base", [CANONICAL_BASE, LOCAL])
def test_default_graph_leaves_out_what_is_inferred(base: str) -> None:
    store = store_of([quad("inferred", base, "i"), quad("derived", base, "d")], base)
    assert default_graph(store) == [ox.Quad(A, P, ox.Literal("d"))]
    assert quad("inferred", base, "i") in store


def test_graph_of_another_base_called_inferred_is_stated_here() -> None:
    assert len(default_graph(store_of([quad("inferred", CANONICAL_BASE)], LOCAL))) == 1
