"""Pages of a release made ahead, by the same code that makes them on request."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NoReturn

from flask import Flask

from server.release import page_store
from server.release.manifest import CURRENT
from server.release.reader import Release
from server.settings import Config
from server.site.application import create_app
from server.site.resource_page import page
from server.sparql.engine import Engine, QueryFailed

_PAGES_AT_ONCE = 50  # that a process is given
_app: Flask
_release: Release


class NoEngine(Engine):
    """Refuses queries: a page is made of the release alone."""

    def begin(self, *_: object, **__: object) -> NoReturn:
        """Raise QueryFailed."""
        raise QueryFailed("unavailable", "No query runs while pages are made.")


def make_pages(config: Config, progress: Callable[[str], None], folder: Path | None = None) -> None:
    """Make the pages of a release, or the current one, unless they are there, or are too many.

    Where they cannot be written, they are left to requests.
    """
    release = Release(folder or config.releases / CURRENT)
    path = page_store.file_of(release, config.sources)
    if path.exists() or release.manifest.resources > config.pages:
        return
    progress(f"Making {release.manifest.resources} pages")
    try:
        page_store.write(path, _pages(release))
    except (OSError, sqlite3.Error) as error:
        progress(f"They are made on request instead: {error}")
        return
    for old in path.parent.glob(f"{release.folder.name}.pages-*"):
        if old != path:
            old.unlink()


def _pages(release: Release) -> Iterator[tuple[str, bytes]]:
    global _app, _release  # what each process is forked with
    _app, _release = create_app(release, NoEngine()), release
    iris = [iri for iri, *_ in release.descriptions()]
    parts = [iris[i : i + _PAGES_AT_ONCE] for i in range(0, len(iris), _PAGES_AT_ONCE)]
    with ProcessPoolExecutor(os.cpu_count(), get_context("fork")) as processes:
        for part in processes.map(_part, parts):
            yield from part


def _part(iris: list[str]) -> list[tuple[str, bytes]]:
    documents = [document for iri in iris if (document := _release.document(iri))]
    with _app.test_request_context():
        return [(document.iri, page(_release, document).encode()) for document in documents]
