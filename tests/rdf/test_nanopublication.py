"""Trusty URIs of nanopublications, as the PyPI package nanopub 2.0.1 computes them too."""

import pyoxigraph as ox

from server.rdf.nanopublication import nanopublication
from server.rdf.vocabulary import DCTERMS, RDFS_LABEL

ROOT = "https://example.org/np/"
THING = ox.NamedNode("https://example.org/thing")
LABEL = ox.NamedNode(RDFS_LABEL)


def code(*values: ox.Literal | ox.NamedNode) -> str:
    assertion = [ox.Triple(THING, LABEL, value) for value in values]
    origin = [(DCTERMS + "source", ox.NamedNode("https://example.org/source"))]
    iri, quads = nanopublication(ROOT, assertion, origin, [(RDFS_LABEL, ox.Literal("x"))])
    assert {q.graph_name.value for q in quads} == {  # type: ignore[union-attr]
        f"{iri}#{part}" for part in ("Head", "assertion", "provenance", "pubinfo")
    }
    return iri.removeprefix(ROOT)


def test_the_code_is_that_of_the_reference_implementation() -> None:
    values = (
        ox.Literal("A line\nand a back\\slash"),
        ox.Literal("Vertrag", language="de"),
        ox.Literal("1.50", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#decimal")),
        THING,
    )
    assert code(*values) == "RAoGlxE0qmgEDvn-KP8FE1grlgban5_ViDgACoOR7ay_0"


def test_the_code_depends_on_what_is_said_and_not_on_its_order() -> None:
    one, other = ox.Literal("one"), ox.Literal("other")
    assert code(one, other) == code(other, one)
    assert code(one) != code(other)
    assert code(ox.Literal("one", language="en")) != code(one)
