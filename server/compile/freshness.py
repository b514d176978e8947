"""The releases that stand: of which sources and by which code, so that none is built twice."""

from collections.abc import Iterator
from pathlib import Path

from server.compile import sources
from server.release import shelf
from server.release.manifest import digest_of


def software_digest() -> str:
    """Return the SHA-256 of the code that determines the bytes of a release or refuses it."""
    package = Path(__file__).parent.parent
    rooms = ("compile/*.py", "release/*.py", "rdf/*.py", "templates/turtle/*.ttl")
    return digest_of((path for room in rooms for path in package.glob(room)), package)


def built(root: Path, releases: Path, base: str) -> Path | None:
    """Return the folder of the release that a build of `root` for `base` would give, if there."""
    alike = of_same_sources(releases, sources.digest(root))
    return next((one.folder for one in alike if one.manifest.base == base), None)


def is_validated(releases: Path, sources_digest: str) -> bool:
    """Tell whether a release of the same sources by the same code stands there, on any base."""
    return any(of_same_sources(releases, sources_digest))


def of_same_sources(releases: Path, sources_digest: str) -> Iterator[shelf.Kept]:
    """Yield the releases of the same sources by the same code, on any base."""
    wanted = sources_digest, software_digest()
    for one in shelf.kept(releases):
        if (one.manifest.sources, one.manifest.software) == wanted:
            yield one
