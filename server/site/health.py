"""What tells operators, and what stands in front of the site, how it does."""

import json
import shutil
import tempfile
from typing import Any

from flask import Blueprint, Response

from server.site.responses import Services, services

STATE = "state.json"  # what the supervisor tells, in the folder that the processes share

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """Tell that this web process answers."""
    return _answer({"status": "live"})


@blueprint.get("/health/ready")
def ready() -> Response:
    """Tell whether the site can answer everything, and from what; 503 where it cannot.

    `refused` is a current release that was not taken. A full disk stops only large results.
    """
    shared = services()
    engine = shared.engine.status()
    supervisor = told(shared)
    answer = {
        "status": "ready" if engine["up"] else "not ready",
        "release": shared.release.folder.name,
        "version": shared.release.manifest.version,
        "refused": supervisor["refused"],
        "looked": supervisor["looked"],
        "engine": engine,
        "disk": {"free_bytes": shutil.disk_usage(tempfile.gettempdir()).free},
    }
    return _answer(answer, 200 if engine["up"] else 503)


def told(shared: Services) -> dict[str, Any]:
    """Return what the supervisor tells: what it looked at last, and what it refused."""
    if shared.runtime is None:
        return {"refused": None, "looked": 0}
    found: dict[str, Any] = json.loads((shared.runtime / STATE).read_text("utf-8"))
    return found


def _answer(answer: object, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store"}
    text = json.dumps(answer, indent=2) + "\n"
    return Response(text, status, headers, content_type="application/json")
