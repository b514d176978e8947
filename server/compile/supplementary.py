"""What the document database holds besides descriptions: profiles, JSON-LD's context, wholes."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from server.compile.profiles import Profiled
from server.compile.writer import canonical_nquads, describe
from server.rdf.jsonld import coercions
from server.rdf.terms import graph_of, subject_of, triple
from server.rdf.vocabulary import OWL, RDF_TYPE

_SCHEMA = """
CREATE TABLE profile (key TEXT PRIMARY KEY, iri TEXT, title TEXT, description TEXT);
CREATE TABLE profiled (key TEXT, iri TEXT, nquads BLOB, PRIMARY KEY (key, iri)) WITHOUT ROWID;
CREATE TABLE coercion (predicate TEXT PRIMARY KEY, kind TEXT);
CREATE TABLE whole (iri TEXT PRIMARY KEY, nquads BLOB);
"""


def write(path: Path, quads: list[ox.Quad], profiled: Iterable[Profiled], base: str) -> None:
    """Add to the document database at `path` what is made of all `quads` that are stated."""
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA)
        found = coercions(triple(q) for q in quads)
        database.executemany("INSERT INTO coercion VALUES (?, ?)", found.items())
        database.executemany("INSERT INTO whole VALUES (?, ?)", _wholes(quads))
        for one in profiled:
            p = one.profile
            row = (p.key, p.iri, p.title, p.description)
            database.execute("INSERT INTO profile VALUES (?, ?, ?, ?)", row)
            database.executemany(
                "INSERT INTO profiled VALUES (?, ?, ?)",
                (
                    (p.key, iri, canonical_nquads(own))
                    for iri, own in describe(one.quads, base).items()
                ),
            )
    database.close()


def _wholes(quads: list[ox.Quad]) -> list[tuple[str, bytes]]:
    """Return each ontology with its whole graph: who loads it by its IRI gets all axioms."""
    headers = [
        (subject_of(q).value, graph_of(q))
        for q in quads
        if q.predicate.value == RDF_TYPE and q.object == ox.NamedNode(OWL + "Ontology")
    ]
    return [
        (iri, canonical_nquads(q for q in quads if graph_of(q) == graph))
        for iri, graph in sorted(headers)
        if graph
    ]
