"""The inspector of the Model Context Protocol lists and calls our tools, over HTTP and stdio."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.matrix import shows
from tests.clients.npm import MODULES, NODE, needs_npm
from tests.command import COMMAND, Site, environment

TOOLS = {
    "search", "describe", "provision", "bound_on", "norms_of", "topic", "check_quotation", "ask",
    "sparql",
}  # fmt: skip


def inspect(target: list[str], *arguments: str, env: dict[str, str], home: Path) -> Any:
    """Return what the inspector prints of a server, as JSON."""
    command = [str(NODE), str(MODULES / ".bin" / "mcp-inspector"), "--cli", *arguments, *target]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False,
        env=env | {"HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@shows(
    "@modelcontextprotocol/inspector",
    "lists and calls tools, over HTTP and stdio",
    "all tools",
)
@needs_npm
@pytest.mark.parametrize("way", ["http", "stdio"])
def test_inspector_lists_and_calls_tools(site: Site, way: str, tmp_path: Path) -> None:
    env = environment(site.releases, site.port)
    target = [f"{site.base}mcp"] if way == "http" else [*COMMAND, "mcp"]
    listed = inspect(target, "--method", "tools/list", env=env, home=tmp_path)
    assert {tool["name"] for tool in listed["tools"]} >= TOOLS
    call = ["--method", "tools/call", "--tool-name", "search", "--tool-arg", "query=LIAB"]
    found = inspect(target, *call, env=env, home=tmp_path)
    assert not found.get("isError")
    assert "Liability Convention" in json.dumps(found)
