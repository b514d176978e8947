"""The log of changes as feeds: ActivityStreams 2.0, Atom, LDES; records of releases, and diffs.

A diff tells what changed from one release to another: as a page, as JSON, and as an RDF patch.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import pyoxigraph as ox
from flask import Blueprint, Response

from server.http.message import CACHE_CONTROL
from server.problems import Problem
from server.rdf.formats import HTML, JSON, RDF_FORMATS, Format
from server.rdf.iris import document_iri, rebase, uri_of
from server.rdf.serialization import parse, serialize
from server.rdf.terms import moved
from server.rdf.turtle_template import render
from server.rdf.vocabulary import PREFIXES, PUBLISHER
from server.release import earlier
from server.release.changes import DELETE, Activity, Changes, Version
from server.release.reader import Release
from server.site import mementos
from server.site.parameters import parameters
from server.site.responses import IMMUTABLE, negotiate, render_xml, respond, respond_page, services

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


class LogPage(NamedTuple):
    """A page of the log, which has pages from 1 to `last`; its changes are oldest first.

    A full one never changes again: nothing is added to it, nor a link to the next page.
    """

    number: int
    last: int
    changes: list[Activity]
    is_full: bool
    cache_control: str


def _log() -> Changes:
    return Changes(services().release.folder)


def _count_pages() -> int:
    return max(1, -(-_log().count() // services().page_sizes["feed"]))  # an empty log has one


def _page(number: int) -> LogPage:
    """Return a page of the log; raises Problem 404 for one that is not there."""
    last, size = _count_pages(), services().page_sizes["feed"]
    if not 1 <= number <= last:
        raise Problem(404, f"The log of changes has {last} pages, from 1; there is no {number}.")
    is_full, changes = number < last, _log().after((number - 1) * size, size)
    return LogPage(number, last, changes, is_full, IMMUTABLE if is_full else CACHE_CONTROL)


@blueprint.get("/changes")
def collection() -> Response:
    """Answer with the collection of all changes (IIIF Change Discovery 1.0, section 4)."""
    return _activity_streams(
        CACHE_CONTROL,
        _part("changes", "OrderedCollection"),
        totalItems=_log().count(),
        first=_part("changes/1", "OrderedCollectionPage"),
        last=_part(f"changes/{_count_pages()}", "OrderedCollectionPage"),
    )


@blueprint.get("/changes/<int:number>")
def collection_page(number: int) -> Response:
    """Answer with one page of changes, oldest first."""
    page = _page(number)
    near = {"prev": number - 1} if number > 1 else {}
    near |= {"next": number + 1} if page.is_full else {}
    return _activity_streams(
        page.cache_control,
        _part(f"changes/{number}", "OrderedCollectionPage"),
        partOf=_part("changes", "OrderedCollection"),
        startIndex=(number - 1) * services().page_sizes["feed"],
        **{rel: _part(f"changes/{n}", "OrderedCollectionPage") for rel, n in near.items()},
        orderedItems=[_activity(change) for change in page.changes],
    )


def _part(path: str, kind: str) -> dict[str, Any]:
    return {"id": services().release.base + path, "type": kind}


def _activity(change: Activity) -> dict[str, Any]:
    target: dict[str, Any] = {"id": change.iri, "type": "Object", "name": change.label}
    if change.kind == DELETE:
        target |= {"type": "Tombstone", "deleted": change.issued}
        target |= {"isReplacedBy": change.replaced_by} if change.replaced_by else {}
    else:
        url = uri_of(document_iri(change.iri, services().release.base, ".nq"))
        target["url"] = {"type": "Link", "href": url, "mediaType": "application/n-quads"}
    further = {"sha256": change.state, "summary": change.reason}
    activity = _part(change.path, change.kind) | {k: v for k, v in further.items() if v}
    return activity | {"object": target, "endTime": change.issued, "published": change.issued}


def _activity_streams(cache_control: str, part: dict[str, Any], **members: Any) -> Response:
    document = {"@context": _CONTEXT} | part | members
    return respond(document, negotiate((_ACTIVITY,)), cache_control=cache_control)


@blueprint.get("/changes.atom")
def subscription() -> Response:
    """Answer with the newest changes; earlier ones are in the archive."""
    return _feed("changes.atom", _page(_count_pages()), CACHE_CONTROL, is_archive=False)


@blueprint.get("/changes/<int:number>.atom")
def archived(number: int) -> Response:
    """Answer with one page of the archive; a full one never changes (RFC 5005 section 4)."""
    page = _page(number)
    return _feed(f"changes/{number}.atom", page, page.cache_control, is_archive=True)


def _feed(path: str, page: LogPage, cache_control: str, is_archive: bool) -> Response:
    body = render_xml(
        "atom.xml", path=path, page=page, is_archive=is_archive,
        publisher=PUBLISHER, uri_of=uri_of,
    )  # fmt: skip
    return respond(body, _ATOM, cache_control=cache_control)


@blueprint.get("/ldes")
def stream() -> Response:
    """Answer with the event stream and its view, which leads to each page (server primer, 4)."""
    versions, pages = _log().versions(), [_page(n + 1) for n in range(_count_pages())]
    since = versions[0].issued if versions else ""
    return _event_stream("ldes", CACHE_CONTROL, since=since, pages=pages)


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
    path: str, cache_control: str, described: Iterable[ox.Quad] = (), **values: Any
) -> Response:
    base, fmt = services().release.base, negotiate(RDF_FORMATS)
    quads = [*render("ldes.ttl", base, **values), *described]
    return respond(serialize(quads, fmt, base, base + path), fmt, cache_control=cache_control)


@blueprint.get("/releases/<version>")
def release_record(version: str) -> Response:
    """Answer with what the log records of one release, and name it where it is kept."""
    known = {v.version: v for v in _log().versions()}
    if version not in known:
        listed = ", ".join(known) or "none"
        raise Problem(404, f"No release {version[:40]!r} is on record; there are: {listed}.")
    fmt = negotiate(RDF_FORMATS)
    kept = [one for one in earlier.kept(services().release) if one.manifest.version == version]
    links = [mementos.link(one, "doc/id/dataset", "memento") for one in kept]
    return respond(_record(services().release, known[version], fmt), fmt, links)


@lru_cache(maxsize=8)
def _record(release: Release, known: Version, fmt: Format) -> bytes:
    """Return the record of a release; that of the first holds every resource."""
    activities = Changes(release.folder).of(known.version)
    quads = render("ldes.ttl", release.base, record=known, activities=activities)
    return serialize(quads, fmt, release.base, f"{release.base}releases/{known.version}")


PATCH = Format("rdfp", "application/rdf-patch", "RDF Patch", "patch")
_SHOWN = 500
_BLANK = re.compile(r"^_:| _:\w+ (?:<[^>]*> )?\.$")


@blueprint.get("/diff")
def diff() -> Response:
    """Tell what changed from one release that is kept to another, of all or of one resource."""
    fmt = negotiate((HTML, JSON, PATCH))
    release, resource = services().release, parameters()["resource"]
    kept = earlier.kept(release)
    new = earlier.named(release, parameters()["to"]) if parameters()["to"] else release
    before = [r for r in kept if r.made < new.made] or [new]
    old = earlier.named(release, parameters()["from"]) if parameters()["from"] else before[-1]
    iri = rebase(resource, release.base) if "://" in resource else release.base + resource
    changed = _changes(old, new)
    if resource and not (old.document(iri) or new.document(iri)):
        raise Problem(404, f"Neither release has <{iri[:300]}>.")
    if resource:
        changed = {iri: changed[iri]} if iri in changed else {}
    if fmt is PATCH:
        return respond(_patch(old, new, changed), fmt)
    if fmt is JSON:
        return respond(_told(old, new, changed, bool(resource)), fmt)
    shown = list(changed.items())[:_SHOWN]
    labels = old.labels(changed) | new.labels(changed)
    lines = _lines(old, new, iri) if resource else []
    return respond_page(
        "diff.html", old=old, new=new, kept=kept, shown=shown, labels=labels, total=len(changed),
        counts=_counts(changed), resource=iri if resource else "", lines=lines,
    )  # fmt: skip


def _changes(old: Release, new: Release) -> dict[str, str]:
    """Return which resources were added, removed or changed, in the order of their IRIs."""
    before, after = old.hashes(), new.hashes()
    touched = sorted({iri for iri, _ in before.items() ^ after.items()})
    return {
        iri: "added" if iri not in before else "changed" if iri in after else "removed"
        for iri in touched
    }


def _counts(changed: dict[str, str]) -> dict[str, int]:
    kinds = [*changed.values()]
    return {kind: kinds.count(kind) for kind in ("added", "removed", "changed")}


def _lines(old: Release, new: Release, iri: str) -> list[tuple[str, str]]:
    """Return the statements of a resource that went (D) and came (A), in N-Quads."""
    documents = (release.document(iri) for release in (old, new))
    before, after = (set(d.nquads.decode().splitlines()) if d else set() for d in documents)
    gone = [("D", line) for line in sorted(before - after)]
    return gone + [("A", line) for line in sorted(after - before)]


def _patch(old: Release, new: Release, changed: dict[str, str]) -> str:
    """Return the changes as an RDF patch, which turns the old release into the new.

    Statements with blank nodes are left out: each release names these anew.
    """
    head = [
        f"H from <urn:sha256:{old.manifest.dataset}> .",
        f"H to <urn:sha256:{new.manifest.dataset}> .",
    ]
    pairs = (pair for iri in changed for pair in _lines(old, new, iri))
    lines = [f"{sign} {line}" for sign, line in pairs if not _BLANK.search(line)]
    return "\n".join([*head, "TX .", *lines, "TC ."]) + "\n"


def _told(old: Release, new: Release, changed: dict[str, str], whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: {"release": r.manifest.release, "version": r.manifest.version, "made": r.made_at}
        for name, r in (("from", old), ("to", new))
    }
    told["counts"] = _counts(changed)
    told["resources"] = [{"iri": iri, "change": kind} for iri, kind in changed.items()]
    if whole:
        told["statements"] = [list(line) for iri in changed for line in _lines(old, new, iri)]
    return told
