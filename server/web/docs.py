"""Documentation for people: the Markdown files of docs/, as pages."""

from functools import lru_cache

from flask import Blueprint, Response, render_template
from markdown_it import MarkdownIt
from markupsafe import Markup

from server.config import default_sources
from server.formats import HTML
from server.problems import Problem
from server.web.responses import etag, respond
from server.web.services import services

blueprint = Blueprint("docs", __name__)

PAGES = ("http",)


@blueprint.get("/docs/<name>")
def docs(name: str) -> Response:
    """Show one of PAGES."""
    if name not in PAGES:
        raise Problem(404, f"There is no documentation called {name[:50]!r}.")
    title, body = _page(name)
    text = render_template("docs.html", title=title, body=body)
    return respond(text, HTML, etag(services().release.manifest.release, text), vary=())


@lru_cache
def _page(name: str) -> tuple[str, Markup]:
    """Return title and body of a page; raw HTML in the file stays text."""
    text = (default_sources() / "docs" / f"{name}.md").read_text("utf-8")
    title = text.partition("\n")[0].removeprefix("# ")
    rendered = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    return title, Markup(rendered)  # noqa: S704 (made from our own file)
