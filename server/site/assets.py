"""Style, icons and scripts of the pages; scripts are there only where they were built."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request

from server.problems import Problem
from server.rdf.formats import Format
from server.site.responses import respond

blueprint = Blueprint("assets", __name__)

FOLDER = Path(__file__).parents[1] / "static"
_FORMATS = {
    ".css": Format("css", "text/css", "style", "asset"),
    ".js": Format("js", "text/javascript", "script", "asset"),
    ".svg": Format("svg", "image/svg+xml", "drawing", "asset"),
}
_FOR_EVER = "public, max-age=31536000, immutable"


def install(app: Flask) -> None:
    """Give templates `asset`: the address of a file of the pages, or "" where it was not built."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = address


def address(name: str) -> str:
    """Return the address of a file, which tells its content and so may be kept for ever."""
    found = _files().get(name)
    return f"/static/{name}?v={found[1]}" if found else ""


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[bytes, str]]:
    """Return the bytes and a short digest of each file, as they were when the process began."""
    return {
        str(path.relative_to(FOLDER)): (body, hashlib.sha256(body).hexdigest()[:12])
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _FORMATS
        for body in [path.read_bytes()]
    }


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """Answer with a file of the pages."""
    if name not in _files():
        raise Problem(404, f"There is no file {name[:50]!r}.")
    body, digest = _files()[name]
    response = respond(body, _FORMATS[Path(name).suffix], vary=())
    if request.args.get("v") == digest:
        response.headers["Cache-Control"] = _FOR_EVER
    return response
