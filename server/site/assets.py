"""Style, icons and scripts of the pages; scripts are there only where they were built."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import Format
from server.site.parameters import parameters
from server.site.responses import IMMUTABLE, respond

blueprint = Blueprint("assets", __name__)

FOLDER = Path(__file__).parents[1] / "static"
_FORMATS = {
    ".css": Format("css", "text/css", "style", "asset"),
    ".js": Format("js", "text/javascript", "script", "asset"),
    ".svg": Format("svg", "image/svg+xml", "drawing", "asset"),
}


def address(name: str) -> str:
    """Return the address of a file of the pages, or "" where it was not built.

    The address tells the content, and so the file may be kept for ever.
    """
    _, digest = _files().get(name, (b"", ""))
    return f"/static/{name}?v={digest}" if digest else ""


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
    cache_control = IMMUTABLE if parameters()["v"] == digest else CACHE_CONTROL
    return respond(body, _FORMATS[Path(name).suffix], cache_control=cache_control)
