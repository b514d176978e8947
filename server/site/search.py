"""Search: result pages that are URLs, as HTML and JSON; suggestions as one types (OpenSearch)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.pages.wording import words
from server.problems import Problem
from server.rdf.formats import HTML, JSON, Format
from server.rdf.iris import path_of
from server.release.reader import Release
from server.release.text_search import FACETS, Index, Result, marked
from server.site import ask
from server.site.parameters import parameters
from server.site.responses import negotiate, render_xml, respond, respond_page, services

blueprint = Blueprint("search", __name__)

SUGGESTIONS = Format("suggestions", "application/x-suggestions+json", "Suggestions", "table")
DESCRIPTION = Format("xml", "application/opensearchdescription+xml", "OpenSearch", "table")
HITS_ON_A_PAGE, MAX_SUGGESTIONS, MAX_VALUES = 20, 8, 12


@lru_cache(maxsize=4)
def index(release: Release) -> Index:
    """Return the search index of a release."""
    return Index(release.folder)


@blueprint.get("/search")
def search() -> Response:
    """Show what a query finds, narrowed by facets, one page at a time."""
    release, fmt = services().release, negotiate((HTML, JSON))
    query, page = parameters()["q"].strip(), parameters()["page"]
    narrowed = {name: value for name in FACETS if (value := parameters()[name])}
    if narrowed and not query:
        raise Problem(400, f"{', '.join(narrowed)} narrows a search; the parameter q is missing.")
    result = index(release).find(query, narrowed, HITS_ON_A_PAGE, (page - 1) * HITS_ON_A_PAGE)
    if page > 1 and not result.hits:
        raise Problem(404, f"This search has no page {page}.")
    search = {"q": query, **narrowed}
    mended = "" if result.total else index(release).mended(query)
    if fmt is JSON:
        return respond(_json(release, search, page, result, mended), JSON)
    return _page(release, search, page, result, mended)


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """Answer with names that a query may become (OpenSearch Suggestions 1.1)."""
    release, query = services().release, parameters()["q"].strip()
    hits = index(release).find(query, {}, MAX_SUGGESTIONS).hits
    kinds = release.labels(hit.type for hit in hits)
    columns = zip(*((h.label, kinds.get(h.type, ""), h.iri) for h in hits), strict=True)
    answer = [query, *(columns if hits else ([], [], []))]
    return respond(answer, SUGGESTIONS)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Describe the search to browsers (OpenSearch 1.1)."""
    return respond(render_xml("opensearch.xml", base=services().release.base), DESCRIPTION)


def _json(
    release: Release, search: Mapping[str, str], page: int, result: Result, mended: str
) -> dict[str, Any]:
    kinds = release.labels(hit.type for hit in result.hits)
    hits = [
        {"iri": h.iri, "label": h.label, "type": h.type, "kind": kinds.get(h.type), "text": h.text}
        for h in result.hits
    ]
    facets = {name: dict(counts) for name, counts in result.facets.items()}
    document = {"asked": search, "total": result.total, "page": page, "hits": hits}
    document |= {"facets": facets} | ({"didYouMean": mended} if mended else {})
    return document


def _page(
    release: Release, search: dict[str, str], page: int, result: Result, mended: str
) -> Response:
    values = [value for counts in result.facets.values() for value, _ in counts]
    labels = release.labels([*values, *search.values(), *(hit.type for hit in result.hits)])
    chosen = {name: value for name, value in search.items() if name in FACETS}
    return respond_page(
        "search.html",
        asked_for=search["q"],
        question=ask.offer(search["q"]) if page == 1 else "",
        chosen=[
            (
                name,
                _label(name, value, labels),
                _url({n: v for n, v in search.items() if n != name}),
            )
            for name, value in chosen.items()
        ],
        hits=[
            (hit, path_of(hit.iri, release.base), labels.get(hit.type, "")) for hit in result.hits
        ],
        marked=lambda text: marked(text, search["q"]),
        mended=(mended, _url({"q": mended})) if mended else None,
        total=result.total,
        facets=_open_facets(search, result, labels),
        number=page,
        pages=-(-result.total // HITS_ON_A_PAGE),
        address=_url(search),
    )


def _open_facets(
    search: dict[str, str], result: Result, labels: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the facets that are still open, each with its commonest values as links."""
    return [
        {
            "name": name,
            "values": [
                (_label(name, value, labels), count, _url(search | {name: value}))
                for value, count in counts[:MAX_VALUES]
            ],
        }
        for name, counts in result.facets.items()
        if name not in search and len(counts) > 1
    ]


def _label(facet: str, value: str, labels: Mapping[str, str]) -> str:
    if facet == "decade":
        return f"{value}s"
    return labels.get(value) or (words(value) if value.startswith("http") else value)


def _url(search: Mapping[str, str]) -> str:
    return "/search?" + urlencode(search)
