"""A release of the small source tree, and an application that serves it."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.compile import pipeline, release_record
from server.compile.release_record import Wish
from server.release.reader import Release
from server.site.application import create_app
from server.sparql.engine import Engine
from tests import tinysource

BASE = "http://127.0.0.1:8000/"
FIRST, SECOND = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


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


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Serve the small sources after two releases on record; the second withdrew a concept."""
    folder = tmp_path_factory.mktemp("recorded")
    root = tinysource.write(folder / "source")
    release_record.record(root, Wish(FIRST))
    (root / "data/editor/concept.ttl").unlink()
    release_record.record(root, Wish(SECOND, "", "It was a double."))
    release = Release(pipeline.build(root, folder / "releases", BASE))
    return create_app(release, NoEngine(), 0).test_client()
