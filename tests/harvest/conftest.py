"""A release of the small source tree, and clients of a server for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.compile import pipeline, release_record
from server.compile.release_record import Wish
from server.release.reader import Release
from tests import tinysource
from tests.served import NO_ENGINE, Client, served

BASE = "http://127.0.0.1:8000/"
FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinysource.write(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release(pipeline.build(root, tmp_path_factory.mktemp("releases"), BASE))


@pytest.fixture(scope="session")
def client(release: Release) -> Iterator[Client]:
    """Yield a client of a server without an engine: feeds and dumps stay up without one."""
    with served(release.folder.parent, BASE, **NO_ENGINE) as running:
        yield running


@pytest.fixture(scope="session")
def recorded_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the small sources after two releases on record; the second withdrew a concept."""
    folder = tmp_path_factory.mktemp("recorded")
    root = tinysource.write(folder / "source")
    release_record.record(root, Wish(FIRST))
    (root / "data/editor/concept.ttl").unlink()
    release_record.record(root, Wish(SECOND, "", "It was a double."))
    return Release(pipeline.build(root, folder / "releases", BASE))


@pytest.fixture(scope="session")
def recorded(recorded_release: Release) -> Iterator[Client]:
    """Serve that release."""
    with served(recorded_release.folder.parent, BASE, **NO_ENGINE) as running:
        yield running
