"""The log of changes by pages, and as an ordered collection (ActivityStreams 2.0)."""

import json
from typing import Any

from flask import Blueprint, Response

from server.problems import Problem
from server.rdf.formats import Format
from server.rdf.iris import document_iri, uri_of
from server.rdf.vocabulary import PREFIXES
from server.release.changes import Activity, Changes
from server.site.dataset import IMMUTABLE
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("feeds", __name__)

ACTIVITY = Format(
    "json", "application/activity+json", "ActivityStreams", "feed",
    ("application/ld+json", "application/json"),
)  # fmt: skip
PAGE = 250
_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"sha256": "https://schema.org/sha256", "isReplacedBy": PREFIXES["dcterms"] + "isReplacedBy"},
]


def log() -> Changes:
    """Return the log of the release that is served."""
    return Changes(services().release.folder)


def pages(count: int) -> int:
    """Return the number of pages; an empty log has one."""
    return max(1, -(-count // PAGE))


def page_of(number: int, changes: Changes) -> list[Activity]:
    """Return the changes of a page, oldest first; raises Problem 404 for one that is not there."""
    last = pages(changes.count())
    if not 1 <= number <= last:
        raise Problem(404, f"The log of changes has {last} pages, from 1; {number} is none.")
    return changes.after((number - 1) * PAGE, PAGE)


def is_full(number: int, changes: Changes) -> bool:
    """Tell whether nothing will ever be added to a page, nor a next page to link to."""
    return number < pages(changes.count())


@blueprint.get("/changes")
def collection() -> Response:
    """Answer with the collection of all changes (IIIF Change Discovery 1.0, section 4)."""
    base, changes = services().release.base, log()
    count = changes.count()
    document = {
        "@context": _CONTEXT,
        "id": f"{base}changes",
        "type": "OrderedCollection",
        "totalItems": count,
        "first": {"id": f"{base}changes/1", "type": "OrderedCollectionPage"},
        "last": {"id": f"{base}changes/{pages(count)}", "type": "OrderedCollectionPage"},
    }
    return _activity(document)


@blueprint.get("/changes/<int:number>")
def collection_page(number: int) -> Response:
    """Answer with one page of changes, oldest first."""
    base, changes = services().release.base, log()
    items = page_of(number, changes)
    document: dict[str, Any] = {
        "@context": _CONTEXT,
        "id": f"{base}changes/{number}",
        "type": "OrderedCollectionPage",
        "partOf": {"id": f"{base}changes", "type": "OrderedCollection"},
        "startIndex": (number - 1) * PAGE,
    }
    if number > 1:
        document["prev"] = {"id": f"{base}changes/{number - 1}", "type": "OrderedCollectionPage"}
    if is_full(number, changes):
        document["next"] = {"id": f"{base}changes/{number + 1}", "type": "OrderedCollectionPage"}
    document["orderedItems"] = [item(activity, base) for activity in items]
    return kept(_activity(document), is_full(number, changes))


def item(activity: Activity, base: str) -> dict[str, Any]:
    """Return one change as an activity."""
    about: dict[str, Any] = {"id": activity.iri, "type": "Object", "name": activity.label}
    if activity.kind == "Delete":
        about |= {"type": "Tombstone", "deleted": activity.issued}
        if activity.replaced_by:
            about["isReplacedBy"] = activity.replaced_by
    else:
        url = uri_of(document_iri(activity.iri, base, ".nq"))
        about["url"] = {"type": "Link", "href": url, "mediaType": "application/n-quads"}
    found = {"id": base + activity.path, "type": activity.kind, "object": about}
    if activity.state:
        found["sha256"] = activity.state
    if activity.reason:
        found["summary"] = activity.reason
    return found | {"endTime": activity.issued, "published": activity.issued}


def _activity(document: dict[str, Any]) -> Response:
    fmt = negotiate((ACTIVITY,))
    body = json.dumps(document, ensure_ascii=False, indent=1)
    return respond(body, fmt)


def kept(response: Response, full: bool) -> Response:
    """Return the answer with a page; one that is full may be kept for good."""
    if full:
        response.headers["Cache-Control"] = IMMUTABLE
    return response
