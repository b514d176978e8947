"""How programs find their way: robots.txt, sitemaps, lists of interfaces and of our terms.

ResourceSync (ANSI/NISO Z39.99-2017) tells them what there is, and what changed.
"""

import json
from functools import lru_cache

from flask import Blueprint, Response, render_template

from server.compile.dumps import FOLDER
from server.pages.release_graph import graph_for
from server.problems import Problem
from server.rdf.formats import JSON, JSONLD, NQUADS, Format
from server.rdf.iris import document_iri, uri_of
from server.rdf.jsonld import context
from server.rdf.vocabulary import prefixes
from server.release.changes import DELETE, PACKAGE, Changes
from server.release.reader import Release
from server.release.resource_lists import Item, document
from server.site import lists
from server.site.responses import render_xml, respond, services
from server.site.signposting import LINKSET_JSON

blueprint = Blueprint("discovery", __name__)

XML = Format("xml", "application/xml", "XML", "sitemap")
PLAIN = Format("txt", "text/plain", "text", "text")
# RFC 9727 section 4.1: a link set that says by its profile that it lists interfaces.
API_CATALOG = Format(
    "json", LINKSET_JSON.media_type, "api-catalog", "links",
    profile="https://www.rfc-editor.org/info/rfc9727",
)  # fmt: skip


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots what to leave alone: questions, whose number has no end."""
    return respond(render_xml("harvest_robots.txt", lists=lists.LISTINGS), PLAIN)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """Tell language models what this is and where its data are."""
    return respond(render_xml("harvest_llms.txt"), PLAIN)


@blueprint.get("/sitemap.xml")
def sitemap_index() -> Response:
    """List the sitemaps (sitemaps.org, protocol 0.9)."""
    release = services().release
    latest = max(Changes(release.folder).modified().values(), default=release.made_at)
    sitemaps = [f"{release.base}sitemap/{n}.xml" for n in range(1, _count_sitemaps() + 1)]
    return respond(render_xml("sitemap.xml", sitemaps=sitemaps, latest=latest), XML)


@blueprint.get("/sitemap/<int:number>.xml")
def sitemap(number: int) -> Response:
    """List the pages of a part of all resources, each with its forms as data."""
    release = services().release
    if not 1 <= number <= _count_sitemaps():
        raise Problem(404, f"There is no sitemap {number}; see {release.base}sitemap.xml.")
    return respond(_sitemap(release, number, services().page_sizes["sitemap"]), XML)


def _count_sitemaps() -> int:
    return -(-services().release.manifest.resources // services().page_sizes["sitemap"])


@lru_cache(maxsize=64)
def _sitemap(release: Release, number: int, size: int) -> str:
    modified, made = Changes(release.folder).modified(), release.made_at
    iris = release.iris()[(number - 1) * size : number * size]
    urls = [(uri_of(document_iri(iri, release.base)), modified.get(iri, made)) for iri in iris]
    return render_xml("sitemap.xml", urls=urls)


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """List the interfaces of this site as a link set (RFC 9727)."""
    base = uri_of(services().release.base)
    text = render_template("api_catalog.json", base=base)
    return respond(text, API_CATALOG, [f'<{base}.well-known/api-catalog>; rel="api-catalog"'])


@blueprint.get("/context.jsonld")
def json_ld_context() -> Response:
    """Answer with the context that compacted documents take theirs from."""
    release = services().release
    return respond(context(prefixes(release.base), release.coercions), JSONLD)


@blueprint.get("/vocabulary.json")
def vocabulary() -> Response:
    """List the prefixes and terms of the ontology, each with label, definition and kind."""
    return respond(_vocabulary(services().release), JSON)


@lru_cache(maxsize=4)
def _vocabulary(release: Release) -> str:
    kinds = {"Class": "class", "ObjectProperty": "property", "DatatypeProperty": "property"}
    start = f"{release.base}def/"
    terms = [
        {
            "name": f"sl:{term.iri.removeprefix(start)}",
            "label": term.label,
            "definition": term.one("skos:definition"),
            "kind": kind,
        }
        for name, kind in kinds.items()
        for term in graph_for(release).of_type(f"owl:{name}")
        if term.iri.startswith(start)
    ]
    document = {"prefixes": prefixes(release.base), "terms": sorted(terms, key=lambda t: t["name"])}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


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
