"""What a site needs before it serves a release: the release, and a store on disk for many quads."""

import json
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from server.compile import freshness
from server.http.logs import log_events
from server.release import shelf
from server.release.manifest import MissingRelease
from server.release.reader import Release
from server.settings import Config, SettingError
from server.sparql import sandbox, stores

Progress = Callable[[str], None]


def prepare(
    config: Config, progress: Progress, complete: Callable[[Path], None] = lambda _: None
) -> Path:
    """Make the release of the sources the current one, built if need be; return its folder.

    `complete` is called with the folder before it becomes the current one.
    """
    settings = config.sources, config.releases, config.base_iri
    folder = freshness.built(*settings)
    if folder is None:
        _check_writable(config.releases)
        from server.compile import pipeline  # all of the build, seldom needed

        return pipeline.build(*settings, progress, complete)
    complete(folder)
    shelf.point(config.releases, folder)
    return folder


def _check_writable(releases: Path) -> None:
    """Raise SettingError at once where a build, which takes a while, could write nothing."""
    try:
        releases.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=releases):
            pass
    except OSError as error:
        reason = f"SPACELAW_RELEASES is {str(releases)!r}, where nothing can be written"
        raise SettingError(f"{reason}: {error.strerror}.") from None


def prepare_all(config: Config, progress: Progress) -> Path:
    """Make the release of the sources the current one, with all that a site needs of it.

    Old releases are removed.
    """
    folder = prepare(config, progress, lambda folder: complete(config, folder, progress))
    shelf.prune(config.releases, config.keep_releases)
    return folder


def complete(config: Config, folder: Path, progress: Progress) -> None:
    """Make the store on disk of a release, where queries take one."""
    if config.store is None:
        place(config, Release(folder), progress)


def place(config: Config, release: Release, progress: Progress) -> Path:
    """Return the file of quads that queries are answered from, or the store on disk for many."""
    quads = release.manifest.quads
    if quads <= config.memory_quads or not sandbox.is_possible():
        return release.quads_file
    folder = stores.folder_on_disk(release.folder)
    return stores.prepare_on_disk(release.quads_file, release.base, quads, folder, progress)


def prepare_next(config: Config, folder: Path, report: Path) -> None:
    """Check a release and make what a site needs of it; write to `report` why it may not serve it.

    This runs in a process of its own, for it takes memory and time.
    """
    log_events()
    reason = None
    try:
        shelf.check(folder, config.base_iri)
        complete(config, folder, logging.getLogger(__name__).info)
    except (shelf.Unfit, MissingRelease, OSError) as error:
        reason = str(error)
    report.write_text(json.dumps(reason), "utf-8")
