"""Fixtures that tests of several folders share: small sources, releases of them, and servers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from server.compile import pipeline, release_record
from server.compile.release_record import Wish
from server.release.reader import Release
from tests import awkward as awkward_sources
from tests import tinysource
from tests.command import Shared
from tests.endpoint import Endpoint
from tests.endpoint import served as endpoint_served
from tests.measured import MEASURED
from tests.served import NO_ENGINE, Client, served

# No test depends on how fast the machine is.
settings.register_profile("any", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a small source tree for one test."""
    return tinysource.write(tmp_path / "sources")


@pytest.fixture(scope="session")
def tiny_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the small source tree and its odd part on LOCAL."""
    folder = tmp_path_factory.mktemp("tiny")
    root = tinysource.write(folder / "sources", tinysource.ODD_FILES)
    return Release(pipeline.build(root, folder / "releases", tinysource.LOCAL))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Serve the real sources: one site for all processes of a session."""
    base, parallel = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" in os.environ
    running = Shared((base.parent if parallel else base) / "site")
    yield running
    running.leave()


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the sources with something awkward of everything."""
    return awkward_sources.build(tmp_path_factory.mktemp("awkward"))


@pytest.fixture(scope="session")
def client(awkward: Release) -> Iterator[Client]:
    """Yield a client of a server for the awkward release; it asks no engine."""
    with served(awkward.folder.parent, awkward_sources.BASE, **NO_ENGINE | MEASURED) as running:
        yield running


@pytest.fixture(scope="session")
def uncached(awkward: Release) -> Iterator[Client]:
    """Yield a client of the same server, but that it keeps nothing."""
    settings = NO_ENGINE | MEASURED | {"SPACELAW_CACHE_MB": "0"}
    with served(awkward.folder.parent, awkward_sources.BASE, **settings) as running:
        yield running


@pytest.fixture(scope="session")
def plain_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the small sources without anything odd."""
    folder = tmp_path_factory.mktemp("plain")
    root = tinysource.write(folder / "sources")
    return Release(pipeline.build(root, folder / "releases", tinysource.BASE))


@pytest.fixture(scope="session")
def plain(plain_release: Release) -> Iterator[Client]:
    """Yield a client of a server for that release; it asks no engine."""
    with served(plain_release.folder.parent, tinysource.BASE, **NO_ENGINE | MEASURED) as running:
        yield running


@pytest.fixture(scope="session")
def recorded_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the small sources after two releases on record; the second withdrew a concept."""
    folder = tmp_path_factory.mktemp("recorded")
    root = tinysource.write(folder / "source")
    release_record.record(root, Wish(tinysource.FIRST))
    (root / "data/editor/concept.ttl").unlink()
    release_record.record(root, Wish(tinysource.SECOND, "", "It was a double."))
    return Release(pipeline.build(root, folder / "releases", tinysource.BASE))


@pytest.fixture(scope="session")
def recorded(recorded_release: Release) -> Iterator[Client]:
    """Yield a client of a server for that release; it asks no engine."""
    with served(recorded_release.folder.parent, tinysource.BASE, **NO_ENGINE | MEASURED) as running:
        yield running


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Serve a small graph whose queries have two seconds."""
    with endpoint_served(tmp_path_factory.mktemp("endpoint")) as running:
        yield running
