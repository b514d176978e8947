"""The releases that are kept beside the one that is served, and which was current when."""

from functools import lru_cache
from pathlib import Path

from server.problems import Problem
from server.release.manifest import CURRENT, MANIFEST
from server.release.reader import Release


def kept(release: Release) -> list[Release]:
    """Return the releases of the same base that are kept, the oldest first."""
    folders = release.folder.parent.glob(f"*/{MANIFEST}")
    found = [_opened(path.parent) for path in folders if not path.parent.is_symlink()]
    return sorted((r for r in found if r.base == release.base), key=lambda r: r.made)


def named(release: Release, name: str) -> Release:
    """Return the release of an identifier or, the newest of it, a version; raises Problem 404.

    The release that is served is `current`, too.
    """
    found = kept(release)
    if name == CURRENT:
        return release
    for one in reversed(found):
        if name in (one.manifest.release, one.manifest.version):
            return one
    known = ", ".join(f"{one.manifest.release} ({one.manifest.version})" for one in found)
    raise Problem(404, f"No release {name[:50]!r} is kept; there are {known}.")


@lru_cache(maxsize=32)
def _opened(folder: Path) -> Release:
    return Release(folder)
