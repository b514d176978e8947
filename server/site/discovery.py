"""How robots find their way: robots.txt, sitemaps, the list of interfaces, and llms.txt."""

import json
from collections.abc import Iterable
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, Response, render_template

from server.problems import Problem
from server.rdf.formats import Format
from server.rdf.iris import document_iri, uri_of
from server.release.changes import Changes
from server.release.reader import Release
from server.site.responses import respond, services
from server.site.signposting import LINKSET_JSON, Target, as_json

blueprint = Blueprint("discovery", __name__)

XML = Format("xml", "application/xml", "XML", "sitemap")
PLAIN = Format("txt", "text/plain", "text", "text")
# RFC 9727 section 4.1: a link set that says by its profile that it lists interfaces.
API_CATALOG = Format(
    "json", LINKSET_JSON.media_type, "api-catalog", "links",
    profile="https://www.rfc-editor.org/info/rfc9727",
)  # fmt: skip
PAGE = 2000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_ALTERNATES = ("ttl", "text/turtle"), ("jsonld", "application/ld+json")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots what to leave alone: questions, whose number has no end."""
    release = services().release
    body = render_template("harvest_robots.txt", base=release.base)
    return _plain(body, PLAIN)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """Tell language models what this is and where its data are."""
    body = render_template("harvest_llms.txt", manifest=services().release.manifest)
    return _plain(body, PLAIN)


@blueprint.get("/sitemap.xml")
def sitemap_index() -> Response:
    """List the sitemaps (sitemaps.org, protocol 0.9)."""
    release = services().release
    pages = -(-release.manifest.resources // PAGE)
    latest = max(Changes(release.folder).modified().values(), default=release.made_at)
    entries = (
        f"<sitemap><loc>{escape(release.base)}sitemap/{n}.xml</loc><lastmod>{latest}</lastmod>"
        "</sitemap>"
        for n in range(1, pages + 1)
    )
    return _plain(_document("sitemapindex", entries), XML)


@blueprint.get("/sitemap/<int:number>.xml")
def sitemap(number: int) -> Response:
    """List the pages of a part of all resources, each with its forms as data."""
    release = services().release
    if not 1 <= number <= -(-release.manifest.resources // PAGE):
        raise Problem(404, f"There is no sitemap {number}; see {release.base}sitemap.xml.")
    return _plain(_part(release, number), XML)


@lru_cache(maxsize=64)
def _part(release: Release, number: int) -> str:
    modified, made = Changes(release.folder).modified(), release.made_at
    iris = release.iris()[(number - 1) * PAGE : number * PAGE]
    return _document("urlset", (_url(iri, release.base, modified.get(iri, made)) for iri in iris))


def _url(iri: str, base: str, changed: str) -> str:
    alternates = "".join(
        f'<xhtml:link rel="alternate" type="{media_type}" '
        f"href={quoteattr(uri_of(document_iri(iri, base, '.' + key)))}/>"
        for key, media_type in _ALTERNATES
    )
    loc = escape(uri_of(document_iri(iri, base, ".html")))
    return f"<url><loc>{loc}</loc><lastmod>{changed}</lastmod>{alternates}</url>"


def _document(root: str, entries: Iterable[str]) -> str:
    names = f'xmlns="{_SITEMAP}" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    body = "\n".join(entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} {names}>\n{body}\n</{root}>\n'


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """List the interfaces of this site as a link set (RFC 9727)."""
    base = services().release.base
    here = f"{base}.well-known/api-catalog"
    sets = [(here, [Target(base + path, "item") for path in _INTERFACES])]
    sets += [
        (base + path, [Target(base + to, rel, kind) for to, rel, kind in links])
        for path, links in _INTERFACES.items()
    ]
    links = [f'<{here}>; rel="api-catalog"']  # which an answer to HEAD must have (section 2)
    return respond(json.dumps(as_json(sets), indent=1), API_CATALOG, links, vary=())


_INTERFACES = {
    "sparql": [
        ("sparql", "service-desc", "text/turtle"),
        ("sparql", "service-doc", "text/html"),
        (".well-known/void", "service-meta", "text/turtle"),
    ],
    "reconcile": [("reconcile", "service-desc", "application/json")],
    "status": [("status", "service-doc", "text/html")],
    "changes": [("changes", "service-desc", "application/activity+json")],
    "ldes": [("ldes", "service-desc", "text/turtle")],
    ".well-known/resourcesync": [(".well-known/resourcesync", "service-desc", "application/xml")],
    "catalog": [
        ("catalog.ttl", "service-meta", "text/turtle"),
        ("catalog.html", "service-doc", "text/html"),
    ],
}


def _plain(body: str, fmt: Format) -> Response:
    return respond(body, fmt, vary=())
