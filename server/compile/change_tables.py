"""What the document database holds for harvesters: the log of changes, and tombstones."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from server.compile.change_log import Recorded
from server.rdf.iris import rebase
from server.release.changes import DELETE

_SCHEMA = """
CREATE TABLE recorded (version TEXT PRIMARY KEY, issued TEXT, dataset TEXT, changes INTEGER);
CREATE TABLE change (
    position INTEGER PRIMARY KEY, version TEXT, number INTEGER, issued TEXT, kind TEXT, iri TEXT,
    state TEXT, label TEXT, type TEXT, reason TEXT, replaced_by TEXT);
CREATE INDEX change_iri ON change (iri, position);
"""


def write(path: Path, log: Iterable[Recorded], base: str) -> None:
    """Add the log to the document database at `path`, its IRIs moved to `base`."""
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA)
        position = 0
        for release in log:
            row = (release.version, release.issued, release.dataset, len(release.changes))
            database.execute("INSERT INTO recorded VALUES (?, ?, ?, ?)", row)
            rows = list(_rows(release, position, base))
            database.executemany(f"INSERT INTO change VALUES ({','.join('?' * 11)})", rows)  # noqa: S608
            position += len(rows)
        _bury(database)
    database.close()


def _rows(release: Recorded, start: int, base: str) -> Iterator[tuple[object, ...]]:
    for number, change in enumerate(release.changes, 1):
        moved = [rebase(iri, base) for iri in (change.iri, change.type, change.replaced_by)]
        yield (
            start + number, release.version, number, release.issued, change.kind, moved[0],
            change.state, change.label, moved[1], change.reason, moved[2],
        )  # fmt: skip


def _bury(database: sqlite3.Connection) -> None:
    """Give each resource whose last change was its withdrawal a tombstone."""
    database.execute(
        "INSERT INTO tombstone (iri, label, type, deleted, replaced_by) "
        "SELECT iri, label, type, issued, replaced_by FROM change AS last WHERE kind = ? "
        "AND NOT EXISTS (SELECT 1 FROM change WHERE iri = last.iri AND position > last.position) "
        "AND NOT EXISTS (SELECT 1 FROM resource WHERE resource.iri = last.iri)",
        [DELETE],
    )
