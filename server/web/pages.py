"""Pages that are about the site itself: the home page and the list of settings of this release."""

from flask import Blueprint, Response, render_template

from server.formats import HTML
from server.iris import path_of
from server.web.responses import etag, respond
from server.web.services import services

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show what this is, the numbers of the release and the ways in."""
    release = services().release
    types = [t for t in release.types() if t[0].startswith(release.base)]
    labels = release.labels(iri for iri, _ in types)
    kinds = sorted(
        ((labels.get(iri, iri), path_of(iri, release.base), count) for iri, count in types),
        key=lambda kind: kind[0].lower(),
    )
    body = render_template("home.html", manifest=release.manifest, kinds=kinds)
    return respond(body, HTML, etag(release.manifest.release, "home"))
