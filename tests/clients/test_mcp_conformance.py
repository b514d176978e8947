"""The conformance suite of the Model Context Protocol, over streamable HTTP."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.compile import pipeline
from tests import tinysource
from tests.clients.npm import needs_npm, run
from tests.served import Client, served

# The other scenarios ask for tools, resources and prompts of the suite's own example server.
SCENARIOS = (
    "server-initialize", "ping", "tools-list", "tools-call-error", "resources-list",
    "prompts-list", "dns-rebinding-protection",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder: Path = tmp_path_factory.mktemp("mcp")
    root = tinysource.write(folder / "sources")
    pipeline.build(root, folder / "releases", tinysource.BASE)
    with served(folder / "releases", tinysource.BASE, SPACELAW_WEB_WORKERS="1") as running:
        yield running


@needs_npm
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_applies_to_a_server_of_its_own_tools_passes(site: Client, scenario: str) -> None:
    url = f"http://localhost:{site.port}/mcp"
    done = run("conformance", "server", "--url", url, "--scenario", scenario)
    passed = re.search(r"Passed: (\d+)/(\d+), (\d+) failed", done.stdout)
    assert done.returncode == 0, done.stdout[-3000:]
    assert passed, done.stdout[-3000:]
    assert passed[1] == passed[2] != "0"
