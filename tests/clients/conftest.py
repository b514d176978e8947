"""One real site for all tests of this folder."""

import os
from collections.abc import Iterator

import pytest

from tests.command import Shared


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """Serve the real sources; what is kept of documents is far less than all of them."""
    base, parallel = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" in os.environ
    running = Shared((base.parent if parallel else base) / "clients-site", CACHE_MB="8")
    yield running
    running.leave()
