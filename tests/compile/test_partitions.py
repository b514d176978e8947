"""Tests of the nested partitions and prefixes that editors of queries ask for."""

from pathlib import Path

import pyoxigraph as ox

from server.compile.conformance import dataset
from server.compile.partitions import partitions
from server.rdf.terms import canonical_nquads, moved, store_of
from server.rdf.vocabulary import CANONICAL_BASE, PREFIXES

SL = CANONICAL_BASE + "def/"
# What editors ask an endpoint for: sib-swiss/sparql-editor.
ASKED = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
  ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
  ?pp void:property ?prop .
  OPTIONAL {
    { ?pp void:classPartition [ void:class ?objectClass ] }
    UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
  }
}
"""
DECLARED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }
"""


def rows(quads: list[ox.Quad], query: str) -> set[tuple[str, ...]]:
    found = store_of(quads).query(query)
    assert isinstance(found, ox.QuerySolutions)
    return {tuple(str(term.value) if term else "" for term in row) for row in found}


def test_editors_find_which_class_has_which_property_of_what(root: Path) -> None:
    _, quads = dataset(root, lambda _: None)
    found = rows(quads, ASKED)
    label, text = "http://www.w3.org/2000/01/rdf-schema#label", "1999/02/22-rdf-syntax-ns#"
    assert (SL + "Article", SL + "partOf", SL + "Treaty", "") in found
    assert (SL + "Treaty", label, "", f"http://www.w3.org/{text}langString") in found
    assert not any(cls.startswith("http://www.w3.org/ns/") for cls, *_ in found)


def test_partitions_count_each_statement_once(root: Path) -> None:
    _, quads = dataset(root, lambda _: None)
    query = f"""PREFIX void: <http://rdfs.org/ns/void#> SELECT ?n {{
      ?c void:class <{SL}Article> ; void:propertyPartition ?p .
      ?p void:property <{SL}partOf> ; void:triples ?n }}"""
    assert rows(quads, query) == {("3",)}


def test_prefixes_are_declared_as_they_are_served(root: Path) -> None:
    _, quads = dataset(root, lambda _: None)
    assert rows(quads, DECLARED) == set(PREFIXES.items())
    base = "http://127.0.0.1:8000/"
    served = [moved(q, lambda iri: iri.replace(CANONICAL_BASE, base)) for q in quads]
    assert ("sl", f"{base}def/") in rows(served, DECLARED)


def test_the_partitions_do_not_count_themselves(root: Path) -> None:
    _, quads = dataset(root, lambda _: None)
    own = partitions(quads, CANONICAL_BASE)
    assert own == partitions([*quads, *own, *quads], CANONICAL_BASE)
    assert {str(q.subject).partition("#")[0] for q in own} == {f"<{CANONICAL_BASE}.well-known/void"}


def test_the_same_sources_are_canonicalized_alike(root: Path) -> None:
    first, second = (canonical_nquads(dataset(root, lambda _: None)[1]) for _ in range(2))
    assert first == second
