"""Pages of a release made ahead, by the same code that makes them on request."""

import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from server.http.logs import log_events
from server.release import page_store
from server.release.reader import Release
from server.settings import Config
from server.site.application import create_app
from server.site.resource_page import page
from server.sparql.engine import Engine, QueryFailed

_logger = logging.getLogger(__name__)


class NoEngine(Engine):
    """Refuses queries: a page is made of the release alone."""

    def begin(self, *_: object, **__: object) -> NoReturn:
        """Raise QueryFailed."""
        raise QueryFailed("unavailable", "No query runs while pages are made.")


def make_when_idle(config: Config, folder: Path) -> None:
    """Make the pages of the release that is served, whenever nothing else needs the processor."""
    log_events()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)
    make_pages(config, folder)


def make_pages(config: Config, folder: Path) -> None:
    """Make the pages of a release unless they are there, or are too many.

    Where they cannot be written, they are left to requests.
    """
    release = Release(folder)
    path = page_store.file_of(release, config.sources)
    if path.exists() or release.manifest.resources > config.pages:
        return
    try:
        page_store.write(path, _pages(config, release))
    except (OSError, sqlite3.Error) as error:
        _logger.error("Pages are made on request and not ahead: %s", error)
        return
    _logger.info("All pages of release %s are made.", release.folder.name)
    for old in path.parent.glob(f"{release.folder.name}.pages-*"):
        if old != path:
            old.unlink()


def _pages(config: Config, release: Release) -> Iterator[tuple[str, bytes]]:
    with create_app(release, NoEngine(), config=config).test_request_context():
        for iri in release.iris():
            if document := release.document(iri):
                yield iri, page(release, document).encode()
