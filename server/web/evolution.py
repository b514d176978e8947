"""The page of the evolution from policy to law."""

from functools import lru_cache

from flask import Blueprint, Response, render_template

from server.formats import HTML
from server.release.reader import Release
from server.views.evolution import Evolution
from server.views.evolution import evolution as drawn
from server.web.responses import etag, respond
from server.web.services import services

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
