"""One real site, and one small endpoint, for all tests of this folder that run in one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.endpoint import Endpoint, served
from tests.live.site import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running = Site(Path(tmp_path_factory.mktemp("site")) / "releases")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with served(Path(tmp_path_factory.mktemp("endpoint"))) as running:
        yield running
