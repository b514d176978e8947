"""The dataset for ResourceSync (ANSI/NISO Z39.99-2017): what there is, and what changed."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from flask import Blueprint, Response

from server.compile.dumps import FOLDER
from server.problems import Problem
from server.rdf.formats import NQUADS, Format
from server.rdf.iris import document_iri, uri_of
from server.release.changes import PACKAGE, Changes
from server.release.reader import Release
from server.release.resource_lists import Item, document
from server.site.responses import respond, services

blueprint = Blueprint("resourcesync", __name__)

XML = Format("xml", "application/xml", "XML", "resourcesync")
# Entries of a list that is no index. Harvesters read indexes of resources but trip over those of
# changes (resync 2.0), so these come only where a sitemap may not hold more.
PAGES = {"resourcelist": 2000, "changelist": 50_000}
_KINDS = {"Create": "created", "Update": "updated", "Delete": "deleted"}
_CAPABILITIES = ("resourcelist", "resourcedump", "changelist")


@blueprint.get("/.well-known/resourcesync")
def source() -> Response:
    """Answer with the source description (section 7)."""
    base = services().release.base
    items = [(f"{base}resourcesync/capabilitylist.xml", {"capability": "capabilitylist"})]
    return _respond(document("description", items, {"describedby": f"{base}catalog"}))


@blueprint.get("/resourcesync/capabilitylist.xml")
def capabilities() -> Response:
    """Answer with the capability list (section 8)."""
    base = services().release.base
    items = [(f"{base}resourcesync/{n}.xml", {"capability": n}) for n in _CAPABILITIES]
    links = {"up": f"{base}.well-known/resourcesync", "describedby": f"{base}catalog"}
    return _respond(document("capabilitylist", items, links))


@blueprint.get("/resourcesync/resourcedump.xml")
def package() -> Response:
    """Answer with the package that holds every document (section 10)."""
    release = services().release
    name, at = release.manifest.release, {"at": release.made_at}
    file = release.folder / FOLDER / PACKAGE
    digest = release.manifest.files[f"{FOLDER}/{PACKAGE}"]
    told = {"type": "application/zip", "length": str(file.stat().st_size),
            "hash": f"sha-256:{digest}", "lastmod": at["at"]}  # fmt: skip
    items = [(f"{release.base}{FOLDER}/{name}/{PACKAGE}", told)]
    return _respond(document("resourcedump", items, _up(release.base), at))


@blueprint.get("/resourcesync/resourcelist.xml")
@blueprint.get("/resourcesync/resourcelist-<int:number>.xml")
def resources(number: int = 0) -> Response:
    """Answer with all resources, each with the hash of its bytes, or an index (section 9)."""
    return _respond(_part("resourcelist", services().release, number))


@blueprint.get("/resourcesync/changelist.xml")
@blueprint.get("/resourcesync/changelist-<int:number>.xml")
def changed(number: int = 0) -> Response:
    """Answer with all changes on record, oldest first, or an index of them (section 12)."""
    return _respond(_part("changelist", services().release, number))


@lru_cache(maxsize=16)
def _part(capability: str, release: Release, number: int) -> bytes:
    """Return a list, with number 0, or one part of it; a list of several parts is an index."""
    items = _LISTS[capability](release)
    size = PAGES[capability]
    parts = [items[start : start + size] for start in range(0, len(items), size)] or [[]]
    links, place = _up(release.base), f"{release.base}resourcesync/{capability}"
    if number > len(parts) or (number and len(parts) == 1):
        raise Problem(404, f"There is no part {number} of this list; see {place}.xml.")
    if len(parts) == 1:
        return document(capability, items, links, _times(capability, release, items))
    if number:
        about = _times(capability, release, parts[number - 1], closed=number < len(parts))
        return document(capability, parts[number - 1], links | {"index": f"{place}.xml"}, about)
    index = [
        (f"{place}-{n}.xml", _times(capability, release, own, closed=n < len(parts)))
        for n, own in enumerate(parts, 1)
    ]
    return document(capability, index, links, _times(capability, release, items), index=True)


def _times(
    capability: str, release: Release, items: list[Item], closed: bool = False
) -> dict[str, str]:
    """Return of when a list of resources is; of changes, the first and, once closed, the last."""
    if capability == "resourcelist":
        return {"at": release.made_at}
    times = [told["datetime"] for _, told in items] or [release.made_at]
    return {"from": times[0], **({"until": times[-1]} if closed else {})}


def _resources(release: Release) -> Iterator[Item]:
    log, made = Changes(release.folder), release.made_at
    modified = log.modified()
    for size in log.sizes():
        told = {"hash": f"sha-256:{size.sha256}", "length": str(size.length),
                "type": NQUADS.media_type, "lastmod": modified.get(size.iri, made)}  # fmt: skip
        yield _address(size.iri, release.base), told


def _changes(release: Release) -> Iterator[Item]:
    """Yield the changes; the last one that leaves a resource in being tells its hash."""
    log = Changes(release.folder)
    every, sizes = log.after(0, log.count()), {size.iri: size for size in log.sizes()}
    last = {activity.iri: activity.position for activity in every}
    for activity in every:
        told = {"lastmod": activity.issued, "change": _KINDS[activity.kind],
                "datetime": activity.issued}  # fmt: skip
        size = sizes.get(activity.iri)
        if size and last[activity.iri] == activity.position and activity.kind != "Delete":
            told |= {"hash": f"sha-256:{size.sha256}", "length": str(size.length),
                     "type": NQUADS.media_type}  # fmt: skip
        yield _address(activity.iri, release.base), told


_LISTS: dict[str, Callable[[Release], list[Item]]] = {
    "resourcelist": lambda release: list(_resources(release)),
    "changelist": lambda release: list(_changes(release)),
}


def _up(base: str) -> dict[str, str]:
    return {"up": f"{base}resourcesync/capabilitylist.xml"}


def _address(iri: str, base: str) -> str:
    return uri_of(document_iri(iri, base, ".nq"))


def _respond(body: bytes) -> Response:
    return respond(body, XML, vary=())
