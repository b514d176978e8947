"""The small release with something awkward of everything, and servers of a few texts of law."""

from collections.abc import Iterator

import pytest

from server.compile import pipeline
from server.release.reader import Release
from tests import lawsource, tinysource
from tests.served import NO_ENGINE, Client, served

STATES = "".join(
    f'<id/state/s{n}> a sl:State ; rdfs:label "State {n}"@en ; dcterms:source <https://un.org/> .\n'
    for n in range(1, 71)
)


@pytest.fixture(scope="session")
def release(awkward: Release) -> Release:
    """Return the release that the tests of this folder ask about."""
    return awkward


@pytest.fixture(scope="session")
def law(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Yield a client of a server for a few texts of space law; it asks no engine."""
    release = lawsource.build(tmp_path_factory.mktemp("law"))
    with served(release.folder.parent, tinysource.LOCAL, **NO_ENGINE) as running:
        yield running


@pytest.fixture(scope="session")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Yield a client of a server for seventy States."""
    folder = tmp_path_factory.mktemp("many")
    files = {"ontology/law.ttl": lawsource.TERMS, "data/official/state.ttl": STATES}
    root = tinysource.write(folder / "sources", files)
    release = Release(pipeline.build(root, folder / "releases", tinysource.LOCAL))
    with served(release.folder.parent, tinysource.LOCAL, **NO_ENGINE) as running:
        yield running
