"""Pages about the site as a whole: home, sources, and the evolution from policy to law."""

from collections import defaultdict
from datetime import UTC, datetime

from flask import Blueprint, Response

from server.pages import evolution
from server.rdf.formats import HTML, JSON
from server.rdf.iris import rebase
from server.rdf.vocabulary import LAYERS
from server.release.reader import Release
from server.site import lists
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("about", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show what this is, the numbers of the release and the ways in."""
    release = services().release
    return respond_page(
        "home.html",
        groups=_groups(release),
        evolution=evolution.evolution(release),
        day=datetime.fromtimestamp(release.made, UTC).date(),
    )


def _groups(release: Release) -> dict[str, list[tuple[str, str, int]]]:
    """Return path, title and number of entries of the lists under their headings."""
    groups: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for name, listing in lists.listings().items():
        count = len(lists.members(release, name))
        groups[listing["group"]].append((name, listing["title"], count))
    return groups


@blueprint.get("/evolution")
def timeline() -> Response:
    """Show instruments from 1945 on, and claims of influence or passages of words between them."""
    thread = parameters()["thread"] or ""
    drawn = evolution.evolution(services().release, thread)
    return respond_page("evolution.html", e=drawn, thread=thread)


@blueprint.get("/sources")
def sources() -> Response:
    """Show how many facts of each layer rest on each source; as JSON too."""
    release = services().release
    counts = release.statistics()["sources"]
    if negotiate((JSON, HTML)) is JSON:
        return respond(counts, JSON)
    rows = [
        (layer, rebase(source, release.base), descriptions, facts)
        for layer in LAYERS
        for source, (descriptions, facts) in counts.get(layer, {}).items()
    ]
    return respond_page("sources.html", rows=rows)
