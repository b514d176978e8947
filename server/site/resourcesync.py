"""The dataset for ResourceSync (ANSI/NISO Z39.99-2017): what there is, and what changed."""

from functools import lru_cache

from flask import Blueprint, Response

from server.compile.dumps import FOLDER
from server.problems import Problem
from server.rdf.formats import NQUADS
from server.rdf.iris import document_iri, uri_of
from server.release.changes import DELETE, PACKAGE, Changes
from server.release.reader import Release
from server.release.resource_lists import Item, document
from server.site.discovery import XML
from server.site.responses import respond, services

blueprint = Blueprint("resourcesync", __name__)

_CHANGES = {"Create": "created", "Update": "updated", "Delete": "deleted"}


@blueprint.get("/.well-known/resourcesync")
def source() -> Response:
    """Answer with the source description (section 7)."""
    base = services().release.base
    items = [(f"{base}resourcesync/capabilitylist.xml", {"capability": "capabilitylist"})]
    return respond(document("description", items, {"describedby": f"{base}catalog"}), XML)


_CAPABILITY = "<any(capabilitylist, resourcedump, resourcelist, changelist):capability>.xml"


@blueprint.get(f"/{_CAPABILITY}")  # where clients look that are given the address of the site
@blueprint.get(f"/resourcesync/{_CAPABILITY}")
@blueprint.get("/resourcesync/<any(resourcelist, changelist):capability>-<int:number>.xml")
def capability(capability: str, number: int = 0) -> Response:
    """Answer with the list of a capability, with one part of it, or with an index of parts."""
    release = services().release
    if capability == "capabilitylist":
        return respond(_capabilities(release.base), XML)
    if capability == "resourcedump":
        return respond(_packages(release), XML)
    return respond(_part(capability, release, number, services().page_sizes[capability]), XML)


def _capabilities(base: str) -> bytes:
    """Return the capability list (section 8)."""
    names = ("resourcelist", "resourcedump", "changelist")
    items = [(f"{base}resourcesync/{n}.xml", {"capability": n}) for n in names]
    links = {"up": f"{base}.well-known/resourcesync", "describedby": f"{base}catalog"}
    return document("capabilitylist", items, links)


def _packages(release: Release) -> bytes:
    """Return the list of packages: the one that holds every document (section 10)."""
    name, manifest = f"{FOLDER}/{PACKAGE}", release.manifest
    described = {
        "type": "application/zip",
        "length": str((release.folder / name).stat().st_size),
        "hash": f"sha-256:{manifest.files[name]}",
        "lastmod": release.made_at,
    }
    items = [(f"{release.base}{FOLDER}/{manifest.release}/{PACKAGE}", described)]
    return document("resourcedump", items, _up(release.base), {"at": release.made_at})


@lru_cache(maxsize=16)
def _part(capability: str, release: Release, number: int, size: int) -> bytes:
    """Return a list, with number 0, or one part of it; a list of several parts is an index."""
    items = _resources(release) if capability == "resourcelist" else _changes(release)
    parts = [items[start : start + size] for start in range(0, len(items), size)] or [[]]
    links, address = _up(release.base), f"{release.base}resourcesync/{capability}"
    if number > len(parts) or (number and len(parts) == 1):
        raise Problem(404, f"There is no part {number} of this list; see {address}.xml.")
    times = [_times(capability, release, part, n < len(parts)) for n, part in enumerate(parts, 1)]
    if number:
        links["index"] = f"{address}.xml"
        return document(capability, parts[number - 1], links, times[number - 1])
    whole = _times(capability, release, items, closed=False)
    if len(parts) == 1:
        return document(capability, items, links, whole)
    index = [(f"{address}-{n}.xml", part_times) for n, part_times in enumerate(times, 1)]
    return document(capability, index, links, whole, index=True)


def _times(capability: str, release: Release, items: list[Item], closed: bool) -> dict[str, str]:
    """Return of when a list of resources is; of changes, the first and, once closed, the last."""
    if capability == "resourcelist":
        return {"at": release.made_at}
    times = [attributes["datetime"] for _, attributes in items] or [release.made_at]
    return {"from": times[0], **({"until": times[-1]} if closed else {})}


def _resources(release: Release) -> list[Item]:
    """Return all resources, each with the hash of its bytes (section 9)."""
    modified = Changes(release.folder).modified()
    return [
        (_address(iri, release.base), size | {"lastmod": modified.get(iri, release.made_at)})
        for iri, size in _sizes(release).items()
    ]


def _changes(release: Release) -> list[Item]:
    """Return all changes on record, oldest first (section 12).

    The last one that leaves a resource in being has its hash.
    """
    log, sizes = Changes(release.folder), _sizes(release)
    activities = log.after(0, log.count())
    last = {activity.iri: activity.position for activity in activities}
    items: list[Item] = []
    for a in activities:
        is_current = last[a.iri] == a.position and a.kind != DELETE
        attributes = {"lastmod": a.issued, "change": _CHANGES[a.kind], "datetime": a.issued}
        attributes |= sizes.get(a.iri, {}) if is_current else {}
        items.append((_address(a.iri, release.base), attributes))
    # What is gone and not on record yet must not be asked for.
    told = {"lastmod": release.made_at, "change": "deleted", "datetime": release.made_at}
    gone = (iri for iri, _, kind, _ in log.withdrawn() if kind != DELETE)
    return items + [(_address(iri, release.base), told) for iri in gone]


def _sizes(release: Release) -> dict[str, dict[str, str]]:
    """Return hash, length and type of the document of each resource."""
    kind = NQUADS.media_type
    return {
        s.iri: {"hash": f"sha-256:{s.sha256}", "length": str(s.length), "type": kind}
        for s in Changes(release.folder).sizes()
    }


def _up(base: str) -> dict[str, str]:
    return {"up": f"{base}resourcesync/capabilitylist.xml"}


def _address(iri: str, base: str) -> str:
    return uri_of(document_iri(iri, base, ".nq"))
