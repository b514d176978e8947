"""The log of changes as the release holds it, by pages; positions count from 1, oldest first."""

from dataclasses import dataclass
from pathlib import Path

from server.release.manifest import DOCUMENTS
from server.release.schema import Rows

CREATE, UPDATE, DELETE = "Create", "Update", "Delete"
PACKAGE = "resources.zip"  # the documents of all resources, among the dumps of a release


@dataclass(frozen=True)
class Activity:
    """One change: where it stands in the log, in which release, when, of what, and why.

    `state` is the SHA-256 of the description with canonical IRIs in canonical N-Quads.
    """

    position: int
    version: str
    number: int
    issued: str
    kind: str
    iri: str
    state: str
    label: str
    type: str
    reason: str
    replaced_by: str

    @property
    def path(self) -> str:
        """The path, with its fragment, that names the activity on the base."""
        return f"releases/{self.version}#{self.number}"


@dataclass(frozen=True)
class Version:
    """A release on record: when it was issued, the hash of its dataset, its number of changes."""

    version: str
    issued: str
    dataset: str
    changes: int


@dataclass(frozen=True)
class Size:
    """Length and SHA-256 of a resource's document in N-Quads."""

    iri: str
    length: int
    sha256: str


class Changes:
    """The log in a release folder."""

    def __init__(self, folder: Path) -> None:
        self._rows = Rows(folder / DOCUMENTS)

    def count(self) -> int:
        """Return the number of changes."""
        return int(self._rows("SELECT count(*) FROM change")[0][0])

    def after(self, position: int, limit: int) -> list[Activity]:
        """Return at most `limit` changes after a position, oldest first."""
        sql = "SELECT * FROM change WHERE position > ? ORDER BY position LIMIT ?"
        return [Activity(*row) for row in self._rows(sql, [position, limit])]

    def of(self, version: str) -> list[Activity]:
        """Return the changes of one release, in its order."""
        sql = "SELECT * FROM change WHERE version = ? ORDER BY position"
        return [Activity(*row) for row in self._rows(sql, [version])]

    def about(self, iri: str) -> list[Activity]:
        """Return the changes of one resource, oldest first."""
        sql = "SELECT * FROM change WHERE iri = ? ORDER BY position"
        return [Activity(*row) for row in self._rows(sql, [iri])]

    def versions(self) -> list[Version]:
        """Return the releases on record, oldest first."""
        sql = "SELECT * FROM recorded ORDER BY issued, rowid"
        return [Version(*row) for row in self._rows(sql)]

    def sizes(self) -> list[Size]:
        """Return the size of each resource's document in N-Quads, sorted by IRI."""
        return [Size(*row) for row in self._rows("SELECT * FROM representation ORDER BY iri")]

    def description(self, state: str) -> bytes:
        """Return the description with a hash, with canonical IRIs; "" where it was not kept."""
        rows = self._rows("SELECT nquads FROM described WHERE state = ?", [state])
        return rows[0][0] if rows else b""

    def withdrawn(self) -> list[tuple[str, str, str, str]]:
        """Return what is no more: IRI, type, the kind of its last change, and when that was."""
        sql = (
            "SELECT iri, type, kind, max(issued) FROM change "
            "WHERE iri NOT IN (SELECT iri FROM resource) GROUP BY iri"
        )
        return self._rows(sql)

    def modified(self) -> dict[str, str]:
        """Return when each resource last changed, as an xsd:dateTime."""
        return dict(self._rows("SELECT iri, max(issued) FROM change GROUP BY iri"))
