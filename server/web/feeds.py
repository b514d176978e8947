"""The log of changes as a collection (ActivityStreams 2.0) and as an event stream (LDES)."""

import json
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response

from server.build.about import About, node, typed
from server.formats import RDF_FORMATS, Format
from server.iris import document_iri, uri_of
from server.problems import Problem
from server.release.changes import Activity, Changes
from server.release.serialize import serialize
from server.vocab import PREFIXES
from server.web.harvest import IMMUTABLE
from server.web.responses import etag, negotiate, respond
from server.web.services import services

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
_LDES, _TREE = "https://w3id.org/ldes#", "https://w3id.org/tree#"


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
    return _activity(document, "changes")


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
    response = _activity(document, f"changes{number}")
    return _kept(response, is_full(number, changes))


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


def _activity(document: dict[str, Any], name: str) -> Response:
    fmt = negotiate((ACTIVITY,))
    body = json.dumps(document, ensure_ascii=False, indent=1)
    return respond(body, fmt, etag(services().release.manifest.release, name))


def _kept(response: Response, full: bool) -> Response:
    if full:
        response.headers["Cache-Control"] = IMMUTABLE
    return response


@blueprint.get("/ldes")
def stream() -> Response:
    """Answer with the event stream and its view; all that ever happened is retained."""
    base = services().release.base
    about = About()
    about.say(
        f"{base}ldes#stream",
        _LDES + "EventStream",
        dcterms_title="Changes of the space-law dataset",
        dcterms_license=node("https://creativecommons.org/licenses/by/4.0/"),
    )
    _relate(about, base, _LDES + "timestampPath", PREFIXES["as"] + "published")
    _relate(about, base, _LDES + "versionOfPath", PREFIXES["as"] + "object")
    _relate(about, base, _TREE + "view", f"{base}ldes")
    about.say(f"{base}ldes", _TREE + "Node")
    _relation(about, base, f"{base}ldes", 1)
    return _graph(about, "ldes", f"{base}ldes")


def _relate(about: About, base: str, predicate: str, iri: str) -> None:
    about.add(f"{base}ldes#stream", predicate, node(iri))


def _relation(about: About, base: str, source: str, number: int) -> None:
    relation = f"{source}#to-{number}"
    about.say(relation, _TREE + "Relation")
    about.add(source, _TREE + "relation", node(relation))
    about.add(relation, _TREE + "node", node(f"{base}ldes/{number}"))


@blueprint.get("/ldes/<int:number>")
def stream_page(number: int) -> Response:
    """Answer with one page of the event stream; a full page never changes again."""
    base, changes = services().release.base, log()
    here, about = f"{base}ldes/{number}", About()
    about.say(here, _TREE + "Node")
    _relate(about, base, _TREE + "view", f"{base}ldes")
    if is_full(number, changes):
        _relation(about, base, here, number + 1)
    for activity in page_of(number, changes):
        _relate(about, base, _TREE + "member", base + activity.path)
        state(about, activity, base)
    response = _graph(about, f"ldes{number}", here)
    return _kept(response, is_full(number, changes))


def state(about: About, activity: Activity, base: str) -> None:
    """Add what the log says of one change."""
    optional: dict[str, Any] = {}
    if activity.state:
        optional["schema_sha256"] = ox.Literal(activity.state)
    if activity.reason:
        optional["as_summary"] = activity.reason
    if activity.replaced_by:
        optional["dcterms_isReplacedBy"] = node(activity.replaced_by)
    about.say(
        base + activity.path,
        f"as:{activity.kind}",
        as_object=node(activity.iri),
        as_name=activity.label,
        as_published=typed(activity.issued, "dateTime"),
        **optional,
    )


def _graph(about: About, name: str, focus: str, fmt: Format | None = None) -> Response:
    release = services().release
    chosen = fmt or negotiate(RDF_FORMATS)
    body = serialize(about.quads, chosen, release.base, focus)
    return respond(body, chosen, etag(release.manifest.release, name, chosen.key))


@blueprint.get("/releases/<version>")
def release_record(version: str) -> Response:
    """Answer with what the log records of one release."""
    base, changes = services().release.base, log()
    known = {v.version: v for v in changes.versions()}
    if version not in known:
        listed = ", ".join(known) or "none"
        raise Problem(404, f"No release {version[:40]!r} is on record; there are: {listed}.")
    about, found = About(), known[version]
    about.say(
        f"{base}releases/{version}",
        "dcat:Dataset",
        dcat_version=ox.Literal(version),
        dcterms_issued=typed(found.issued, "dateTime"),
        schema_sha256=ox.Literal(found.dataset),
    )
    for activity in changes.of(version):
        state(about, activity, base)
    return _graph(about, f"release{version}", f"{base}releases/{version}")
