"""The small release with something awkward of everything."""

import pytest

from server.release.reader import Release


@pytest.fixture(scope="session")
def release(awkward: Release) -> Release:
    """Return the release that the tests of this folder ask about."""
    return awkward
