"""Recording of a release: what the build changed since the last one, as a file in the log."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

import server
from server.compile import change_log, migration, ontology
from server.compile.change_log import FOLDER, Change, Recorded
from server.compile.sources import Nonconforming, Progress
from server.rdf.terms import canonical_nquads
from server.rdf.vocabulary import CANONICAL_BASE, PREFIXES
from server.release.changes import CREATE, DELETE, UPDATE

_PREFIXES = ("as", "dcat", "dcterms", "schema", "xsd")


class NothingToRecord(Exception):
    """A release that cannot be recorded; says why."""


@dataclass(frozen=True)
class Wish:
    """What the person who releases says: version ("" for the next), time, reason, replacements."""

    issued: str
    version: str = ""
    reason: str = ""
    replaced: Mapping[str, str] | None = None


def record(root: Path, wish: Wish, progress: Progress = lambda _: None) -> tuple[Path, Recorded]:
    """Write what the sources under `root` changed since the last release; return file and record.

    Raises Refused, Nonconforming, or NothingToRecord where nothing changed, where withdrawals
    have no reason, or where the version does not follow the last.
    """
    from server.compile import conformance  # whose SHACL engines take long to load

    log = change_log.read(root)
    _, quads, violations = conformance.checked(root, progress)
    if violations:
        raise Nonconforming(violations)
    progress("Comparing with the last release")
    replaced = {row.old: row.new for row in migration.read(root)} | dict(wish.replaced or {})
    states = change_log.states(quads)
    found = change_log.compare(change_log.replay(log), states, wish.reason, replaced)
    _check(found, wish)
    version = _version(log, found, wish.version)
    dataset = hashlib.sha256(canonical_nquads(quads)).hexdigest()
    described = tuple(states[c.iri].nquads for c in found if c.kind != DELETE)
    release = Recorded(version, wish.issued, dataset, found, described)
    ontology.archive(root, quads)
    return _write(root / FOLDER / f"{version}.ttl", release), release


def _check(found: tuple[Change, ...], wish: Wish) -> None:
    if not found:
        raise NothingToRecord("Nothing changed since the last release on record.")
    gone = [c.iri for c in found if c.kind == DELETE]
    if gone and not wish.reason:
        listed = ", ".join(f"<{iri}>" for iri in gone[:5]) + (" …" if len(gone) > 5 else "")
        raise NothingToRecord(f"--reason must say why {len(gone)} were withdrawn: {listed}")
    if strange := sorted(set(wish.replaced or {}) - set(gone)):
        raise NothingToRecord(f"<{strange[0]}> is not withdrawn and so is not replaced.")


def _version(log: list[Recorded], found: tuple[Change, ...], wanted: str) -> str:
    version = wanted or change_log.next_version(log, found, server.__version__)
    try:
        order = change_log.numbers(version)
    except ValueError as error:
        raise NothingToRecord(f"{error}.") from None
    if log and order <= log[-1].order:
        raise NothingToRecord(f"Version {version} does not follow {log[-1].version}.")
    return version


def _write(path: Path, release: Recorded) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    change_log.keep(path.with_suffix(".nq.gz"), release)
    part = path.with_suffix(".part")
    part.write_text(text(release), "utf-8")
    part.replace(path)
    return path


def text(release: Recorded) -> str:
    """Return the record of a release as Turtle, laid out as turtlefmt does it."""
    head = f"@base <{CANONICAL_BASE}> .\n" + "".join(
        f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in _PREFIXES
    )
    about = {
        "a": "dcat:Dataset",
        "dcat:version": str(ox.Literal(release.version)),
        "dcterms:issued": f'"{release.issued}"^^xsd:dateTime',
        "schema:sha256": f'"{release.dataset}"',
    }
    counts = {kind: sum(c.kind == kind for c in release.changes) for kind in _WORDS}
    told = ", ".join(f"{count} {_WORDS[kind]}" for kind, count in counts.items() if count)
    blocks = [f"\n# Release {release.version}: {told}.\n" + _block("", release.version, about)]
    blocks += [
        _block(f"#{number}", release.version, _activity(change))
        for number, change in enumerate(release.changes, 1)
    ]
    return head + "\n".join(blocks)


_WORDS = {CREATE: "created", UPDATE: "changed", DELETE: "withdrawn"}


def _block(fragment: str, version: str, values: Mapping[str, str]) -> str:
    pairs = " ;\n    ".join(f"{name} {value}" for name, value in values.items() if value)
    return f"<releases/{version}{fragment}> {pairs} .\n"


def _activity(change: Change) -> dict[str, str]:
    return {
        "a": f"as:{change.kind}",
        "as:object": _iri(change.iri),
        "as:name": str(ox.Literal(change.label, language="en")),
        "dcterms:type": _iri(change.type),
        "schema:sha256": f'"{change.state}"' if change.state else "",
        "as:summary": str(ox.Literal(change.reason, language="en")) if change.reason else "",
        "dcterms:isReplacedBy": _iri(change.replaced_by),
    }


def _iri(iri: str) -> str:
    return f"<{iri.removeprefix(CANONICAL_BASE)}>" if iri else ""
