"""Files as they are sent: style, icons and scripts (where they were built), and documentation."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import Format
from server.settings import default_sources
from server.site.parameters import parameters
from server.site.responses import IMMUTABLE, respond, respond_page, services

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


# In the order in which a newcomer reads them.
PAGES = (
    "model", "record", "ask", "quote", "claims", "mcp", "provenance", "http", "sparql", "harvest",
    "clients", "history", "take-away", "fair", "tutorial-rdflib", "tutorial-r",
    "tutorial-spreadsheet", "licence",
)  # fmt: skip


@blueprint.get("/docs")
def index() -> Response:
    """List all of PAGES."""
    pages = [(name, _read(default_sources(), name, services().release.base)[0]) for name in PAGES]
    return respond_page("docs.html", title="Documentation", pages=pages)


@blueprint.get("/docs/<name>")
def docs(name: str) -> Response:
    """Show one of PAGES."""
    if name not in PAGES:
        raise Problem(404, f"There is no documentation called {name[:50]!r}; /docs lists it.")
    title, body = _read(default_sources(), name, services().release.base)
    return respond_page("docs.html", title=title, body=body)


@lru_cache
def _read(sources: Path, name: str, base: str) -> tuple[str, Markup]:
    """Return title and body of a page; raw HTML in the file stays text, BASE is this site."""
    text = (sources / "docs" / f"{name}.md").read_text("utf-8").replace("BASE/", base)
    title = text.partition("\n")[0].removeprefix("# ")
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    # The site's policy allows no style attributes.
    rendered = rendered.replace(' style="text-align:right"', ' class="number"')
    return title, Markup(rendered)  # noqa: S704 (made from our own file)
