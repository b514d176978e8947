"""Fixtures that tests of several modules share: a small source tree and a release made of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.compile import pipeline
from server.release.reader import Release
from tests import tinysource
from tests.live.site import Shared

LOCAL = "http://localhost/"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a small source tree for one test."""
    return tinysource.write(tmp_path / "sources")


@pytest.fixture(scope="session")
def tiny_release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Build the small source tree and its odd part on LOCAL."""
    folder = tmp_path_factory.mktemp("tiny")
    root = tinysource.write(folder / "sources", tinysource.ODD_FILES)
    return Release(pipeline.build(root, folder / "releases", LOCAL))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Serve the real sources: one site for all processes of a session."""
    base, parallel = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" in os.environ
    running = Shared((base.parent if parallel else base) / "site")
    yield running
    running.leave()
