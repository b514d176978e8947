"""The log of changes as an event stream (LDES 1.0, TREE), and the records of releases."""

from functools import lru_cache
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response

from server.problems import Problem
from server.rdf.formats import RDF_FORMATS, Format
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.release.changes import Changes, Version
from server.release.reader import Release
from server.site.activity_streams import is_full, kept, log, page_of, pages
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("ldes", __name__)


@blueprint.get("/ldes")
def stream() -> Response:
    """Answer with the event stream and its view, which leads to each page (server primer, 4)."""
    base, changes = services().release.base, log()
    versions = changes.versions()
    view = {
        "since": versions[0].issued if versions else "",
        "relations": [
            relation
            for number in range(1, pages(changes.count()) + 1)
            for relation in _relations(number, changes)
        ],
    }
    return _graph(render("ldes.ttl", base, view=view), f"{base}ldes")


def _relations(number: int, changes: Changes) -> list[dict[str, Any]]:
    """Return what leads to a page: the times between which its members stand; the last is open."""
    items = page_of(number, changes)
    first = items[0].issued if items else ""
    kind = "GreaterThanOrEqualToRelation" if items else "Relation"
    relations = [{"key": f"from-{number}", "kind": kind, "page": number, "time": first}]
    if is_full(number, changes):
        kind, last = "LessThanOrEqualToRelation", items[-1].issued
        relations.append({"key": f"to-{number}", "kind": kind, "page": number, "time": last})
    return relations


@blueprint.get("/ldes/<int:number>")
def stream_page(number: int) -> Response:
    """Answer with one page of the event stream; a full page never changes again."""
    base, changes = services().release.base, log()
    full = is_full(number, changes)
    page = {"number": number, "full": full, "activities": page_of(number, changes)}
    quads = render("ldes.ttl", base, page=page)
    return kept(_graph(quads, f"{base}ldes/{number}"), full)


def _graph(quads: list[ox.Quad], focus: str) -> Response:
    release, fmt = services().release, negotiate(RDF_FORMATS)
    body = serialize(quads, fmt, release.base, focus)
    return respond(body, fmt)


@blueprint.get("/releases/<version>")
def release_record(version: str) -> Response:
    """Answer with what the log records of one release."""
    release = services().release
    known = {v.version: v for v in log().versions()}
    if version not in known:
        listed = ", ".join(known) or "none"
        raise Problem(404, f"No release {version[:40]!r} is on record; there are: {listed}.")
    fmt = negotiate(RDF_FORMATS)
    body = _record(release, known[version], fmt)
    return respond(body, fmt)


@lru_cache(maxsize=8)
def _record(release: Release, known: Version, fmt: Format) -> bytes:
    """Return the record of a release; that of the first holds every resource."""
    activities = Changes(release.folder).of(known.version)
    quads = render("ldes.ttl", release.base, record=known, activities=activities)
    return serialize(quads, fmt, release.base, f"{release.base}releases/{known.version}")
