"""The page of the evolution from policy to law."""

from flask import Blueprint, Response, render_template

from server.pages.evolution import evolution as timeline
from server.rdf.formats import HTML
from server.site.responses import respond, services

blueprint = Blueprint("evolution", __name__)


@blueprint.get("/evolution")
def evolution() -> Response:
    """Show instruments from 1945 on, and the claims of influence between them."""
    release = services().release
    body = render_template("evolution.html", e=timeline(release))
    return respond(body, HTML, vary=())
