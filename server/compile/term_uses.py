"""How often each term is used, and by what: what the pages of the ontology tell of its use."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from server.rdf.vocabulary import RDF_TYPE

_SCHEMA = """
CREATE TABLE used (term TEXT PRIMARY KEY, things INTEGER) WITHOUT ROWID;
CREATE TABLE example (term TEXT, iri TEXT, label TEXT, place INTEGER,
    PRIMARY KEY (term, place)) WITHOUT ROWID;
"""
_EXAMPLES = 6


def write(
    database: sqlite3.Connection, labelled: Iterable[tuple[str, str, Iterable[ox.Quad]]]
) -> None:
    """Write for each class and property how many things have it, and the first few of them.

    `labelled` are resources, each with its label and its own statements.
    """
    counts: Counter[str] = Counter()
    examples: Mapping[str, list[tuple[str, str]]] = defaultdict(list)
    for iri, label, own in labelled:
        for term in sorted(_terms(own)):
            counts[term] += 1
            if len(examples[term]) < _EXAMPLES:
                examples[term].append((iri, label))
    database.executescript(_SCHEMA)
    database.executemany("INSERT INTO used VALUES (?,?)", sorted(counts.items()))
    database.executemany(
        "INSERT INTO example VALUES (?,?,?,?)",
        (
            (term, iri, label, place)
            for term in sorted(examples)
            for place, (iri, label) in enumerate(examples[term])
        ),
    )


def _terms(own: Iterable[ox.Quad]) -> set[str]:
    quads = list(own)
    return {q.predicate.value for q in quads} | {
        q.object.value  # type: ignore[union-attr]
        for q in quads
        if q.predicate.value == RDF_TYPE
    }
