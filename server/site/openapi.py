"""The OpenAPI description of all routes."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from flask import Blueprint, Response

import server
from server.rdf.formats import Format
from server.site.responses import respond, services

blueprint = Blueprint("openapi", __name__)

_FILE = Path(__file__).with_suffix(".yaml")
_FORMATS = {
    key: Format(key, f"application/openapi+{key}", "OpenAPI", "api") for key in ("json", "yaml")
}


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """Return the description as the file has it, with the keys of JSON."""
    loaded: dict[str, Any] = json.loads(json.dumps(yaml.safe_load(_FILE.read_text("utf-8"))))
    del loaded["x-parts"]  # they stand wherever they are referred to
    return loaded


def operation(rule: str, method: str) -> dict[str, Any]:
    """Return the description of a method of one of Flask's routes."""
    path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)
    described: dict[str, Any] = description()["paths"][path][method]
    return described


@blueprint.get("/openapi.<any(json, yaml):key>")
def document(key: str) -> Response:
    """Answer with the description of this site."""
    release = services().release
    site = {"servers": [{"url": release.base.rstrip("/")}]}
    whole = description() | site
    whole["info"] = whole["info"] | {"version": server.__version__}
    text = json.dumps(whole) if key == "json" else yaml.safe_dump(whole, sort_keys=False)
    return respond(text, _FORMATS[key])
