"""The suite of RDF Dataset Canonicalization (RDFC-1.0), by which descriptions are hashed."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.rdf.terms import canonical_nquads
from tests.conformance.suites import FOLDER, Case, cases

ROOT = FOLDER / "rdf-canon" / "tests"
_IRI = "https://w3c.github.io/rdf-canon/tests/"
_HASH = "https://w3c.github.io/rdf-canon/tests/vocab#hashAlgorithm"


@cache
def tests_of() -> dict[str, Case]:
    """Return the tests by their names."""
    return {c.name: c for c in cases(ROOT / "manifest.ttl", f"{_IRI}manifest.ttl", "rdf-canon")}


def run(case: Case) -> None:
    """Compare the canonical form, or the names of blank nodes in it, with those expected."""
    assert case.one("result"), "it would not end"
    assert case.graph.one(case.node, _HASH) is None, "hashes are SHA-256 alone"
    quads = list(ox.parse(path=_path(case.one("action"))))
    expected = _path(case.one("result")).read_bytes()
    if case.kind.endswith("MapTest"):
        names = json.loads(expected)
        renamed = ox.serialize((_renamed(q, names) for q in quads), format=ox.RdfFormat.N_QUADS)
        expected = b"".join(sorted((renamed or b"").splitlines(keepends=True)))
    assert canonical_nquads(quads) == expected


def _renamed(quad: ox.Quad, names: dict[str, str]) -> ox.Quad:
    def name(term: Any) -> Any:
        return ox.BlankNode(names[term.value]) if isinstance(term, ox.BlankNode) else term

    return ox.Quad(name(quad.subject), quad.predicate, name(quad.object), name(quad.graph_name))


def _path(iri: ox.NamedNode) -> Path:
    return ROOT / iri.value.removeprefix(_IRI)
