"""A release opened for reading: documents, labels and incoming links, without any engine."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from server.release.manifest import DOCUMENTS, MANIFEST, QUADS, REPORT, STATISTICS, Manifest
from server.release.schema import Rows


@dataclass(frozen=True)
class Document:
    """All that the release says of one resource: canonical N-Quads and their SHA-256."""

    iri: str
    label: str
    type: str
    nquads: bytes
    hash: str


@dataclass(frozen=True)
class Link:
    """A statement of another resource that points here."""

    predicate: str
    source: str
    label: str


@dataclass(frozen=True)
class Entry:
    """A resource in a list: its IRI, label and most specific type."""

    iri: str
    label: str
    type: str


@dataclass(frozen=True)
class Profile:
    """Another way to describe the same things: the key and IRI of its vocabulary, what it is."""

    key: str
    iri: str
    title: str
    description: str


@dataclass(frozen=True)
class Tombstone:
    """What is left of a withdrawn resource; `deleted` is an xsd:dateTime, others may be empty."""

    iri: str
    label: str
    type: str
    deleted: str
    replaced_by: str


class Release:
    """An immutable release folder; safe to share between threads and processes."""

    def __init__(self, folder: Path, linked: int = 0) -> None:
        """Open the release, current since `linked`; raises MissingRelease where there is none."""
        # The link to the current release is written anew when another one becomes it.
        self._linked = int(folder.lstat().st_mtime) if folder.is_symlink() else linked
        self.folder = folder.resolve()
        self.manifest = Manifest.read(self.folder)
        self.base = self.manifest.base
        self._rows = Rows(self.folder / DOCUMENTS)

    @property
    def quads_file(self) -> Path:
        """The dataset in canonical N-Quads, inferred graph included."""
        return self.folder / QUADS

    def document(self, iri: str) -> Document | None:
        """Return the document about `iri`, or None where the release does not describe it."""
        sql = "SELECT iri, label, type, nquads, hash FROM resource WHERE iri = ?"
        rows = self._rows(sql, [iri])
        return Document(*rows[0]) if rows else None

    def statements(self, document: Document, profile: str = "") -> bytes | None:
        """Return the N-Quads that tell of a document's resource in data formats.

        With the key of a profile they are what that makes of it, or None where it says nothing;
        without one they are the description, or for an ontology all of its graph.
        """
        if profile:
            sql = "SELECT nquads FROM profiled WHERE key = ? AND iri = ?"
            rows = self._rows(sql, [profile, document.iri])
            return rows[0][0] if rows else None
        rows = self._rows("SELECT nquads FROM whole WHERE iri = ?", [document.iri])
        return rows[0][0] if rows else document.nquads

    def ready(self, iri: str, fmt: str) -> bytes | None:
        """Return the description of `iri` in the format of a key, where the build made it."""
        rows = self._rows("SELECT body FROM ready WHERE iri = ? AND format = ?", [iri, fmt])
        return rows[0][0] if rows else None

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """The profiles that documents are offered in besides the dataset's own model."""
        sql = "SELECT * FROM profile ORDER BY key"
        return tuple(Profile(*row) for row in self._rows(sql))

    def profiles_of(self, iri: str) -> tuple[Profile, ...]:
        """Return the profiles that have something to say of `iri`."""
        sql = (
            "SELECT * FROM profile WHERE EXISTS (SELECT 1 FROM profiled "
            "WHERE profiled.key = profile.key AND iri = ?) ORDER BY key"
        )
        return tuple(Profile(*row) for row in self._rows(sql, [iri]))

    @cached_property
    def coercions(self) -> dict[str, str]:
        """How the values of each property are read in compacted JSON-LD."""
        return dict(self._rows("SELECT predicate, kind FROM coercion ORDER BY predicate"))

    def tombstone(self, iri: str) -> Tombstone | None:
        """Return what is left of `iri`, or None where it was not withdrawn."""
        sql = "SELECT iri, label, type, deleted, replaced_by FROM tombstone WHERE iri = ?"
        rows = self._rows(sql, [iri])
        return Tombstone(*rows[0]) if rows else None

    def successor(self, iri: str) -> str:
        """Return the resource that took the place of `iri` and means the same, or ""."""
        rows = self._rows("SELECT target FROM successor WHERE iri = ?", [iri])
        return str(rows[0][0]) if rows else ""

    def in_any_case(self, iri: str) -> list[str]:
        """Return the resources whose IRIs differ from `iri` in the case of ASCII letters alone."""
        sql = "SELECT iri FROM resource WHERE lower(iri) = lower(?) ORDER BY position"
        return [row[0] for row in self._rows(sql, [iri])]

    def beginning(self, start: str, limit: int) -> list[str]:
        """Return the first resources whose IRIs begin so, in the order of code points."""
        sql = "SELECT iri FROM resource WHERE iri >= ? AND iri < ? ORDER BY iri LIMIT ?"
        return [row[0] for row in self._rows(sql, [start, start + chr(0x10FFFF), limit])]

    @cached_property
    def made(self) -> int:
        """When the release was written, in seconds since 1970; its bytes do not tell."""
        return int((self.folder / MANIFEST).stat().st_mtime)

    @property
    def current_since(self) -> int:
        """When the release became the current one, in seconds since 1970, or was written."""
        return max(self.made, self._linked)

    @property
    def made_at(self) -> str:
        """When the release was written, as an xsd:dateTime."""
        return datetime.fromtimestamp(self.made, UTC).isoformat().replace("+00:00", "Z")

    def descriptions(self) -> list[tuple[str, str, str, bytes]]:
        """Return IRI, label, type and N-Quads of all resources, in the order of their IRIs."""
        return self._rows("SELECT iri, label, type, nquads FROM resource ORDER BY position")

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the labels of those of `iris` that the release describes."""
        wanted = list(dict.fromkeys(iris))
        names: dict[str, str] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            sql = f"SELECT iri, label FROM resource WHERE iri IN ({marks})"  # noqa: S608
            names.update((iri, label) for iri, label in self._rows(sql, part))
        return names

    def incoming(self, iri: str, limit: int = 100, offset: int = 0) -> list[Link]:
        """Return a page of the links to `iri`, ordered by predicate and source label."""
        sql = (
            "SELECT predicate, source, label FROM link JOIN resource ON iri = source "
            "WHERE target = ? ORDER BY predicate, link.position LIMIT ? OFFSET ?"
        )
        return [Link(*row) for row in self._rows(sql, [iri, limit, offset])]

    def documents_at(self, iri: str, predicate: str) -> list[Document]:
        """Return the documents of the resources that point to `iri` by `predicate`."""
        sql = (
            "SELECT iri, label, type, nquads, hash FROM link JOIN resource ON iri = source "
            "WHERE target = ? AND predicate = ? ORDER BY link.position"
        )
        return [Document(*row) for row in self._rows(sql, [iri, predicate])]

    def sources_of(self, iri: str, predicate: str, limit: int = -1) -> list[str]:
        """Return the resources that point to `iri` by `predicate`, or the first few of them."""
        sql = "SELECT source FROM link WHERE target = ? AND predicate = ? ORDER BY position LIMIT ?"
        return [row[0] for row in self._rows(sql, [iri, predicate, limit])]

    def statistics(self) -> dict[str, Any]:
        """Return the statistics of the release; IRIs in them are canonical."""
        statistics: dict[str, Any] = json.loads((self.folder / STATISTICS).read_text("utf-8"))
        return statistics

    def report(self) -> bytes:
        """Return the SHACL validation report of the release in N-Quads."""
        return (self.folder / REPORT).read_bytes()

    def targets_of(self, predicate: str) -> list[str]:
        """Return the resources to which some other points by `predicate`, sorted."""
        sql = "SELECT DISTINCT target FROM link WHERE predicate = ? ORDER BY target"
        return [row[0] for row in self._rows(sql, [predicate])]

    def count_incoming(self, iri: str) -> int:
        """Return how many links point to `iri`."""
        return int(self._rows("SELECT count(*) FROM link WHERE target = ?", [iri])[0][0])

    def entries(self, type_iri: str, limit: int = 100, offset: int = 0) -> list[Entry]:
        """Return a page of the resources of one type, in the order of their IRIs."""
        sql = (
            "SELECT iri, label, type FROM resource WHERE type = ? ORDER BY position "
            "LIMIT ? OFFSET ?"
        )
        return [Entry(*row) for row in self._rows(sql, [type_iri, limit, offset])]

    def types(self) -> list[tuple[str, int]]:
        """Return each type that resources are listed under, with their number."""
        sql = "SELECT type, count(*) FROM resource WHERE type <> '' GROUP BY type ORDER BY type"
        return self._rows(sql)

    def hashes(self) -> dict[str, str]:
        """Return the hash of the description of each resource."""
        return dict(self._rows("SELECT iri, hash FROM resource"))

    def iris(self) -> list[str]:
        """Return the IRIs of all resources, sorted."""
        return [row[0] for row in self._rows("SELECT iri FROM resource ORDER BY position")]
