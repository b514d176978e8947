"""The OpenAPI description names all routes and tells the truth, as schemathesis sees it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from tests.clients.matrix import shows
from tests.command import Site, ask

pytestmark = pytest.mark.xdist_group("clients")


def test_each_route_is_described(tiny_release: Release) -> None:
    app: Flask = create_app(tiny_release, NoEngine())
    client = app.test_client()
    described: dict[str, Any] = json.loads(client.get("/openapi.json").data)["paths"]
    routes = {p for rule in app.url_map.iter_rules() for p in _templates(rule.rule)}
    assert routes <= set(described)
    lines = [o["summary"] for methods in described.values() for o in methods.values()]
    assert all(lines)


def _templates(rule: str) -> list[str]:
    roots = ("id", "def", "shape", "graph") if "any(" in rule else ("",)
    found = [rule.replace("<any(id, def, shape, graph):root>", root) for root in roots]
    return [re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", path) for path in found]


@shows("schemathesis", "asks all routes with values of all kinds", "no fault")
def test_schemathesis_finds_no_fault(site: Site, tmp_path: Path) -> None:
    assert json.loads(ask(site.base + "openapi.json").body)["openapi"] == "3.1.0"
    command = [sys.executable, "-m", "schemathesis.cli", "run", site.base + "openapi.json",
               "--phases", "examples,coverage,fuzzing", "--max-examples", "25", "--seed", "7",
               "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
               "unsupported_method", "--no-color", "--request-timeout", "30"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=1800)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr
