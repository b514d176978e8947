"""The documents of all resources in N-Quads in one ZIP to download, with a manifest."""

import sqlite3
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from server.compile.database import documents, modified
from server.compile.dumps import FOLDER, File, save
from server.rdf.description import Resource
from server.rdf.formats import NQUADS
from server.rdf.iris import document_iri, uri_of
from server.release.changes import PACKAGE
from server.release.resource_lists import Item, document

_EARLIEST = "1970-01-01T00:00:00Z"


def write(folder: Path, database: sqlite3.Connection, resources: list[Resource], base: str) -> File:
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
