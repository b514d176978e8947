"""Pages that are about the site itself: the home page and the list of settings of this release."""

import json
from datetime import UTC, datetime

from flask import Blueprint, Response, render_template

from server.pages.entry_points import groups
from server.pages.evolution import evolution
from server.rdf.formats import HTML, JSON
from server.rdf.iris import path_of, rebase
from server.rdf.vocabulary import LAYERS
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show what this is, the numbers of the release and the ways in."""
    release = services().release
    body = render_template(
        "home.html",
        manifest=release.manifest,
        groups=groups(release),
        evolution=evolution(release),
        day=datetime.fromtimestamp(release.made, UTC).date(),
    )
    return respond(body, HTML)


@blueprint.get("/sources")
def sources() -> Response:
    """Show how many facts of each layer rest on each source; as JSON too."""
    release = services().release
    fmt = negotiate((JSON, HTML))
    counts = release.statistics()["sources"]
    if fmt is JSON:
        return respond(json.dumps(counts, indent=2), JSON)
    rows = [
        (layer, rebase(source, release.base), descriptions, facts)
        for layer in LAYERS
        for source, (descriptions, facts) in counts.get(layer, {}).items()
    ]
    labels = release.labels(source for _, source, *_ in rows)
    shown = [
        (layer, labels.get(iri, iri or "no source"), path_of(iri, release.base), number, facts)
        for layer, iri, number, facts in rows
    ]
    return respond(render_template("sources.html", rows=shown), HTML)
