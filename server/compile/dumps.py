"""The dumps of a release: whole and by named graph, in six formats, compressed in two ways."""

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import zstandard

from server.problems import Problem
from server.rdf import terms
from server.rdf.formats import JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from server.rdf.jsonld import Coercions, coercions
from server.rdf.serialization import parse, serialize
from server.rdf.terms import graph_of, triple
from server.rdf.vocabulary import GRAPHS, NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes

FOLDER = "dumps"
WHOLE = "spacelaw"
_WHOLE_FORM = {
    "quads": "All named graphs (the default graph is empty)",
    "triples": "The merge of all that is stated (as in the default graph of a query)",
}
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
    known = coercions(triple(q) for q in stated)
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
        rows = dict.fromkeys(sorted(map(triple, quads), key=str))
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
