"""Fixtures that tests of several modules share: a small source tree and a release made of it."""

from pathlib import Path

import pytest

from server.compile import pipeline
from server.release.reader import Release
from tests import tinysource

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
