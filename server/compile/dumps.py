"""The dumps of a release: whole and by named graph, in six formats, and resource by resource."""

import hashlib
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pyoxigraph as ox
import zstandard

from server.compile.database import documents, modified
from server.problems import Problem
from server.rdf import terms
from server.rdf.description import Resource
from server.rdf.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from server.rdf.iris import document_iri, uri_of
from server.rdf.jsonld import Coercions, coercions
from server.rdf.serialization import parse, serialize
from server.rdf.terms import graph_of
from server.rdf.vocabulary import GRAPHS, NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes
from server.release.changes import PACKAGE
from server.release.resource_lists import Item, document

FOLDER = "dumps"
WHOLE = "spacelaw"
_WHOLE_FORM = {
    "quads": "All named graphs (the default graph is empty)",
    "triples": "The merge of all that is stated (as in the default graph of a query)",
}
_EARLIEST = "1970-01-01T00:00:00Z"
_ENGINE_FORMATS = {
    TRIG: ox.RdfFormat.TRIG,
    TURTLE: ox.RdfFormat.TURTLE,
    NTRIPLES: ox.RdfFormat.N_TRIPLES,
}


@dataclass(frozen=True)
class File:
    """A file to download: `graph` is "" for the whole dataset, `coding` "" for a plain file."""

    name: str
    graph: str
    media_type: str
    title: str
    coding: str
    size: int
    sha256: str


def write(folder: Path, nquads: bytes, base: str) -> list[File]:
    """Write the dumps of a dataset in canonical N-Quads on `base`; return what was written.

    A whole dump in a format of quads holds all graphs; in a format of triples, the merge of all
    that is stated, without graph/inferred. The same quads give the same bytes.
    """
    (folder / FOLDER).mkdir(exist_ok=True)
    names = {graph_iri(name, base): name for name in GRAPHS}
    graphs: dict[str, list[bytes]] = defaultdict(list)
    lines = nquads.splitlines(keepends=True)
    for line, quad in zip(lines, parse(nquads), strict=True):
        graphs[names[graph_of(quad)]].append(line)
    files = list(_dump(folder / FOLDER, "", nquads, base))
    for name in GRAPHS:
        if name in graphs:
            files += _dump(folder / FOLDER, name, b"".join(graphs[name]), base)
    return files


def _dump(folder: Path, graph: str, nquads: bytes, base: str) -> Iterator[File]:
    left_out = {graph_iri(name, base) for name in NOT_IN_DEFAULT_GRAPH if not graph}
    quads = parse(nquads)
    stated = [q for q in quads if graph_of(q) not in left_out]
    known = coercions(q.triple for q in stated)
    yield from _packed(folder, graph, NQUADS, nquads)
    for fmt in (*_ENGINE_FORMATS, JSONLD, RDFXML):
        own = quads if fmt.kind == "quads" else stated
        try:
            body = _written(own, fmt, base, known)
        except Problem:
            continue  # a name or character that RDF/XML cannot hold
        yield from _packed(folder, graph, fmt, body)


def _written(quads: list[ox.Quad], fmt: Format, base: str, known: Coercions) -> bytes:
    """Return the statements of a dump: by the engine's own writers where these can do it."""
    if fmt not in _ENGINE_FORMATS:
        return serialize(quads, fmt, base, "", known)
    rows: Iterable[Any] = sorted(quads, key=str)
    if fmt.kind == "triples":
        rows = dict.fromkeys(sorted((q.triple for q in quads), key=str))
    lines = terms.write(rows, _ENGINE_FORMATS[fmt], prefixes(base)).splitlines(keepends=True)
    # The engine declares prefixes in an order that changes from run to run.
    head = sum(line.startswith(b"@prefix") for line in lines)
    return b"".join(sorted(lines[:head]) + lines[head:])


def _packed(folder: Path, graph: str, fmt: Format, body: bytes) -> Iterator[File]:
    packed = {
        "gz": zlib.compress(body, 6, wbits=31),  # not by gzip, whose header changed in Python 3.13
        "zst": zstandard.ZstdCompressor(level=9).compress(body),
    }
    for coding, data in packed.items():
        title = f"{graph or _WHOLE_FORM[fmt.kind]} in {fmt.name}"
        name = f"{graph or WHOLE}.{fmt.key}.{coding}"
        yield save(folder / name, data, fmt.media_type, title, graph, coding)


def save(
    path: Path, data: bytes, media_type: str, title: str, graph: str = "", coding: str = ""
) -> File:
    """Write one file and return what it is."""
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return File(path.name, graph, media_type, title, coding, len(data), digest)


def write_package(
    folder: Path, database: sqlite3.Connection, resources: list[Resource], base: str
) -> File:
    """Write the package of a release folder, whose log of changes is in the database; return it.

    The database gets length and SHA-256 of each document. The package has a manifest (ResourceSync,
    section 11) that says it is of the last release on record: what a build holds beyond that will
    be in the change list once it is recorded.
    """
    changed, entries, packed = modified(database), list[Item](), BytesIO()
    latest = max(changed.values(), default=_EARLIEST)
    (folder / FOLDER).mkdir(exist_ok=True)
    with ZipFile(packed, "w") as file:
        for number, (iri, body, digest) in enumerate(documents(database, resources, base), 1):
            name = f"resources/{number}.nq"
            file.writestr(_entry(name), body)
            described = {"hash": f"sha-256:{digest}", "length": str(len(body)),
                         "type": NQUADS.media_type, "path": f"/{name}",
                         "lastmod": changed.get(iri, latest)}  # fmt: skip
            entries.append((uri_of(document_iri(iri, base, ".nq")), described))
        links = {"up": f"{base}resourcesync/capabilitylist.xml"}
        manifest = document("resourcedump-manifest", entries, links, {"at": latest})
        file.writestr(_entry("manifest.xml"), manifest)
    path, title = folder / FOLDER / PACKAGE, "Each resource by itself in N-Quads"
    return save(path, packed.getvalue(), "application/zip", title)


def _entry(name: str) -> ZipInfo:
    """Return the entry of a file, always of one date, so that the same files give one package."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry
