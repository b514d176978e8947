"""The releases that stand: of which sources and by which code, so that none is built twice."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from server.compile import sources
from server.release import shelf


def software_digest() -> str:
    """Return the SHA-256 of the code that determines the bytes of a release or refuses it."""
    package = Path(__file__).parent.parent
    rooms = ("compile/*.py", "release/*.py", "rdf/*.py", "templates/turtle/*.ttl")
    paths = [path for room in rooms for path in package.glob(room)]
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def built(root: Path, releases: Path, base: str) -> Path | None:
    """Return the folder of the release that a build of `root` for `base` would give, if there."""
    wanted = base, sources.digest(root), software_digest()
    for one in shelf.kept(releases):
        if (one.manifest.base, one.manifest.sources, one.manifest.software) == wanted:
            return one.folder
    return None


def is_validated(releases: Path, sources_digest: str) -> bool:
    """Tell whether a release of the same sources by the same code stands there, on any base."""
    return any(of_same_sources(releases, sources_digest))


def of_same_sources(releases: Path, sources_digest: str) -> Iterator[Path]:
    """Yield the folders of releases of the same sources by the same code, on any base."""
    wanted = sources_digest, software_digest()
    for one in shelf.kept(releases):
        if (one.manifest.sources, one.manifest.software) == wanted:
            yield one.folder
