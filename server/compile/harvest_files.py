"""What a release tells harvesters of itself: VoID, the catalogue, its version, and its hashes."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from server.compile import descriptions
from server.compile.change_log import Recorded, replay, states
from server.compile.descriptions import Published
from server.compile.dumps import File
from server.rdf.terms import canonical_nquads
from server.release.changes import Changes
from server.release.manifest import CATALOG, VOID, Manifest


def describe(folder: Path, manifest: Manifest, quads: list[ox.Quad], files: list[File]) -> Manifest:
    """Write what is told of the files to download; return the manifest with the hashes of all."""
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
