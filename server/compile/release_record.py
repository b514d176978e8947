"""Recording of a release: what the build changed since the last one, as a file in the log."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import server
from server.compile import change_log, migration, ontology
from server.compile.change_log import FOLDER, Change, Recorded
from server.compile.sources import Nonconforming, Progress
from server.problems import UserError
from server.rdf.terms import canonical_nquads
from server.rdf.turtle_template import fill
from server.rdf.vocabulary import CANONICAL_BASE, PREFIXES
from server.release.changes import CREATE, DELETE, UPDATE

_PREFIXES = ("as", "dcat", "dcterms", "schema", "xsd")
_WORDS = {CREATE: "created", UPDATE: "changed", DELETE: "withdrawn"}


class NothingToRecord(UserError):
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
    changes = change_log.compare(change_log.replay(log), states, wish.reason, replaced)
    _check(changes, wish)
    version = _version(log, changes, wish.version)
    dataset = hashlib.sha256(canonical_nquads(quads)).hexdigest()
    described = tuple(states[c.iri].nquads for c in changes if c.kind != DELETE)
    release = Recorded(version, wish.issued, dataset, changes, described)
    ontology.archive(root, quads)
    return _write(root / FOLDER / f"{version}.ttl", release), release


def _check(changes: tuple[Change, ...], wish: Wish) -> None:
    if not changes:
        raise NothingToRecord("Nothing changed since the last release on record.")
    gone = [c.iri for c in changes if c.kind == DELETE]
    if gone and not wish.reason:
        listed = ", ".join(f"<{iri}>" for iri in gone[:5]) + (" …" if len(gone) > 5 else "")
        raise NothingToRecord(f"--reason must say why {len(gone)} were withdrawn: {listed}")
    if strange := sorted(set(wish.replaced or {}) - set(gone)):
        raise NothingToRecord(f"<{strange[0]}> is not withdrawn and so is not replaced.")


def _version(log: list[Recorded], changes: tuple[Change, ...], wanted: str) -> str:
    version = wanted or change_log.next_version(log, changes, server.__version__)
    try:
        order = change_log.numbers(version)
    except ValueError as error:
        raise NothingToRecord(f"{error}.") from None
    if log and order <= change_log.numbers(log[-1].version):
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
    """Return the record of a release as Turtle."""
    counts = Counter(change.kind for change in release.changes)
    told = ", ".join(f"{counts[kind]} {word}" for kind, word in _WORDS.items() if counts[kind])
    declared = {prefix: PREFIXES[prefix] for prefix in _PREFIXES}
    return fill(
        "release_record.ttl", CANONICAL_BASE, release=release, summary=told, prefixes=declared
    )
