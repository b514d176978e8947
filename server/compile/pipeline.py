"""The build from end to end: a release is written beside the old one and swapped in at the end."""

import hashlib
import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyoxigraph as ox

import server
from server.compile import (
    change_log,
    class_tables,
    database,
    descriptions,
    dumps,
    freshness,
    migration,
    ontology,
    profiles,
    search_index,
    sources,
    statistics,
)
from server.compile.beside import beside
from server.compile.sources import Nonconforming, Progress
from server.rdf import description
from server.rdf.iris import canonical, rebase
from server.rdf.serialization import parse
from server.rdf.terms import canonical_nquads, graph_of, moved, store_of
from server.rdf.vocabulary import CANONICAL_BASE, GRAPHS, graph_iri
from server.release import schema, shelf
from server.release.manifest import DOCUMENTS, QUADS, STATISTICS, Manifest

_LOCAL = re.compile(r"http://(127(\.\d+){3}|localhost|\[::1\])(:\d+)?/")  # bases


def build(
    root: Path, releases: Path, base: str, progress: Progress = lambda _: None,
    complete: Callable[[Path], None] = lambda _: None,
) -> Path:  # fmt: skip
    """Build a release of the sources under `root` for `base`, make it current, return its folder.

    `complete` is called with the folder before. Raises Refused or Nonconforming, and leaves what
    is there as it was.
    """
    from server.compile import conformance  # whose SHACL engines most processes never need

    digest = sources.digest(root)
    if (quads := _standing(releases, digest)) is None:
        if freshness.is_validated(releases, digest):
            read, quads = conformance.dataset(root, progress)
        else:
            read, quads, violations = conformance.checked(root, progress)
            if violations:
                raise Nonconforming(violations)
        digest = read.digest
    progress(f"Writing the release for <{base}>")
    releases.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=releases))
    work.chmod(0o755)  # others may serve it
    try:
        manifest = _write(work, root, quads, base, digest)
        folder = _place(work, releases / manifest.release)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    complete(folder)
    shelf.point(releases, folder)
    progress(f"Release {manifest.release}: {manifest.resources} resources, {manifest.quads} quads")
    return folder


def _published(quads: list[ox.Quad], base: str) -> list[ox.Quad]:
    return [moved(q, lambda iri: rebase(iri, base)) for q in quads]


def _standing(releases: Path, sources_digest: str) -> list[ox.Quad] | None:
    """Return the quads of a release of the same sources, on the canonical base; None if none is.

    Its base is the canonical one or an address of this machine: under another, IRIs of others could
    begin with it too.
    """
    for one in freshness.of_same_sources(releases, sources_digest):
        base = one.manifest.base
        if base == CANONICAL_BASE or _LOCAL.fullmatch(base):
            quads = ox.parse(path=one.folder / QUADS, format=ox.RdfFormat.N_QUADS)
            return [moved(q, partial(canonical, base=base)) for q in quads]
    return None


def _write(
    folder: Path, root: Path, quads: list[ox.Quad], base: str, sources_digest: str
) -> Manifest:
    """Write all files of a release; the manifest, which tells their hashes, comes last."""
    store = store_of(quads)
    told = json.dumps({"sources": statistics.facts_by_source(store)}, indent=1, sort_keys=True)
    (folder / STATISTICS).write_text(told + "\n", "utf-8")
    views = [(p, _published(view, base)) for p, view in profiles.construct(root, store)]
    del store  # which takes much memory
    nquads = canonical_nquads(_published(quads, base))
    (folder / QUADS).write_bytes(nquads)
    published, log = parse(nquads), change_log.read(root)
    with beside(lambda: dumps.write(folder, nquads, base)) as dumped:
        resources = list(description.resources(_stated(published, base), base))
        with schema.created(folder / DOCUMENTS) as documents:
            versions = ontology.versions(root, quads).items()
            ontologies = {f"{base}def/{v}": _published(q, base) for v, q in versions}
            database.add_resources(documents, resources, base)
            database.add_statements(documents, _stated(published, base), ontologies)
            database.add_profiles(documents, views, base)
            database.add_representations(documents, resources, base)
            database.add_log(documents, log, base)
            database.add_migration(documents, migration.read(root), base)
            search_index.write(documents, resources, base)
            packed = dumps.write_package(folder, documents, resources, base)
        statistics.write_report(folder, published, base)
        files = [*dumped(), packed, *class_tables.write(folder, resources, base)]
    version, issued = change_log.standing(log, quads, server.__version__)
    names = {graph_iri(name, base): name for name in GRAPHS}
    software, dataset = freshness.software_digest(), hashlib.sha256(nquads).hexdigest()
    written = hashlib.sha256((folder / DOCUMENTS).read_bytes()).hexdigest()
    identity = "\0".join((dataset, written, base, version, software, sources_digest))
    manifest = Manifest(
        release=hashlib.sha256(identity.encode()).hexdigest()[:16],
        version=version,
        base=base,
        dataset=dataset,
        sources=sources_digest,
        software=software,
        quads=len(published),
        resources=len(resources),
        graphs=dict(Counter(names[graph_of(q)] for q in published)),
        files={},
        issued=issued,
    )
    manifest = descriptions.write(folder, manifest, published, files)
    manifest.write(folder)
    return manifest


def _stated(quads: list[ox.Quad], base: str) -> list[ox.Quad]:
    return [q for q in quads if graph_of(q) != graph_iri("inferred", base)]


def _place(work: Path, folder: Path) -> Path:
    try:
        work.rename(folder)
    except OSError:
        # Another build of the same release was first; if not, the disk is at fault.
        Manifest.read(folder)
    return folder
