"""Copies of a dataset: from its dump, by following its feed, or by crawling it."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree as ET

import pyoxigraph as ox

from server.rdf.description import describe as descriptions
from server.rdf.terms import canonical_nquads, moved
from server.verify.fetching import RDF, Fetched, Unreachable, fetch, get, unpack
from server.verify.publisher import Download, Offer, parse, parse_as

_CLIENTS = 4
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_ALTERNATE = "{http://www.w3.org/1999/xhtml}link"
_MOST_MAPS = 10_000

Copy = dict[str, list[ox.Quad]]


def state(quads: Iterable[ox.Quad]) -> str:
    """Return the SHA-256 of a description in canonical N-Quads (RDFC-1.0)."""
    return hashlib.sha256(canonical_nquads(quads)).hexdigest()


def of_dump(download: Download) -> tuple[list[ox.Quad], list[str]]:
    """Return the statements of a dump, and what its description gets wrong about it."""
    data = get(download.url, "*/*").body
    faults = []
    if download.size is not None and download.size != len(data):
        faults.append(f"{download.url} has {len(data)} bytes, not {download.size}")
    digest = hashlib.sha256(data).hexdigest()
    if download.sha256 and download.sha256 != digest:
        faults.append(f"{download.url} has the SHA-256 {digest}, not {download.sha256}")
    return parse_as(unpack(data), download.format, download.url), faults


def resources(quads: Iterable[ox.Quad], space: str, left_out: str = "/graph/inferred") -> Copy:
    """Return the description of each resource in `space`, of what is stated."""
    stated = [q for q in quads if not str(q.graph_name).rstrip(">").endswith(left_out)]
    return descriptions(stated, space)


def index(url: str) -> dict[str, str]:
    """Return the published state hash of each resource."""
    rows = csv.DictReader(io.StringIO(get(url, "text/csv").body.decode("utf-8")))
    return {row["iri"]: row["sha256"] for row in rows}


def follow(url: str) -> dict[str, dict[str, str]]:
    """Return what an ActivityStreams collection leaves in being: IRI, address and hash of each.

    Pages are read from the first to the last and each activity is applied in its order
    (ActivityStreams 2.0 Core, section 5; IIIF Change Discovery 1.0).
    """
    collection = _json(url)
    found: dict[str, dict[str, str]] = {}
    page, seen = _id(collection.get("first")), set[str]()
    while page and page not in seen:
        seen.add(page)
        document = _json(page)
        for activity in document.get("orderedItems", []):
            _apply(found, activity)
        page = _id(document.get("next"))
    return found


def _apply(found: dict[str, dict[str, str]], activity: dict[str, Any]) -> None:
    about = activity.get("object")
    iri = _id(about)
    if activity.get("type") in ("Delete", "Remove"):
        found.pop(iri, None)
    elif iri and activity.get("type") in ("Create", "Update", "Add"):
        link = about.get("url") if isinstance(about, dict) else None
        url = link.get("href", "") if isinstance(link, dict) else str(link or "")
        found[iri] = {"url": url or iri, "sha256": str(activity.get("sha256", ""))}


def _json(url: str) -> dict[str, Any]:
    body = get(url, "application/activity+json, application/ld+json;q=0.9, application/json;q=0.8")
    try:
        found = json.loads(body.body)
    except ValueError as error:
        raise Unreachable(f"<{url}> is not JSON: {error}") from None
    return found if isinstance(found, dict) else {}


def _id(value: object) -> str:
    return str(value.get("id", "")) if isinstance(value, dict) else str(value or "")


def sitemap(url: str) -> list[str]:
    """Return the addresses of a sitemap or of all that an index lists: data rather than pages."""
    todo, found, seen = [url], dict[str, None](), set[str]()
    while todo and len(seen) < _MOST_MAPS:
        place = todo.pop(0)
        if place in seen:
            continue
        seen.add(place)
        try:
            root = ET.fromstring(get(place, "application/xml").body)  # noqa: S314 - expat bounds it
        except ET.ParseError as error:
            raise Unreachable(f"<{place}> is not XML: {error}") from None
        todo += [e.text or "" for e in root.iterfind(f"{_SITEMAP}sitemap/{_SITEMAP}loc")]
        found.update(dict.fromkeys(_data(e) for e in root.iterfind(f"{_SITEMAP}url")))
    return [address for address in found if address]


def _data(entry: ET.Element) -> str:
    for link in entry.iterfind(_ALTERNATE):
        if link.get("type") in ("text/turtle", "application/rdf+xml", "application/n-quads"):
            return link.get("href", "")
    return entry.findtext(f"{_SITEMAP}loc", "")


def fetched(addresses: Iterable[tuple[str, str]]) -> tuple[Copy, dict[str, str]]:
    """Return the description of each resource from its address, and why some did not come.

    A pair is the IRI of a resource, or "" where its document has to tell it, and an address.
    """
    copy: Copy = {}
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(_CLIENTS) as clients:
        for iri, own, fault in clients.map(_one, addresses):
            if fault:
                failed[iri] = fault
            else:
                copy[iri] = own
    return copy, failed


def _one(pair: tuple[str, str]) -> tuple[str, list[ox.Quad], str]:
    iri, address = pair
    try:
        found = fetch(address, RDF)
    except Unreachable as error:
        return iri or address, [], str(error)
    if found.status != 200:
        return iri or address, [], f"status {found.status}"
    name = iri or _described(found)
    own = descriptions(parse(found), name).get(name, []) if name else []
    return name or address, own, "" if own else "its document does not describe it"


def _described(found: Fetched) -> str:
    """Return the resource that a document says it is about (RFC 6892: the relation describes)."""
    for value in found.headers.get_all("Link", []):
        if match := re.search(r'<([^>]*)>\s*;\s*rel="?describes"?', value):
            return match[1]
    return ""


def addresses(
    offer: Offer, told: Mapping[str, Mapping[str, str]], known: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield each resource with its address: as a feed told, or else the sitemap or a dump."""
    if told:
        yield from ((iri, about["url"]) for iri, about in told.items())
    elif offer.sitemap:
        yield from (("", address) for address in sitemap(offer.sitemap))
    else:
        yield from ((iri, iri) for iri in known)


def canonical(quads: Iterable[ox.Quad], offer: Offer) -> list[ox.Quad]:
    """Return quads with the canonical IRIs that the dataset's two names differ by."""
    served, lasting = offer.dataset, offer.identifier
    if "://" not in lasting or served == lasting:
        return list(quads)
    old, new = served.split("/"), lasting.split("/")
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return [
        moved(q, lambda iri: _moved(iri, "/".join(old) + "/", "/".join(new) + "/")) for q in quads
    ]


def _moved(iri: str, old: str, new: str) -> str:
    return new + iri[len(old) :] if iri.startswith(old) else iri
