"""A server with its engine, over the small release, whose clients have two seconds to send."""

from collections.abc import Iterator

import pytest

from server.release.reader import Release
from tests.awkward import BASE
from tests.served import Client, served

CLIENT_SECONDS = 2


@pytest.fixture(scope="session")
def server(awkward: Release) -> Iterator[Client]:
    """Yield a client of it."""
    with served(awkward.folder.parent, BASE, SPACELAW_WEB_WORKERS="1",
                SPACELAW_CLIENT_SECONDS=str(CLIENT_SECONDS)) as running:  # fmt: skip
        yield running
