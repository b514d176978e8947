"""The documents of all resources in N-Quads: the size of each, and all in one ZIP to download."""

import hashlib
import sqlite3
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from server.compile.dumps import FOLDER, File, save
from server.rdf.formats import NQUADS
from server.rdf.iris import document_iri, uri_of
from server.rdf.serialization import parse, serialize
from server.release.changes import PACKAGE, Changes
from server.release.manifest import DOCUMENTS
from server.release.resource_lists import Item, document

_SCHEMA = """CREATE TABLE representation
    (iri TEXT PRIMARY KEY, length INTEGER, sha256 TEXT) WITHOUT ROWID"""
_EARLIEST = "1970-01-01T00:00:00Z"


def write(folder: Path, base: str) -> File:
    """Write the package of a release folder, whose log of changes is there, and return it.

    The database gets length and SHA-256 of each document. The package has a manifest (ResourceSync,
    section 11) that says it is of the last release on record: what a build holds beyond that will
    be in the change list once it is recorded.
    """
    log, entries = Changes(folder), list[Item]()
    modified = log.modified()
    latest = max(modified.values(), default=_EARLIEST)
    (folder / FOLDER).mkdir(exist_ok=True)
    packed = BytesIO()
    with sqlite3.connect(folder / DOCUMENTS) as database, ZipFile(packed, "w") as file:
        database.execute(_SCHEMA)
        for iri, body in _documents(database, base):
            digest, url = hashlib.sha256(body).hexdigest(), uri_of(document_iri(iri, base, ".nq"))
            database.execute(
                "INSERT INTO representation VALUES (?, ?, ?)", [iri, len(body), digest]
            )
            name = f"resources/{len(entries) + 1}.nq"
            file.writestr(_entry(name), body)
            told = {"hash": f"sha-256:{digest}", "length": str(len(body)),
                    "type": NQUADS.media_type, "path": f"/{name}",
                    "lastmod": modified.get(iri, latest)}  # fmt: skip
            entries.append((url, told))
        links = {"up": f"{base}resourcesync/capabilitylist.xml"}
        manifest = document("resourcedump-manifest", entries, links, {"at": latest})
        file.writestr(_entry("manifest.xml"), manifest)
    database.close()
    path, title = folder / FOLDER / PACKAGE, "Each resource by itself in N-Quads"
    return save(path, packed.getvalue(), "application/zip", title)


def _entry(name: str) -> ZipInfo:
    """Return the entry of a file, always of one date, so that the same files give one package."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _documents(database: sqlite3.Connection, base: str) -> Iterator[tuple[str, bytes]]:
    """Yield each resource with its document in N-Quads, as it is served."""
    found = database.execute(
        "SELECT iri, coalesce(whole.nquads, resource.nquads) FROM resource "
        "LEFT JOIN whole USING (iri) ORDER BY resource.position"
    ).fetchall()
    for iri, nquads in found:
        yield iri, serialize(parse(nquads), NQUADS, base, iri)
