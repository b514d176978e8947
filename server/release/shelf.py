"""The releases in a folder: which one is current, which are served, and which may go."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from server.problems import UserError
from server.release.manifest import CURRENT, MANIFEST, Manifest, MissingRelease

SERVED = "served.json"  # in the folder that the processes of a site share: what is served
RELOAD = ".reload"  # a file that is touched to have a refused release looked at again
_LEFT_OVER_SECONDS = 24 * 3600  # after which unfinished work is that of a build that crashed


class Unfit(UserError):
    """A release that a site may not serve; says why."""


@dataclass(frozen=True)
class Kept:
    """A release on the shelf, made at a time in seconds since 1970."""

    manifest: Manifest
    folder: Path
    made: float
    is_current: bool

    @property
    def is_served(self) -> bool:
        """Whether a site holds it."""
        try:
            with locked(self.folder / MANIFEST):
                return False
        except BlockingIOError:
            return True


def point(releases: Path, folder: Path) -> None:
    """Make `folder` the current release in one step; the link tells since when it is."""
    if (releases / CURRENT).is_symlink() and (releases / CURRENT).resolve() == folder.resolve():
        return
    link = releases / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name)
    link.replace(releases / CURRENT)


def check(folder: Path, base: str) -> None:
    """Raise Unfit or MissingRelease unless a release has this base and its files are whole."""
    manifest = Manifest.read(folder)
    if manifest.base != base:
        raise Unfit(f"Its identifiers begin with {manifest.base}, those of this site with {base}.")
    for name, expected in manifest.files.items():
        try:
            with (folder / name).open("rb") as file:
                actual = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise Unfit(f"{name} cannot be read: {error.strerror}.") from None
        if actual != expected:
            raise Unfit(f"{name} is not the file that the manifest tells of.")


def hold(folder: Path) -> BinaryIO:
    """Return a file that, as long as it is open, keeps the release from being pruned."""
    try:
        file = (folder / MANIFEST).open("rb")
    except OSError:
        raise MissingRelease(f"There is no release at {folder}.") from None
    fcntl.flock(file, fcntl.LOCK_SH)
    return file


def kept(releases: Path) -> list[Kept]:
    """Return all whole releases, the newest first."""
    current, releases_kept = (releases / CURRENT).resolve(), []
    for path in releases.glob(f"*/{MANIFEST}"):
        folder = path.parent
        if folder.is_symlink() or folder.name.startswith("."):
            continue
        with contextlib.suppress(MissingRelease, OSError):
            manifest, made = Manifest.read(folder), path.stat().st_mtime
            releases_kept.append(Kept(manifest, folder, made, folder.resolve() == current))
    return sorted(releases_kept, key=lambda one: (one.made, one.folder.name), reverse=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file for oneself alone; raises BlockingIOError where another process holds it."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def prune(releases: Path, keep: int) -> list[str]:
    """Remove all but the newest releases of each base; return the names of those removed.

    The current release and those that a site serves stay in any case. What builds that crashed
    left behind goes too.
    """
    newest, removed = Counter[str](), []
    for one in kept(releases):
        newest[one.manifest.base] += 1
        if one.is_current or newest[one.manifest.base] <= keep:
            continue
        with contextlib.suppress(BlockingIOError), locked(one.folder / MANIFEST):
            gone = releases / f".pruned-{one.folder.name}"
            one.folder.rename(gone)  # a site that comes now finds none, rather than half of one
            removed.append(one.folder.name)
            for path in (*releases.glob(f"{one.folder.name}.*"),
                         *releases.glob(f"stores/{one.folder.name}-*")):  # fmt: skip
                _remove(path)
    for path in (*releases.glob(".building-*"), *releases.glob(".pages-*")):
        if time.time() - path.stat().st_mtime > _LEFT_OVER_SECONDS:
            _remove(path)
    for path in releases.glob(".pruned-*"):
        _remove(path)
    return removed


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
