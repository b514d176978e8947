"""The OpenAPI description tells the truth, as schemathesis sees it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.clients.matrix import shows
from tests.command import Site, ask

# Of those that a route lacks. OpenAPI 3.1 has no words for QUERY, which /sparql takes.
METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"]


@shows("schemathesis", "asks all routes with values of all kinds", "no fault")
def test_schemathesis_finds_no_fault(site: Site, tmp_path: Path) -> None:
    assert json.loads(ask(site.base + "openapi.json").body)["openapi"] == "3.1.0"
    settings = f"[phases.coverage]\nunexpected-methods = {json.dumps(METHODS)}\n"
    (tmp_path / "schemathesis.toml").write_text(settings)
    command = [sys.executable, "-m", "schemathesis.cli", "run", site.base + "openapi.json",
               "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "7",
               "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
               "unsupported_method", "--no-color", "--request-timeout", "30"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=1800)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
