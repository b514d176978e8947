"""The log of releases under data/releases/: what each created, changed and withdrew."""

import gzip
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pyoxigraph as ox

from server.compile.sources import Fault, Refused
from server.rdf.description import Resource, resources
from server.rdf.terms import Node, graph_of, natural, subject_of
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    DCTERMS,
    NOT_IN_DEFAULT_GRAPH,
    PREFIXES,
    RDF_TYPE,
    graph_iri,
)
from server.release.changes import CREATE, DELETE, UPDATE

FOLDER = Path("data/releases")
_AS, _DCAT, _SCHEMA = PREFIXES["as"], PREFIXES["dcat"], PREFIXES["schema"]
KINDS: dict[str, str] = {_AS + kind: kind for kind in (CREATE, UPDATE, DELETE)}
Part = Literal["major", "minor", "patch"]


@dataclass(frozen=True)
class Change:
    """What happened to one resource: its kind, the SHA-256 of what it left, and why.

    `state` is the hash of the description in canonical N-Quads with canonical IRIs; "" for a
    resource that was withdrawn, which has a reason and may be replaced by another.
    """

    kind: str
    iri: str
    state: str
    label: str
    type: str
    reason: str = ""
    replaced_by: str = ""


@dataclass(frozen=True)
class Recorded:
    """One release in the log; `issued` is an xsd:dateTime, `dataset` the hash of the dataset.

    `descriptions` are what it left of the resources that it created or changed.
    """

    version: str
    issued: str
    dataset: str
    changes: tuple[Change, ...]
    descriptions: tuple[bytes, ...] = field(default=(), repr=False)


def numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version; raises ValueError where it has not three."""
    parts = version.split(".")
    if len(parts) != 3 or not all(p.isascii() and p.isdigit() for p in parts):
        raise ValueError(f"{version!r} is not a version such as 1.2.0")
    return tuple(map(int, parts))


def states(quads: Iterable[ox.Quad]) -> dict[str, Resource]:
    """Return each resource that `quads`, on the canonical base, describe in what they state."""
    left_out = {graph_iri(name) for name in NOT_IN_DEFAULT_GRAPH}
    described = resources((q for q in quads if graph_of(q) not in left_out), CANONICAL_BASE)
    return {r.iri: r for r in described}


def keep(path: Path, release: Recorded) -> None:
    """Write the descriptions that a release left, each after a line with the resource's IRI."""
    iris = (change.iri for change in release.changes if change.kind != DELETE)
    texts = (f"# <{i}>\n".encode() + t for i, t in zip(iris, release.descriptions, strict=True))
    path.write_bytes(gzip.compress(b"".join(texts), compresslevel=9, mtime=0))


def _kept(path: Path) -> tuple[bytes, ...]:
    text = gzip.decompress(path.read_bytes()) if path.is_file() else b""
    return tuple(re.split(rb"^# .*\n", text, flags=re.MULTILINE)[1:])


def replay(log: Iterable[Recorded]) -> dict[str, Change]:
    """Return the last change of each resource that the log leaves in being."""
    last_changes: dict[str, Change] = {}
    for release in log:
        for change in release.changes:
            if change.kind == DELETE:
                last_changes.pop(change.iri, None)
            else:
                last_changes[change.iri] = change
    return last_changes


def compare(
    before: Mapping[str, Change],
    now: Mapping[str, Resource],
    reason: str = "",
    replaced: Mapping[str, str] | None = None,
) -> tuple[Change, ...]:
    """Return what changed: creations and changes in the order of `now`, then withdrawals."""
    changes = []
    for iri, state in now.items():
        if iri not in before or before[iri].state != state.hash:
            kind = UPDATE if iri in before else CREATE
            changes.append(Change(kind, iri, state.hash, state.label, state.type))
    for iri, last in before.items():
        if iri not in now:
            by = (replaced or {}).get(iri, "")
            changes.append(Change(DELETE, iri, "", last.label, last.type, reason, by))
    return tuple(changes)


def next_version(log: list[Recorded], changes: Iterable[Change], first: str) -> str:
    """Return the version that `changes` call for (Semantic Versioning 2.0, sections 4 and 6 to 8).

    What is withdrawn breaks who relies on it, what is new does not; before 1.0.0 a break counts
    as a minor version.
    """
    if not log:
        return first
    kinds = {change.kind for change in changes}
    major, minor, patch = numbers(log[-1].version)
    if DELETE in kinds and major:
        return f"{major + 1}.0.0"
    if kinds & {DELETE, CREATE}:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def standing(log: list[Recorded], quads: list[ox.Quad], first: str) -> tuple[str, str]:
    """Return version and time of the last release on record, where `quads` are what it left.

    A build that differs from it has the version with a build identifier, and no time.
    """
    if not log:
        return first, ""
    recorded = {iri: change.state for iri, change in replay(log).items()}
    if recorded == {iri: state.hash for iri, state in states(quads).items()}:
        return log[-1].version, log[-1].issued
    return f"{log[-1].version}+unrecorded", ""


def read(root: Path) -> list[Recorded]:
    """Return the releases on record under `root`, oldest first; raises Refused."""
    releases = [_parse(path, root) for path in sorted((root / FOLDER).glob("*.ttl"))]
    return sorted(releases, key=lambda release: numbers(release.version))


def _parse(path: Path, root: Path) -> Recorded:
    name = path.relative_to(root).as_posix()
    try:
        triples = list(ox.parse(path.read_text("utf-8"), ox.RdfFormat.TURTLE))
        about: dict[Node, dict[str, str]] = {}
        for t in triples:
            about.setdefault(subject_of(t), {})[t.predicate.value] = t.object.value
        head = about.pop(ox.NamedNode(f"{CANONICAL_BASE}releases/{path.stem}"))
        numbers(head[_DCAT + "version"])
        return Recorded(
            head[_DCAT + "version"],
            head[DCTERMS + "issued"],
            head[_SCHEMA + "sha256"],
            tuple(_change(about[node]) for node in sorted(about, key=lambda n: natural(n.value))),
            _kept(path.with_name(f"{path.stem}.nq.gz")),
        )
    except SyntaxError as error:
        raise Refused([Fault(str(error.msg), name, error.lineno, error.offset)]) from None
    except (KeyError, ValueError) as error:
        raise Refused([Fault(f"The record of a release lacks {error}.", name)]) from None


def _change(own: Mapping[str, str]) -> Change:
    return Change(
        KINDS[own[RDF_TYPE]],
        own[_AS + "object"],
        own.get(_SCHEMA + "sha256", ""),
        own.get(_AS + "name", ""),
        own.get(DCTERMS + "type", ""),
        own.get(_AS + "summary", ""),
        own.get(DCTERMS + "isReplacedBy", ""),
    )
