"""What a release offers to harvesters: dumps, tables, VoID and the catalogue, as files in it."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from server.compile import class_tables, descriptions, dumps
from server.compile.change_log import Recorded, replay, states
from server.compile.descriptions import Published
from server.rdf.description import Resource
from server.rdf.terms import canonical_nquads
from server.release.changes import Changes
from server.release.manifest import CATALOG, VOID, Manifest


def write(
    folder: Path,
    manifest: Manifest,
    quads: list[ox.Quad],
    resources: list[Resource],
    packed: dumps.File,
) -> Manifest:
    """Write all files for harvesters and return the manifest with their hashes."""
    files = [*dumps.write(folder, quads, manifest.base), packed]
    files += class_tables.write(folder, resources, manifest.base)
    first = next((v.issued for v in Changes(folder).versions()), "")
    told = Published(manifest.base, manifest.release, manifest.version, manifest.issued, first)
    for name, description in (
        (VOID, descriptions.void(told, files, quads)),
        (CATALOG, descriptions.catalogue(told, files, quads)),
    ):
        (folder / name).write_bytes(canonical_nquads(description))
    return replace(manifest, files=hashes(folder))


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a release by its path in the folder."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


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
