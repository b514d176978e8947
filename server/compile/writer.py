"""Writing of the document database: each resource's exact description, hash, label and links."""

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from server.rdf.terms import Node, natural, subject_of
from server.rdf.terms import write as write_quads
from server.rdf.vocabulary import OWL, RDF_TYPE, RDFS_LABEL, SH, SKOS_PREF_LABEL

_SCHEMA = """
CREATE TABLE resource (
    position INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
    type TEXT NOT NULL, nquads BLOB NOT NULL, hash TEXT NOT NULL);
CREATE TABLE link (target TEXT, predicate TEXT, position INTEGER, source TEXT,
    PRIMARY KEY (target, predicate, position)) WITHOUT ROWID;
CREATE TABLE tombstone (
    iri TEXT PRIMARY KEY, label TEXT NOT NULL, type TEXT NOT NULL, deleted TEXT NOT NULL,
    replaced_by TEXT NOT NULL DEFAULT '');
"""
_INDEXES = """
CREATE INDEX resource_type ON resource (type, position);
CREATE INDEX resource_lower_case ON resource (lower(iri));
"""


def describe(quads: Iterable[ox.Quad], base: str) -> dict[str, list[ox.Quad]]:
    """Return, for each resource under `base`, the quads of its description.

    A description is the resource's own statements and, through blank nodes, theirs: the concise
    bounded description of the W3C member submission of 2005.
    """
    by_subject: dict[Node, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        by_subject[subject_of(quad)].append(quad)
    return {
        subject.value: list(_bounded(subject, by_subject))
        for subject in sorted(by_subject, key=lambda node: natural(node.value))
        if isinstance(subject, ox.NamedNode) and subject.value.startswith(base)
    }


def _bounded(
    subject: ox.NamedNode,
    by_subject: dict[Node, list[ox.Quad]],
) -> Iterator[ox.Quad]:
    todo: list[Node] = [subject]
    seen = set(todo)
    while todo:
        for quad in by_subject[todo.pop()]:
            yield quad
            if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                seen.add(quad.object)
                todo.append(quad.object)


def canonical_nquads(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0)."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = write_quads(dataset, ox.RdfFormat.N_QUADS).splitlines(keepends=True)
    return b"".join(sorted(lines))


def label_of(iri: str, quads: Iterable[ox.Quad]) -> str:
    """Return the English label of a description, or the end of the IRI where it has none."""
    named = {
        (q.predicate.value, q.object.language != "en"): q.object.value
        for q in quads
        if subject_of(q).value == iri and isinstance(q.object, ox.Literal)
    }
    for predicate in (RDFS_LABEL, SKOS_PREF_LABEL, SH + "name"):
        for other in (False, True):
            if (predicate, other) in named:
                return named[predicate, other]
    return iri.rstrip("/").rpartition("/")[2]


def type_of(iri: str, quads: Iterable[ox.Quad], ranks: dict[str, int]) -> str:
    """Return the most specific type that a description states, ours before others'."""
    types = {
        q.object.value
        for q in quads
        if subject_of(q).value == iri
        and q.predicate.value == RDF_TYPE
        and isinstance(q.object, ox.NamedNode)
    }
    return min(types, key=lambda t: (-ranks.get(t, 0), t.startswith(OWL), t), default="")


def depths(quads: Iterable[ox.Quad]) -> dict[str, int]:
    """Return how deep each class stands below the top of the class hierarchy, from 1."""
    parents: dict[str, set[str]] = defaultdict(set)
    for q in quads:
        if q.predicate.value.endswith("#subClassOf") and isinstance(q.object, ox.NamedNode):
            parents[subject_of(q).value].add(q.object.value)

    def depth(cls: str, path: tuple[str, ...] = ()) -> int:
        above = parents[cls] - {*path, cls} if cls in parents else set()
        return 1 + max((depth(p, (*path, cls)) for p in above), default=0)

    return {cls: depth(cls) for cls in list(parents) + [p for ps in parents.values() for p in ps]}


def write(
    path: Path, descriptions: Iterable[tuple[str, list[ox.Quad]]], ranks: dict[str, int], base: str
) -> Iterator[tuple[str, str]]:
    """Write the document database, and yield the hash of each resource's description.

    Descriptions are taken one by one, as the hashes are. `ranks` tells how deep each class stands.
    """
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA)
        for position, (iri, quads) in enumerate(descriptions):
            nquads = canonical_nquads(quads)
            hashed = hashlib.sha256(nquads).hexdigest()
            row = (position, iri, label_of(iri, quads), type_of(iri, quads, ranks), nquads, hashed)
            database.execute("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)", row)
            database.executemany(
                "INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?)",
                sorted(
                    (target, predicate, position, iri)
                    for target, predicate in _links(iri, quads, base)
                ),
            )
            yield iri, hashed
        database.executescript(_INDEXES)
    database.close()


def _links(iri: str, quads: Iterable[ox.Quad], base: str) -> set[tuple[str, str]]:
    return {
        (q.object.value, q.predicate.value)
        for q in quads
        if isinstance(q.object, ox.NamedNode)
        and q.object.value.startswith(base)
        and q.object.value != iri
        and not q.predicate.value.startswith(SH)
    }
