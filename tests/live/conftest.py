"""One small endpoint for all tests of this folder that run in one process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.endpoint import Endpoint, served


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with served(Path(tmp_path_factory.mktemp("endpoint"))) as running:
        yield running
