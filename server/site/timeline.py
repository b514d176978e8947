"""The page of the evolution from policy to law."""

from functools import lru_cache

from flask import Blueprint, Response, render_template

from server.http.context import services
from server.http.responses import etag, respond
from server.pages.evolution import Evolution
from server.pages.evolution import evolution as drawn
from server.rdf.formats import HTML
from server.release.reader import Release

blueprint = Blueprint("evolution", __name__)


@lru_cache(maxsize=4)
def timeline(release: Release) -> Evolution:
    """Return the timeline of a release, drawn once."""
    return drawn(release)


@blueprint.get("/evolution")
def evolution() -> Response:
    """Show instruments from 1945 on, and the claims of influence between them."""
    release = services().release
    body = render_template("evolution.html", e=timeline(release))
    return respond(body, HTML, etag(release.manifest.release, body), vary=())
