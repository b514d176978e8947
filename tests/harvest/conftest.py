"""A release of the small source tree, and an application that serves it."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.build import pipeline
from server.engine.interface import Engine
from server.release.reader import Release
from tests import tinysource

BASE = "http://127.0.0.1:8000/"


class NoEngine(Engine):
    """Nothing here may ask the engine: feeds and dumps stay up whatever happens to it."""

    def query(self, *_: object, **__: object) -> object:  # type: ignore[override]
        raise AssertionError("the engine was asked")


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinysource.write(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="session")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    return Release(pipeline.build(root, tmp_path_factory.mktemp("releases"), BASE))


@pytest.fixture(scope="session")
def client(release: Release) -> FlaskClient:
    return create_app(release, NoEngine(), 0).test_client()
