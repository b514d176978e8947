"""Copies of a dataset: from its dump, by following its feed, or by crawling it."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pyoxigraph as ox

from server.rdf.description import describe
from server.rdf.terms import canonical_nquads, graph_of, moved
from server.verify.fetching import RDF, Fetched, Unreachable, fetch, get, unpack
from server.verify.publisher import Download, Offer, parse, parse_as

_CONNECTIONS = 4
_MAX_SITEMAPS = 10_000
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_ALTERNATE = "{http://www.w3.org/1999/xhtml}link"
_ACTIVITIES = "application/activity+json, application/ld+json;q=0.9, application/json;q=0.8"

# The description of each resource.
Copy = dict[str, list[ox.Quad]]


class Entry(NamedTuple):
    """What a feed tells of a resource: where its description is, and its hash if known."""

    url: str
    sha256: str


def state_hash(quads: Collection[ox.Quad]) -> str:
    """Return the SHA-256 of a description in canonical N-Quads (RDFC-1.0).

    A document may state in the default graph too what stands in a named one; that counts once.
    """
    named = [q for q in quads if graph_of(q)]
    return hashlib.sha256(canonical_nquads(named or quads)).hexdigest()


def of_dump(download: Download) -> tuple[list[ox.Quad], list[str]]:
    """Return the statements of a dump, and what its description gets wrong about it.

    Raises Unreachable for one that does not come or cannot be read.
    """
    data = get(download.url, "*/*").body
    faults = []
    if download.size is not None and download.size != len(data):
        faults.append(f"{download.url} has {len(data)} bytes, not {download.size}")
    digest = hashlib.sha256(data).hexdigest()
    if download.sha256 and download.sha256 != digest:
        faults.append(f"{download.url} has the SHA-256 {digest}, not {download.sha256}")
    return parse_as(unpack(data), download.format, download.url), faults


def stated(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return quads without those that a reasoner added."""
    return [q for q in quads if not graph_of(q).endswith("/graph/inferred")]


def published_hashes(url: str) -> dict[str, str]:
    """Return the state hash of each resource, as a table of the publisher's tells it."""
    rows = csv.DictReader(io.StringIO(get(url, "text/csv").body.decode("utf-8")))
    return {row["iri"]: row["sha256"] for row in rows}


def follow(url: str) -> dict[str, Entry]:
    """Return what an ActivityStreams collection leaves in being, by IRI.

    Pages are read from the first to the last and each activity is applied in its order
    (ActivityStreams 2.0 Core, section 5; IIIF Change Discovery 1.0).
    """
    entries: dict[str, Entry] = {}
    page, seen = _id(_json(url).get("first")), set[str]()
    while page and page not in seen:
        seen.add(page)
        document = _json(page)
        for activity in document.get("orderedItems", []):
            _apply(entries, activity)
        page = _id(document.get("next"))
    return entries


def _apply(entries: dict[str, Entry], activity: dict[str, Any]) -> None:
    target = activity.get("object")
    iri = _id(target)
    if activity.get("type") in ("Delete", "Remove"):
        entries.pop(iri, None)
    elif iri and activity.get("type") in ("Create", "Update", "Add"):
        link = target.get("url") if isinstance(target, dict) else None
        url = link.get("href", "") if isinstance(link, dict) else str(link or "")
        entries[iri] = Entry(url or iri, str(activity.get("sha256", "")))


def _json(url: str) -> dict[str, Any]:
    try:
        document = json.loads(get(url, _ACTIVITIES).body)
    except ValueError as error:
        raise Unreachable(f"<{url}> is not JSON: {error}") from None
    return document if isinstance(document, dict) else {}


def _id(value: object) -> str:
    return str(value.get("id", "")) if isinstance(value, dict) else str(value or "")


def sitemap(url: str) -> list[str]:
    """Return the addresses of a sitemap or of all that an index lists: data rather than pages."""
    todo, seen, addresses = [url], set[str](), dict[str, None]()
    while todo and len(seen) < _MAX_SITEMAPS:
        place = todo.pop(0)
        if place in seen:
            continue
        seen.add(place)
        try:
            root = ET.fromstring(get(place, "application/xml").body)  # noqa: S314 - expat bounds it
        except ET.ParseError as error:
            raise Unreachable(f"<{place}> is not XML: {error}") from None
        todo += [e.text or "" for e in root.iterfind(f"{_SITEMAP}sitemap/{_SITEMAP}loc")]
        addresses.update(dict.fromkeys(_data(e) for e in root.iterfind(f"{_SITEMAP}url")))
    return [address for address in addresses if address]


def _data(entry: ET.Element) -> str:
    for link in entry.iterfind(_ALTERNATE):
        if link.get("type") in ("text/turtle", "application/rdf+xml", "application/n-quads"):
            return link.get("href", "")
    return entry.findtext(f"{_SITEMAP}loc", "")


def addresses(
    offer: Offer, feed: Mapping[str, Entry], known: Iterable[str]
) -> Iterator[tuple[str, str]]:
    """Yield each resource with its address: as a feed tells, or else the sitemap or a dump.

    The IRI is "" where its document has to tell it.
    """
    if feed:
        yield from ((iri, entry.url) for iri, entry in feed.items())
    elif offer.sitemap:
        yield from (("", address) for address in sitemap(offer.sitemap))
    else:
        yield from ((iri, iri) for iri in known)


def fetched(addresses: Iterable[tuple[str, str]]) -> tuple[Copy, dict[str, str]]:
    """Return the description of each resource from its address, and why some did not come."""
    copy: Copy = {}
    failed: dict[str, str] = {}
    with ThreadPoolExecutor(_CONNECTIONS) as threads:
        for iri, quads, fault in threads.map(_fetch_one, addresses):
            if fault:
                failed[iri] = fault
            else:
                copy[iri] = quads
    return copy, failed


def _fetch_one(pair: tuple[str, str]) -> tuple[str, list[ox.Quad], str]:
    iri, address = pair
    try:
        answer = fetch(address, RDF)
    except Unreachable as error:
        return iri or address, [], str(error)
    if answer.status != 200:
        return iri or address, [], f"status {answer.status}"
    name = iri or _described(answer)
    quads = describe(parse(answer), name).get(name, []) if name else []
    return name or address, quads, "" if quads else "its document does not describe it"


def _described(answer: Fetched) -> str:
    """Return the resource that a document says it is about (RFC 6892: the relation describes)."""
    match = re.search(r'<([^>]*)>\s*;\s*rel="?describes"?', answer.link)
    return match[1] if match else ""


def canonical(quads: Iterable[ox.Quad], offer: Offer) -> list[ox.Quad]:
    """Return quads with canonical IRIs.

    A publisher that serves other IRIs names its dataset by both: they differ by what its two
    names begin with.
    """
    served, lasting = offer.dataset, offer.identifier
    if "://" not in lasting or served == lasting:
        return list(quads)
    old, new = served.split("/"), lasting.split("/")
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    start, lasting_start = "/".join([*old, ""]), "/".join([*new, ""])

    def move(iri: str) -> str:
        return lasting_start + iri.removeprefix(start) if iri.startswith(start) else iri

    return [moved(q, move) for q in quads]
