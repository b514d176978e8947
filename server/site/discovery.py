"""How programs find their way: robots.txt, sitemaps, lists of interfaces and of our terms."""

import json
from functools import lru_cache

from flask import Blueprint, Response, render_template

from server.pages.release_graph import graph_for
from server.problems import Problem
from server.rdf.formats import JSON, JSONLD, Format
from server.rdf.iris import document_iri, uri_of
from server.rdf.jsonld import context
from server.rdf.vocabulary import prefixes
from server.release.changes import Changes
from server.release.reader import Release
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
    text = render_template(
        "harvest_robots.txt", base=services().release.base, lists=lists.listings()
    )
    return respond(text, PLAIN)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """Tell language models what this is and where its data are."""
    text = render_template("harvest_llms.txt", manifest=services().release.manifest)
    return respond(text, PLAIN)


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
