"""The log of changes as an event stream (LDES 1.0, TREE), and the records of releases."""

from functools import lru_cache
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response

from server.compile.statements import About, node, typed
from server.compile.void import LICENSE
from server.http.context import services
from server.http.responses import etag, negotiate, respond
from server.problems import Problem
from server.rdf.formats import RDF_FORMATS, Format
from server.rdf.serialization import serialize
from server.rdf.vocabulary import RDF_TYPE
from server.release.changes import Activity, Changes, Version
from server.release.reader import Release
from server.site.activity_streams import is_full, kept, log, page_of, pages

blueprint = Blueprint("ldes", __name__)

_TRUE = typed("true", "boolean")
# What the shape of members asks of each: the name in the shape's IRI, and its constraints.
_MEMBER: dict[str, dict[str, Any]] = {
    "type": {"sh_path": node(RDF_TYPE)},
    "object": {"sh_path": node("as:object"), "sh_nodeKind": node("sh:IRI")},
    "name": {"sh_path": node("as:name"), "sh_datatype": node("rdf:langString")},
    "published": {"sh_path": node("as:published"), "sh_datatype": node("xsd:dateTime")},
    "position": {"sh_path": node("schema:position"), "sh_datatype": node("xsd:integer")},
}


@blueprint.get("/ldes")
def stream() -> Response:
    """Answer with the event stream and its view, which leads to each page (server primer, 4)."""
    base, changes, about = services().release.base, log(), About()
    here, source = f"{base}ldes", f"{base}ldes#source"
    _stream(about, base)
    about.say(here, "tree:Node", tree_viewDescription=node(source))
    about.say(source, "ldes:EventSource", dcterms_license=node(LICENSE))
    _retention(about, base, changes)
    for number in range(1, pages(changes.count()) + 1):
        _relations(about, here, number, changes)
    return _graph(about, "ldes", here)


def _stream(about: About, base: str) -> None:
    shape = f"{base}ldes#member"
    about.say(
        f"{base}ldes#stream",
        "ldes:EventStream",
        dcterms_title="Changes of the space-law dataset",
        dcterms_license=node(LICENSE),
        ldes_timestampPath=node("as:published"),
        ldes_sequencePath=node("schema:position"),
        ldes_versionOfPath=node("as:object"),
        ldes_versionCreateObject=node("as:Create"),
        ldes_versionUpdateObject=node("as:Update"),
        ldes_versionDeleteObject=node("as:Delete"),
        tree_shape=node(shape),
        tree_view=node(f"{base}ldes"),
    )
    about.say(shape, "sh:NodeShape")
    for name, constraints in _MEMBER.items():
        own = f"{base}ldes#member-{name}"
        about.say(shape, sh_property=node(own))
        about.say(own, "sh:PropertyShape", **constraints,
                  sh_minCount=typed("1", "integer"), sh_maxCount=typed("1", "integer"))  # fmt: skip


def _retention(about: About, base: str, changes: Changes) -> None:
    """Say that all is kept from the first release on (section 5.2, ldes:startingFrom)."""
    policy = f"{base}ldes#retention"
    for described in (f"{base}ldes", f"{base}ldes#source"):
        about.say(described, ldes_retentionPolicy=node(policy))
    about.say(policy, "ldes:RetentionPolicy", dcterms_description="Every change is kept for good.")
    if versions := changes.versions():
        about.say(policy, ldes_startingFrom=typed(versions[0].issued, "dateTime"))


def _relations(about: About, source: str, number: int, changes: Changes) -> None:
    """Lead to a page, with the times between which its members stand; the last one is open."""
    page = node(f"{source}/{number}")
    items = page_of(number, changes)
    bounds = {"GreaterThanOrEqualTo": items[0].issued} if items else {"": ""}
    if is_full(number, changes):
        bounds["LessThanOrEqualTo"] = items[-1].issued
    for kind, time in bounds.items():
        relation = f"{source}#{'to' if kind == 'LessThanOrEqualTo' else 'from'}-{number}"
        about.say(source, tree_relation=node(relation))
        about.say(relation, f"tree:{kind}Relation", tree_node=page)
        if time:
            about.say(relation, tree_path=node("as:published"), tree_value=typed(time, "dateTime"))


@blueprint.get("/ldes/<int:number>")
def stream_page(number: int) -> Response:
    """Answer with one page of the event stream; a full page never changes again."""
    base, changes, about = services().release.base, log(), About()
    here, full = f"{base}ldes/{number}", is_full(number, changes)
    about.say(here, "tree:Node", **({"ldes_immutable": _TRUE} if full else {}))
    about.say(f"{base}ldes#stream", tree_view=node(f"{base}ldes"))
    for activity in page_of(number, changes):
        about.say(f"{base}ldes#stream", tree_member=node(base + activity.path))
        _member(about, activity, base)
    return kept(_graph(about, f"ldes{number}", here), full)


def _member(about: About, activity: Activity, base: str) -> None:
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
        schema_position=typed(str(activity.position), "integer"),
        **optional,
    )


def _graph(about: About, name: str, focus: str) -> Response:
    release, fmt = services().release, negotiate(RDF_FORMATS)
    body = serialize(about.quads, fmt, release.base, focus)
    return respond(body, fmt, etag(release.manifest.release, name, fmt.key))


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
    return respond(body, fmt, etag(release.manifest.release, "record", version, fmt.key))


@lru_cache(maxsize=8)
def _record(release: Release, known: Version, fmt: Format) -> bytes:
    """Return the record of a release; that of the first holds every resource."""
    base, about, changes = release.base, About(), Changes(release.folder)
    here = f"{base}releases/{known.version}"
    about.say(
        here,
        "dcat:Dataset",
        dcat_version=ox.Literal(known.version),
        dcterms_issued=typed(known.issued, "dateTime"),
        schema_sha256=ox.Literal(known.dataset),
    )
    for activity in changes.of(known.version):
        _member(about, activity, base)
    return serialize(about.quads, fmt, base, here)
