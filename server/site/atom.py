"""The log of changes as Atom (RFC 4287), with an archive that holds all of it (RFC 5005)."""

from xml.etree import ElementTree as ET

from flask import Blueprint, Response

from server.rdf.formats import Format
from server.rdf.iris import uri_of
from server.rdf.vocabulary import PUBLISHER
from server.release.changes import Activity
from server.site.activity_streams import is_full, kept, log, page_of, pages
from server.site.responses import respond, services

blueprint = Blueprint("atom", __name__)

ATOM = Format("atom", "application/atom+xml", "Atom", "feed")
_NS = "http://www.w3.org/2005/Atom"
_HISTORY = "http://purl.org/syndication/history/1.0"
_WORDS = {"Create": "Created", "Update": "Changed", "Delete": "Withdrawn"}


@blueprint.get("/changes.atom")
def subscription() -> Response:
    """Answer with the newest changes; earlier ones are in the archive."""
    last = pages(log().count())
    return _feed("changes.atom", last, archive=False)


@blueprint.get("/changes/<int:number>.atom")
def archived(number: int) -> Response:
    """Answer with one page of the archive, which never changes (RFC 5005 section 4)."""
    return kept(_feed(f"changes/{number}.atom", number, archive=True), is_full(number, log()))


def _feed(path: str, number: int, archive: bool) -> Response:
    release, changes = services().release, log()
    base, items = release.base, page_of(number, changes)
    feed = ET.Element(f"{{{_NS}}}feed")
    _text(feed, "id", f"{base}changes.atom")
    _text(feed, "title", "Changes of the space-law dataset")
    _text(feed, "updated", items[-1].issued if items else "1970-01-01T00:00:00Z")
    _text(ET.SubElement(feed, f"{{{_NS}}}author"), "name", PUBLISHER)
    _link(feed, "self", base + path)
    if archive:
        ET.SubElement(feed, f"{{{_HISTORY}}}archive")
        _link(feed, "current", f"{base}changes.atom")
    if number > 1:
        _link(feed, "prev-archive", f"{base}changes/{number - 1}.atom")
    if archive and is_full(number, changes):
        _link(feed, "next-archive", f"{base}changes/{number + 1}.atom")
    for activity in reversed(items):
        _entry(feed, activity, base)
    ET.register_namespace("", _NS)
    ET.register_namespace("fh", _HISTORY)
    body = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return respond(body, ATOM, vary=())


def _entry(feed: ET.Element, activity: Activity, base: str) -> None:
    entry = ET.SubElement(feed, f"{{{_NS}}}entry")
    _text(entry, "id", base + activity.path)
    _text(entry, "title", f"{_WORDS[activity.kind]}: {activity.label}")
    _text(entry, "updated", activity.issued)
    _link(entry, "alternate", uri_of(activity.iri))
    ET.SubElement(entry, f"{{{_NS}}}category", {"term": activity.kind})
    _text(entry, "summary", activity.reason or f"{_WORDS[activity.kind]} in {activity.version}.")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_NS}}}{name}").text = text


def _link(parent: ET.Element, rel: str, href: str) -> None:
    ET.SubElement(parent, f"{{{_NS}}}link", {"rel": rel, "href": href})
