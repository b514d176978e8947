"""Documentation for people: the Markdown files of the folder `docs`, as pages."""

from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markupsafe import Markup

from server.problems import Problem
from server.settings import default_sources
from server.site.responses import respond_page, services

blueprint = Blueprint("docs", __name__)

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
