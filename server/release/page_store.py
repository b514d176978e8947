"""Pages made ahead: a file beside a release, of which each page is read as it was made."""

import hashlib
import sqlite3
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import zstandard

from server.release.manifest import digest_of
from server.release.reader import Release
from server.release.schema import Rows

_PACKAGE = Path(__file__).parents[1]
_SCHEMA = "CREATE TABLE page (iri TEXT PRIMARY KEY, body BLOB NOT NULL)"


def file_of(release: Release, sources: Path) -> Path:
    """Return where the pages of a release are once they are made.

    The name tells of all that determines them: the release, this software, and the questions of
    the `sources`. So no page is ever served that would be made otherwise today.
    """
    queries = _digest(sources / "queries")
    both = hashlib.sha256(f"{code_digest()}{queries}".encode()).hexdigest()
    return release.folder.with_name(f"{release.folder.name}.pages-{both[:16]}.sqlite")


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the digest of our code, once: what runs is the code as it was at the start."""
    return _digest(_PACKAGE)


def _digest(folder: Path) -> str:
    files = (p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return digest_of(files, folder)


class Pages:
    """The pages of one file, which may come while a site is served; before, it has none."""

    def __init__(self, path: Path) -> None:
        self._path, self._rows = path, Rows(path)

    def are_made(self) -> bool:
        """Tell whether the file is there."""
        return self._path.is_file()

    def get(self, iri: str) -> bytes | None:
        """Return the page of a resource, None where it is still to be made."""
        sql = "SELECT body FROM page WHERE iri = ?"
        rows = self._rows(sql, [iri]) if self.are_made() else []
        return zstandard.ZstdDecompressor().decompress(rows[0][0]) if rows else None


def write(path: Path, pages: Iterable[tuple[str, bytes]]) -> None:
    """Write pages by their IRIs; the file is there once it is whole."""
    packer = zstandard.ZstdCompressor(level=3)
    with TemporaryDirectory(prefix=".pages-", dir=path.parent) as folder:
        work = Path(folder) / path.name
        with sqlite3.connect(work) as database:
            database.execute(_SCHEMA)
            packed = ((iri, packer.compress(body)) for iri, body in pages)
            database.executemany("INSERT INTO page VALUES (?, ?)", packed)
        database.close()
        work.replace(path)
