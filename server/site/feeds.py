"""The log of changes as feeds: ActivityStreams 2.0, Atom, LDES; and the records of releases."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import RDF_FORMATS, Format
from server.rdf.iris import document_iri, rebase, uri_of
from server.rdf.serialization import parse, serialize
from server.rdf.terms import moved
from server.rdf.turtle_template import render
from server.rdf.vocabulary import PREFIXES, PUBLISHER
from server.release.changes import DELETE, Activity, Changes, Version
from server.release.reader import Release
from server.site.responses import IMMUTABLE, negotiate, render_xml, respond, services

blueprint = Blueprint("feeds", __name__)

_ACTIVITY = Format(
    "json", "application/activity+json", "ActivityStreams", "feed",
    ("application/ld+json", "application/json"),
)  # fmt: skip
_ATOM = Format("atom", "application/atom+xml", "Atom", "feed")
_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {"sha256": "https://schema.org/sha256", "isReplacedBy": PREFIXES["dcterms"] + "isReplacedBy"},
]


@dataclass(frozen=True)
class LogPage:
    """A page of the log, which has pages from 1 to `last`; its changes are oldest first."""

    number: int
    last: int
    changes: list[Activity]

    @property
    def is_full(self) -> bool:
        """Whether nothing will ever be added to it, nor a link to the next page."""
        return self.number < self.last

    @property
    def cache_control(self) -> str:
        """How long answers with this page may be kept."""
        return IMMUTABLE if self.is_full else CACHE_CONTROL


def _log() -> Changes:
    return Changes(services().release.folder)


def _count_pages() -> int:
    return max(1, -(-_log().count() // _page_size()))  # an empty log has one


def _page_size() -> int:
    return services().page_sizes["feed"]


def _page(number: int) -> LogPage:
    """Return a page of the log; raises Problem 404 for one that is not there."""
    last = _count_pages()
    if not 1 <= number <= last:
        raise Problem(404, f"The log of changes has {last} pages, from 1; there is no {number}.")
    size = _page_size()
    return LogPage(number, last, _log().after((number - 1) * size, size))


@blueprint.get("/changes")
def collection() -> Response:
    """Answer with the collection of all changes (IIIF Change Discovery 1.0, section 4)."""
    collection = {
        **_part("changes", "OrderedCollection"),
        "totalItems": _log().count(),
        "first": _part("changes/1", "OrderedCollectionPage"),
        "last": _part(f"changes/{_count_pages()}", "OrderedCollectionPage"),
    }
    return _activity_streams(collection, CACHE_CONTROL)


@blueprint.get("/changes/<int:number>")
def collection_page(number: int) -> Response:
    """Answer with one page of changes, oldest first."""
    page = _page(number)
    document: dict[str, Any] = {
        **_part(f"changes/{number}", "OrderedCollectionPage"),
        "partOf": _part("changes", "OrderedCollection"),
        "startIndex": (number - 1) * _page_size(),
    }
    if number > 1:
        document["prev"] = _part(f"changes/{number - 1}", "OrderedCollectionPage")
    if page.is_full:
        document["next"] = _part(f"changes/{number + 1}", "OrderedCollectionPage")
    document["orderedItems"] = [_activity(change) for change in page.changes]
    return _activity_streams(document, page.cache_control)


def _part(path: str, kind: str) -> dict[str, Any]:
    return {"id": services().release.base + path, "type": kind}


def _activity(change: Activity) -> dict[str, Any]:
    base = services().release.base
    target: dict[str, Any] = {"id": change.iri, "type": "Object", "name": change.label}
    if change.kind == DELETE:
        target |= {"type": "Tombstone", "deleted": change.issued}
        if change.replaced_by:
            target["isReplacedBy"] = change.replaced_by
    else:
        url = uri_of(document_iri(change.iri, base, ".nq"))
        target["url"] = {"type": "Link", "href": url, "mediaType": "application/n-quads"}
    activity = _part(change.path, change.kind) | {"object": target}
    if change.state:
        activity["sha256"] = change.state
    if change.reason:
        activity["summary"] = change.reason
    return activity | {"endTime": change.issued, "published": change.issued}


def _activity_streams(document: dict[str, Any], cache_control: str) -> Response:
    fmt = negotiate((_ACTIVITY,))
    body = json.dumps({"@context": _CONTEXT} | document, ensure_ascii=False, indent=1)
    return respond(body, fmt, cache_control=cache_control)


@blueprint.get("/changes.atom")
def subscription() -> Response:
    """Answer with the newest changes; earlier ones are in the archive."""
    body = _feed("changes.atom", _page(_count_pages()), is_archive=False)
    return respond(body, _ATOM, vary=())


@blueprint.get("/changes/<int:number>.atom")
def archived(number: int) -> Response:
    """Answer with one page of the archive; a full one never changes (RFC 5005 section 4)."""
    page = _page(number)
    body = _feed(f"changes/{number}.atom", page, is_archive=True)
    return respond(body, _ATOM, vary=(), cache_control=page.cache_control)


def _feed(path: str, page: LogPage, is_archive: bool) -> str:
    base = services().release.base
    return render_xml(
        "atom.xml", base=base, path=path, page=page, is_archive=is_archive, publisher=PUBLISHER,
        uri_of=uri_of,
    )  # fmt: skip


@blueprint.get("/ldes")
def stream() -> Response:
    """Answer with the event stream and its view, which leads to each page (server primer, 4)."""
    versions, count = _log().versions(), _count_pages()
    relations = [relation for n in range(1, count + 1) for relation in _relations(_page(n))]
    view = {"since": versions[0].issued if versions else "", "relations": relations}
    return _event_stream("ldes", CACHE_CONTROL, view=view)


def _relations(page: LogPage) -> list[dict[str, Any]]:
    """Return what leads to a page: the times between which its members stand; the last is open."""
    first = page.changes[0].issued if page.changes else ""
    kind = "GreaterThanOrEqualToRelation" if first else "Relation"
    relations = [{"key": f"from-{page.number}", "kind": kind, "page": page.number, "time": first}]
    if page.is_full:
        last, kind = page.changes[-1].issued, "LessThanOrEqualToRelation"
        relations.append({**relations[0], "key": f"to-{page.number}", "kind": kind, "time": last})
    return relations


@blueprint.get("/ldes/<int:number>")
def stream_page(number: int) -> Response:
    """Answer with one page of the event stream; a full page never changes again."""
    page = _page(number)
    described = [q for change in page.changes for q in _at_version(change)]
    return _event_stream(f"ldes/{number}", page.cache_control, described, page=page)


def _at_version(change: Activity) -> Iterator[ox.Quad]:
    """Yield what a change left as the description of its object, said of the member itself.

    So clients make the object of the member again (LDES 1.0, version materialization).
    """
    base = services().release.base
    own, member = ox.NamedNode(change.iri), ox.NamedNode(base + change.path)

    def apart(term: Any) -> Any:
        is_blank = isinstance(term, ox.BlankNode)
        return ox.BlankNode(f"m{change.position}{term.value}") if is_blank else term

    for quad in parse(_log().description(change.state)):
        q = moved(quad, lambda iri: rebase(iri, base))
        subject = member if q.subject == own else apart(q.subject)
        yield ox.Quad(subject, q.predicate, apart(q.object))


def _event_stream(
    path: str, cache_control: str, described: Iterable[ox.Quad] = (), **values: object
) -> Response:
    base, fmt = services().release.base, negotiate(RDF_FORMATS)
    quads = [*render("ldes.ttl", base, **values), *described]
    return respond(serialize(quads, fmt, base, base + path), fmt, cache_control=cache_control)


@blueprint.get("/releases/<version>")
def release_record(version: str) -> Response:
    """Answer with what the log records of one release."""
    known = {v.version: v for v in _log().versions()}
    if version not in known:
        listed = ", ".join(known) or "none"
        raise Problem(404, f"No release {version[:40]!r} is on record; there are: {listed}.")
    fmt = negotiate(RDF_FORMATS)
    return respond(_record(services().release, known[version], fmt), fmt)


@lru_cache(maxsize=8)
def _record(release: Release, known: Version, fmt: Format) -> bytes:
    """Return the record of a release; that of the first holds every resource."""
    activities = Changes(release.folder).of(known.version)
    quads = render("ldes.ttl", release.base, record=known, activities=activities)
    return serialize(quads, fmt, release.base, f"{release.base}releases/{known.version}")
