"""The database of a release: its tables, and the one way to open it for writing and for reading."""

import errno
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A resource stands by its position in the natural order of IRIs. Links lead to resources from
# others. `ready` holds representations made at build, `whole` the graphs of ontologies,
# `representation` the size of each document in N-Quads; `described` the descriptions of all
# releases on record by their hashes, with canonical IRIs.
_TABLES = """
CREATE TABLE resource (
    position INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE, label TEXT NOT NULL,
    type TEXT NOT NULL, nquads BLOB NOT NULL, hash TEXT NOT NULL);
CREATE TABLE link (target TEXT, predicate TEXT, position INTEGER, source TEXT,
    PRIMARY KEY (target, predicate, position)) WITHOUT ROWID;
CREATE TABLE coercion (predicate TEXT PRIMARY KEY, kind TEXT);
CREATE TABLE whole (iri TEXT PRIMARY KEY, nquads BLOB);
CREATE TABLE profile (key TEXT PRIMARY KEY, iri TEXT, title TEXT, description TEXT);
CREATE TABLE profiled (key TEXT, iri TEXT, nquads BLOB, PRIMARY KEY (key, iri)) WITHOUT ROWID;
CREATE TABLE ready (iri TEXT, format TEXT, body BLOB, PRIMARY KEY (iri, format));
CREATE TABLE representation (iri TEXT PRIMARY KEY, length INTEGER, sha256 TEXT) WITHOUT ROWID;

CREATE TABLE recorded (version TEXT PRIMARY KEY, issued TEXT, dataset TEXT, changes INTEGER);
CREATE TABLE change (
    position INTEGER PRIMARY KEY, version TEXT, number INTEGER, issued TEXT, kind TEXT, iri TEXT,
    state TEXT, label TEXT, type TEXT, reason TEXT, replaced_by TEXT);
CREATE TABLE described (state TEXT PRIMARY KEY, nquads BLOB NOT NULL);
CREATE TABLE tombstone (
    iri TEXT PRIMARY KEY, label TEXT NOT NULL, type TEXT NOT NULL, deleted TEXT NOT NULL,
    replaced_by TEXT NOT NULL DEFAULT '');
CREATE TABLE successor (iri TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE entry (position INTEGER PRIMARY KEY, iri TEXT, label TEXT, folded TEXT, type TEXT,
    summary TEXT, weight INTEGER, links INTEGER);
CREATE TABLE name (name TEXT, position INTEGER, PRIMARY KEY (name, position)) WITHOUT ROWID;
CREATE TABLE facet (position INTEGER, facet TEXT, value TEXT,
    PRIMARY KEY (position, facet, value)) WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5(label, names, body, content='',
    tokenize='unicode61 remove_diacritics 0');
CREATE TABLE word (word TEXT PRIMARY KEY, things INTEGER) WITHOUT ROWID;
CREATE TABLE used (term TEXT PRIMARY KEY, things INTEGER) WITHOUT ROWID;
CREATE TABLE example (term TEXT, iri TEXT, label TEXT, place INTEGER,
    PRIMARY KEY (term, place)) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX resource_type ON resource (type, position);
CREATE INDEX resource_lower_case ON resource (lower(iri));
CREATE INDEX change_iri ON change (iri, position);
"""


@contextmanager
def created(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a new database with its tables; what is written is there once the block ends."""
    database = sqlite3.connect(path)
    try:
        database.executescript(_TABLES)
        yield database
        database.executescript(_INDEXES)
        database.commit()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise OSError(errno.EIO, str(error), str(path)) from None
    finally:
        database.close()


class Rows:
    """Rows of a database that never changes; safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()

    def __call__(
        self, sql: str, parameters: Iterable[object] | Mapping[str, object] = ()
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query; raises sqlite3.Error where the database is faulty."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(self._uri, uri=True)
        values = parameters if isinstance(parameters, Mapping) else tuple(parameters)
        rows: list[tuple[Any, ...]] = connection.execute(sql, values).fetchall()
        return rows
