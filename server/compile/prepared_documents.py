"""Representations that clients ask for most, made at build: to serve one is to read it."""

import sqlite3
from pathlib import Path

from server.rdf.formats import JSONLD, TURTLE
from server.rdf.serialization import parse, serialize

_SCHEMA = "CREATE TABLE ready (iri TEXT, format TEXT, body BLOB, PRIMARY KEY (iri, format))"
_DESCRIPTIONS = (
    "SELECT iri, nquads FROM resource WHERE position % ? = 0 AND iri NOT IN (SELECT iri FROM whole)"
)


def write(path: Path, base: str, every: int = 1) -> None:
    """Add each description in Turtle and compacted JSON-LD to the document database at `path`.

    Ontologies are left out: their documents are all of their graphs, and few. For measurements
    `every` so-manieth description may do.
    """
    with sqlite3.connect(path) as database:
        database.execute(_SCHEMA)
        known = dict(database.execute("SELECT predicate, kind FROM coercion ORDER BY predicate"))
        for iri, nquads in database.execute(_DESCRIPTIONS, [every]):
            quads = parse(nquads)
            database.executemany(
                "INSERT INTO ready VALUES (?, ?, ?)",
                [(iri, f.key, serialize(quads, f, base, iri, known)) for f in (TURTLE, JSONLD)],
            )
    database.close()
