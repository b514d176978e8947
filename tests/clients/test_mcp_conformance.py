"""The conformance suite of the Model Context Protocol and its inspector, by its command line."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.compile import pipeline
from tests import tinysource
from tests.clients.npm import MODULES, NODE, needs_npm, run
from tests.served import Client, served

INSPECTOR = MODULES / "@modelcontextprotocol" / "inspector-cli" / "build"
# The other scenarios ask for tools, resources and prompts of the suite's own example server.
SCENARIOS = (
    "server-initialize", "ping", "tools-list", "tools-call-error", "resources-list",
    "prompts-list", "dns-rebinding-protection",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with sources and a release of them."""
    folder: Path = tmp_path_factory.mktemp("mcp")
    pipeline.build(tinysource.write(folder / "sources"), folder / "releases", tinysource.BASE)
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Client]:
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


@pytest.fixture(params=["http", "stdio"])
def inspected(request: pytest.FixtureRequest, folder: Path) -> list[str]:
    """Return what leads the inspector to us over a transport."""
    if request.param == "http":
        site: Client = request.getfixturevalue("site")
        return ["--cli", f"http://127.0.0.1:{site.port}/mcp", "--transport", "http"]
    settings = {"SOURCES": folder / "sources", "RELEASES": folder / "releases"}
    given = [f"SPACELAW_{name}={value}" for name, value in settings.items()]
    given.append(f"SPACELAW_BASE_IRI={tinysource.BASE}")
    launcher = folder / "spacelaw"  # the inspector takes options such as -c for its own
    launcher.write_text(f"#!{sys.executable}\nfrom server.cli import main\nmain()\n")
    launcher.chmod(0o755)
    options = [part for one in given for part in ("-e", one)]
    return [*options, "--cli", str(launcher), "mcp", "--transport", "stdio"]


@needs_npm
def test_the_inspector_lists_and_calls_tools_and_reads_things(inspected: list[str]) -> None:
    def inspect(method: str, *arguments: str) -> Any:
        command = [str(NODE), str(INSPECTOR / "cli.js"), *inspected, "--method", method, *arguments]
        # It runs the Node of the path, and looks for its package from the folder that it is run in.
        path = f"{NODE.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            command, cwd=INSPECTOR, env=os.environ | {"PATH": path}, capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    tools = {tool["name"] for tool in inspect("tools/list")["tools"]}
    assert {"search", "provision", "check_quotation", "ask", "sparql"} <= tools
    query = "query=SELECT ?t { ?t a sl:Treaty }"
    found = inspect("tools/call", "--tool-name", "sparql", "--tool-arg", query)
    assert "id/treaty/1967/outer-space" in found["content"][0]["text"]
    refused = inspect("tools/call", "--tool-name", "sparql", "--tool-arg", "query=CLEAR ALL")
    assert refused["isError"]
    thing = f"{tinysource.BASE}id/treaty/1967/outer-space"
    (read,) = inspect("resources/read", "--uri", thing)["contents"]
    assert "Outer Space Treaty" in read["text"]
    assert [one["name"] for one in inspect("prompts/list")["prompts"]] == ["memo", "comparison"]
