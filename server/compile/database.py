"""The one writer of a release's database: descriptions, profiles, and what is made of them."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple

import pyoxigraph as ox

from server.compile.change_log import Recorded
from server.compile.migration import Moved
from server.rdf.description import Resource, describe
from server.rdf.formats import JSONLD, NQUADS, TURTLE
from server.rdf.iris import rebase
from server.rdf.jsonld import coercions
from server.rdf.serialization import parse, serialize
from server.rdf.terms import canonical_nquads, graph_of, subject_of
from server.rdf.vocabulary import OWL, RDF_TYPE, SH
from server.release.changes import DELETE
from server.release.reader import Profile

_UNTIL_CHANGED = (
    "INSERT INTO tombstone (iri, label, type, deleted, replaced_by) "
    "SELECT iri, label, type, issued, replaced_by FROM change AS last WHERE kind = ? "
    "AND NOT EXISTS (SELECT 1 FROM change WHERE iri = last.iri AND position > last.position) "
    "AND NOT EXISTS (SELECT 1 FROM resource WHERE resource.iri = last.iri)"
)

_GIVEN_UP = (
    "INSERT OR IGNORE INTO tombstone SELECT iri, label, type, ?, ? FROM change "
    "WHERE iri = ? ORDER BY position DESC LIMIT 1"
)


def add_resources(database: sqlite3.Connection, resources: Iterable[Resource], base: str) -> None:
    """Write each resource with its links to others on `base`; they are taken one by one."""
    for position, r in enumerate(resources):
        row = (position, r.iri, r.label, r.type, r.nquads, r.hash)
        database.execute("INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?)", row)
        links = sorted((*link, position, r.iri) for link in _links(r, base))
        database.executemany("INSERT OR IGNORE INTO link VALUES (?, ?, ?, ?)", links)


def _links(resource: Resource, base: str) -> set[tuple[str, str]]:
    return {
        (q.object.value, q.predicate.value)
        for q in resource.quads
        if isinstance(q.object, ox.NamedNode)
        and q.object.value.startswith(base)
        and q.object.value != resource.iri
        and not q.predicate.value.startswith(SH)
    }


def add_statements(
    database: sqlite3.Connection, stated: list[ox.Quad], versions: Mapping[str, list[ox.Quad]]
) -> None:
    """Write how JSON-LD coerces values, and ontologies as a whole, each version by its IRI."""
    known = coercions(q.triple for q in stated)
    database.executemany("INSERT INTO coercion VALUES (?, ?)", known.items())
    whole = {iri: canonical_nquads(quads) for iri, quads in versions.items()}
    rows = (*_ontologies(stated), *whole.items())
    database.executemany("INSERT INTO whole VALUES (?, ?)", rows)


def _ontologies(quads: list[ox.Quad]) -> Iterator[tuple[str, bytes]]:
    """Yield each ontology with its whole graph: who loads it by its IRI gets all axioms."""
    ontology = ox.NamedNode(OWL + "Ontology")
    headers = {
        subject_of(q).value: graph_of(q)
        for q in quads
        if q.predicate.value == RDF_TYPE and q.object == ontology
    }
    for iri, graph in sorted(headers.items()):
        if graph:
            yield iri, canonical_nquads(q for q in quads if graph_of(q) == graph)


def add_profiles(
    database: sqlite3.Connection, views: Iterable[tuple[Profile, list[ox.Quad]]], base: str
) -> None:
    """Write the description of each resource under each profile."""
    for profile, view in views:
        database.execute("INSERT INTO profile VALUES (?, ?, ?, ?)", astuple(profile))
        described = describe(view, base).items()
        rows = ((profile.key, iri, canonical_nquads(quads)) for iri, quads in described)
        database.executemany("INSERT INTO profiled VALUES (?, ?, ?)", rows)


def add_representations(
    database: sqlite3.Connection, resources: Iterable[Resource], base: str
) -> None:
    """Write what clients ask for most: each description in Turtle and compacted JSON-LD.

    Ontologies are left out: their documents are all of their graphs, and few.
    """
    known = dict(database.execute("SELECT predicate, kind FROM coercion ORDER BY predicate"))
    whole = {iri for (iri,) in database.execute("SELECT iri FROM whole")}
    for resource in resources:
        if resource.iri in whole:
            continue
        quads = parse(resource.nquads)
        for fmt in (TURTLE, JSONLD):
            body = serialize(quads, fmt, base, resource.iri, known)
            database.execute("INSERT INTO ready VALUES (?, ?, ?)", [resource.iri, fmt.key, body])


def add_log(database: sqlite3.Connection, log: Iterable[Recorded], base: str) -> None:
    """Write the log of changes, its IRIs moved to `base`, and a tombstone for what it withdrew."""
    position = 0
    for release in log:
        kept = ((hashlib.sha256(text).hexdigest(), text) for text in release.descriptions)
        database.executemany("INSERT OR IGNORE INTO described VALUES (?, ?)", kept)
        head = (release.version, release.issued, release.dataset, len(release.changes))
        database.execute("INSERT INTO recorded VALUES (?, ?, ?, ?)", head)
        for number, change in enumerate(release.changes, 1):
            position += 1
            row = (
                position, release.version, number, release.issued, change.kind,
                rebase(change.iri, base), change.state, change.label, rebase(change.type, base),
                change.reason, rebase(change.replaced_by, base),
            )  # fmt: skip
            database.execute(f"INSERT INTO change VALUES ({','.join('?' * 11)})", row)  # noqa: S608
    database.execute(_UNTIL_CHANGED, [DELETE])


def add_migration(database: sqlite3.Connection, moved: Iterable[Moved], base: str) -> None:
    """Write what took the place of an identifier; one with no equal leaves a tombstone."""
    for row in moved:
        old, new = rebase(row.old, base), rebase(row.new, base)
        if row.same:
            database.execute("DELETE FROM tombstone WHERE iri = ?", [old])
            database.execute("INSERT INTO successor VALUES (?, ?)", [old, new])
        else:
            database.execute(_GIVEN_UP, [row.withdrawn, new, old])


def documents(
    database: sqlite3.Connection, resources: Iterable[Resource], base: str
) -> Iterator[tuple[str, bytes, str]]:
    """Yield each resource's document in N-Quads as served, with its SHA-256, and keep its size."""
    whole = dict(database.execute("SELECT iri, nquads FROM whole"))
    for resource in resources:
        quads = parse(whole.get(resource.iri, resource.nquads))
        body = serialize(quads, NQUADS, base, resource.iri)
        digest = hashlib.sha256(body).hexdigest()
        row = (resource.iri, len(body), digest)
        database.execute("INSERT INTO representation VALUES (?, ?, ?)", row)
        yield resource.iri, body, digest


def modified(database: sqlite3.Connection) -> dict[str, str]:
    """Return when each resource last changed by the log, as an xsd:dateTime."""
    return dict(database.execute("SELECT iri, max(issued) FROM change GROUP BY iri"))
