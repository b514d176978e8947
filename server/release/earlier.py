"""The releases that are kept beside the one that is served, and which was current when."""

from functools import lru_cache
from pathlib import Path

from server.problems import Problem
from server.release import shelf
from server.release.manifest import CURRENT
from server.release.reader import Release


def kept(release: Release) -> list[Release]:
    """Return the releases of the same base that are kept, the oldest first."""
    opened = reversed(shelf.kept(release.folder.parent))
    return [_opened(one.folder) for one in opened if one.manifest.base == release.base]


def served_first(release: Release) -> list[Release]:
    """Return the release that is served, then the others of its base, the newest first."""
    return [release, *(one for one in reversed(kept(release)) if one.folder != release.folder)]


def named(release: Release, name: str) -> Release:
    """Return the release of an identifier or, the newest of it, a version; raises Problem 404.

    The release that is served is `current`, too.
    """
    releases = kept(release)
    if name == CURRENT:
        return release
    for one in reversed(releases):
        if name in (one.manifest.release, one.manifest.version):
            return one
    known = ", ".join(f"{one.manifest.release} ({one.manifest.version})" for one in releases)
    raise Problem(404, f"No release {name[:50]!r} is kept; there are {known}.")


@lru_cache(maxsize=32)
def _opened(folder: Path) -> Release:
    return Release(folder)
