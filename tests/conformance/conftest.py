"""The endpoint that the suites of SPARQL ask."""

from collections.abc import Iterator

import pytest

from tests.conformance import sparql
from tests.endpoint import Endpoint
from tests.served import served
from tests.sparql.asking import BASE


@pytest.fixture(scope="session")
def suite_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Serve the data of all tests of SPARQL."""
    folder = tmp_path_factory.mktemp("suites")
    sparql.release(folder)
    with served(folder, BASE, SPACELAW_WEB_WORKERS="1", SPACELAW_QUERY_SECONDS="10") as server:
        yield Endpoint(server.port)
