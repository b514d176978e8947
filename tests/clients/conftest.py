"""One real site for all tests of this folder that run in one process."""

from collections.abc import Iterator

import pytest

from tests.command import Site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve the real sources; what is kept of documents is far less than all of them."""
    running = Site(tmp_path_factory.mktemp("clients") / "releases", CACHE_MB="8")
    yield running
    running.stop()
