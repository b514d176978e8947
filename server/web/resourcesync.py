"""The dataset for ResourceSync (ANSI/NISO Z39.99-2017): what there is, and what changed."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from xml.etree import ElementTree as ET

from flask import Blueprint, Response

from server.formats import NQUADS, Format
from server.iris import document_iri, uri_of
from server.release.changes import Changes
from server.release.reader import Release
from server.web.responses import etag, respond
from server.web.services import services

blueprint = Blueprint("resourcesync", __name__)

XML = Format("xml", "application/xml", "XML", "resourcesync")
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_RS = "http://www.openarchives.org/rs/terms/"
_KINDS = {"Create": "created", "Update": "updated", "Delete": "deleted"}

Item = tuple[str, dict[str, str]]


@blueprint.get("/.well-known/resourcesync")
def source() -> Response:
    """Answer with the source description (section 7)."""
    base = services().release.base
    items = [(f"{base}resourcesync/capabilitylist.xml", {"capability": "capabilitylist"})]
    return _respond("description", _write("description", items, {"describedby": f"{base}catalog"}))


@blueprint.get("/resourcesync/capabilitylist.xml")
def capabilities() -> Response:
    """Answer with the capability list (section 8)."""
    base = services().release.base
    items: list[Item] = [
        (f"{base}resourcesync/{name}.xml", {"capability": name})
        for name in ("resourcelist", "changelist")
    ]
    links = {"up": f"{base}.well-known/resourcesync"}
    return _respond("capabilitylist", _write("capabilitylist", items, links))


@blueprint.get("/resourcesync/resourcelist.xml")
def resources() -> Response:
    """Answer with all resources as they are, each with the hash of its bytes (section 9)."""
    return _respond("resourcelist", _resources(services().release))


@lru_cache(maxsize=2)
def _resources(release: Release) -> bytes:
    log, made = Changes(release.folder), _made(release)
    modified = log.modified()
    items = (
        (
            _document(size.iri, release.base),
            {"hash": f"sha-256:{size.sha256}", "length": str(size.length),
             "type": NQUADS.media_type, "lastmod": modified.get(size.iri, made)},
        )
        for size in log.sizes()
    )  # fmt: skip
    links = {"up": f"{release.base}resourcesync/capabilitylist.xml"}
    return _write("resourcelist", items, links, {"at": made})


@blueprint.get("/resourcesync/changelist.xml")
def changed() -> Response:
    """Answer with all changes since the first release on record, oldest first (section 12)."""
    return _respond("changelist", _changes(services().release))


@lru_cache(maxsize=2)
def _changes(release: Release) -> bytes:
    log = Changes(release.folder)
    versions = log.versions()
    start = versions[0].issued if versions else _made(release)
    links = {"up": f"{release.base}resourcesync/capabilitylist.xml"}
    return _write("changelist", _activities(log, release.base), links, {"from": start})


def _activities(log: Changes, base: str) -> Iterator[Item]:
    """Yield the changes; the last one that leaves a resource in being tells its hash."""
    every = log.after(0, log.count())
    last = {activity.iri: activity.position for activity in every}
    sizes = {size.iri: size for size in log.sizes()}
    for activity in every:
        about = {
            "lastmod": activity.issued,
            "change": _KINDS[activity.kind],
            "datetime": activity.issued,
        }
        size = sizes.get(activity.iri)
        if size and last[activity.iri] == activity.position and activity.kind != "Delete":
            about |= {"hash": f"sha-256:{size.sha256}", "length": str(size.length),
                      "type": NQUADS.media_type}  # fmt: skip
        yield _document(activity.iri, base), about


def _document(iri: str, base: str) -> str:
    return uri_of(document_iri(iri, base, ".nq"))


def _made(release: Release) -> str:
    return datetime.fromtimestamp(release.made, UTC).isoformat().replace("+00:00", "Z")


def _write(
    capability: str,
    items: Iterable[Item],
    links: dict[str, str],
    about: dict[str, str] | None = None,
) -> bytes:
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    for rel, href in links.items():
        ET.SubElement(root, f"{{{_RS}}}ln", {"rel": rel, "href": href})
    ET.SubElement(root, f"{{{_RS}}}md", {"capability": capability, **(about or {})})
    for loc, described in items:
        url = ET.SubElement(root, f"{{{_SITEMAP}}}url")
        ET.SubElement(url, f"{{{_SITEMAP}}}loc").text = loc
        if lastmod := described.pop("lastmod", ""):
            ET.SubElement(url, f"{{{_SITEMAP}}}lastmod").text = lastmod
        ET.SubElement(url, f"{{{_RS}}}md", described)
    ET.register_namespace("", _SITEMAP)
    ET.register_namespace("rs", _RS)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _respond(name: str, body: bytes) -> Response:
    return respond(body, XML, etag(services().release.manifest.release, name), vary=())
