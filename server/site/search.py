"""Search: result pages that are URLs, as HTML and JSON; suggestions as one types (OpenSearch)."""

import json
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from server.problems import Problem
from server.rdf.formats import HTML, JSON, Format
from server.rdf.iris import path_of
from server.release.reader import Release
from server.release.text_search import FACETS, Index, Result
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("search", __name__)

SUGGESTIONS = Format("suggestions", "application/x-suggestions+json", "Suggestions", "table")
DESCRIPTION = Format("xml", "application/opensearchdescription+xml", "OpenSearch", "table")
MOST_LETTERS, ON_A_PAGE, SUGGESTED, VALUES = 200, 20, 8, 12


@lru_cache(maxsize=4)
def _index(release: Release) -> Index:
    return Index(release.folder)


@blueprint.get("/search")
def search() -> Response:
    """Show what a query finds, narrowed by facets, one page at a time."""
    release = services().release
    fmt = negotiate((HTML, JSON))
    query, number = _query(), _number()
    narrowed = {name: request.args[name] for name in FACETS if request.args.get(name)}
    found = _index(release).find(query, narrowed, ON_A_PAGE, (number - 1) * ON_A_PAGE)
    if number > 1 and not found.hits:
        raise Problem(404, f"This search has no page {number}.")
    asked = {"q": query, **narrowed}
    if fmt is JSON:
        return respond(_json(release, asked, number, found), JSON)
    return respond(_html(release, asked, number, found), HTML)


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """Answer with names that a query may become (OpenSearch Suggestions 1.1)."""
    release, query = services().release, _query()
    hits = _index(release).find(query, {}, SUGGESTED).hits
    kinds = release.labels(hit.type for hit in hits)
    answer = [
        query,
        [hit.label for hit in hits],
        [kinds.get(hit.type, "") for hit in hits],
        [hit.iri for hit in hits],
    ]
    return respond(json.dumps(answer, ensure_ascii=False), SUGGESTIONS, vary=())


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Describe the search to browsers (OpenSearch 1.1)."""
    release = services().release
    body = render_template("opensearch.xml", base=release.base)
    return respond(body, DESCRIPTION, vary=())


def _query() -> str:
    query = request.args.get("q", "").strip()
    if len(query) > MOST_LETTERS:
        raise Problem(400, f"q has {len(query)} letters; {MOST_LETTERS} are allowed.")
    return query


def _number() -> int:
    text = request.args.get("page", "1")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 10**6:
        raise Problem(400, f"page is {text[:50]!r}; it takes a whole number from 1.")
    return int(text[:9])


def _json(release: Release, asked: dict[str, str], number: int, found: Result) -> str:
    kinds = release.labels(hit.type for hit in found.hits)
    hits = [
        {"iri": h.iri, "label": h.label, "type": h.type, "kind": kinds.get(h.type), "text": h.text}
        for h in found.hits
    ]
    document = {"asked": asked, "total": found.total, "page": number, "hits": hits}
    facets = {name: dict(counts) for name, counts in found.facets.items()}
    return json.dumps(document | {"facets": facets}, ensure_ascii=False, indent=2)


def _html(release: Release, asked: dict[str, str], number: int, found: Result) -> str:
    values = [value for counts in found.facets.values() for value, _ in counts]
    names = release.labels([*values, *asked.values(), *(h.type for h in found.hits)])
    return render_template(
        "search.html",
        asked_for=asked["q"],
        asked=[(name, _named(name, v, names), _url(asked, name)) for name, v in _facets(asked)],
        hits=[(h, path_of(h.iri, release.base), names.get(h.type, "")) for h in found.hits],
        total=found.total,
        facets=_choices(asked, found, names),
        number=number,
        pages=-(-found.total // ON_A_PAGE),
        turn=lambda page: _url(asked, page=str(page)),
    )


def _facets(asked: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, asked[name]) for name in FACETS if name in asked]


def _choices(asked: dict[str, str], found: Result, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return the facets that are still open, each with its commonest values as links."""
    return [
        {
            "name": name,
            "values": [
                (_named(name, value, names), count, _url(asked, **{name: value}))
                for value, count in counts[:VALUES]
            ],
        }
        for name, counts in found.facets.items()
        if name not in asked and len(counts) > 1
    ]


def _named(facet: str, value: str, names: dict[str, str]) -> str:
    return f"{value}s" if facet == "decade" else names.get(value, value)


def _url(asked: dict[str, str], without: str = "", **more: str) -> str:
    kept = {name: value for name, value in asked.items() if name != without}
    return "/search?" + urlencode(kept | more)
