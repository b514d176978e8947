"""Search: result pages that are URLs, as HTML and JSON; suggestions as one types (OpenSearch)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.pages import kinds
from server.pages.release_graph import Thing
from server.problems import Problem
from server.rdf.formats import HTML, JSON, Format
from server.release.reader import Release
from server.release.text_search import FACETS, Hit, Index, Result, fold, marked, telling, words
from server.site import ask, lists
from server.site.parameters import parameters
from server.site.responses import negotiate, render_xml, respond, respond_page, services

blueprint = Blueprint("search", __name__)

SUGGESTIONS = Format("suggestions", "application/x-suggestions+json", "Suggestions", "table")
DESCRIPTION = Format("xml", "application/opensearchdescription+xml", "OpenSearch", "table")
HITS_ON_A_PAGE, MAX_SUGGESTIONS = 20, 8


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
    start = (page - 1) * HITS_ON_A_PAGE
    result = index(release).find(query, narrowed, HITS_ON_A_PAGE, start)
    whole = bool(result.total or (narrowed and index(release).find(query, {}, 1).total))
    if not whole:
        result = index(release).find(query, narrowed, HITS_ON_A_PAGE, start, some=True)
    if page > 1 and not result.hits:
        raise Problem(404, f"This search has no page {page}.")
    asked = {"q": query, **narrowed}
    mended = "" if whole else index(release).mended(query)
    if fmt is JSON:
        some = {"allWords": False} if result.total and not whole else {}
        return respond(_data(release, asked, page, result, mended) | some, JSON)
    values = [value for counts in result.facets.values() for value, _ in counts]
    labels = release.labels([*values, *asked.values()]) | _kinds(release, result.hits)
    sought = words(query) if whole else telling(query)
    return respond_page(
        "search.html",
        asked=asked,
        asked_for=query,
        question=ask.offer(query) if page == 1 else "",
        narrowed=narrowed,
        result=result,
        labels=labels,
        states=_states(query) if page == 1 else [],
        whole=whole,
        marked=lambda text: marked(text, sought),
        mended=mended,
        # Those that are still open.
        facets={k: v for k, v in result.facets.items() if k not in asked and len(v) > 1},
        number=page,
        pages=-(-result.total // HITS_ON_A_PAGE),
        url=lambda asked: "/search?" + urlencode(asked),
    )


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """Answer with names, or a question, that a query may become (OpenSearch Suggestions 1.1)."""
    release, query = services().release, parameters()["q"].strip()
    hits = index(release).find(query, {}, MAX_SUGGESTIONS).hits
    said = _kinds(release, hits)
    suggestions = [(h.label, said.get(h.type, ""), h.iri) for h in hits]
    if question := ask.offer(query):
        suggestions.insert(
            0, (question, "question", f"{release.base}ask?{urlencode({'q': query})}")
        )
    answer = [query, *(zip(*suggestions, strict=True) if suggestions else ([], [], []))]
    return respond(answer, SUGGESTIONS)


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """Describe the search to browsers (OpenSearch 1.1)."""
    return respond(render_xml("opensearch.xml"), DESCRIPTION)


def _data(
    release: Release, asked: Mapping[str, str], page: int, result: Result, mended: str
) -> dict[str, Any]:
    said = _kinds(release, result.hits)
    hits = [
        {"iri": h.iri, "label": h.label, "type": h.type, "kind": said.get(h.type), "text": h.text}
        for h in result.hits
    ]
    facets = {name: dict(counts) for name, counts in result.facets.items()}
    document = {"asked": asked, "total": result.total, "page": page, "hits": hits}
    return document | {"facets": facets} | ({"didYouMean": mended} if mended else {})


def _kinds(release: Release, hits: Iterable[Hit]) -> dict[str, str]:
    """Return what classes are called: those of hits, and those whose names would puzzle."""
    return {**release.labels(hit.type for hit in hits), **kinds.names(release, "classes")}


def _states(query: str) -> list[Thing]:
    """Return the States that a query names, where these can be compared: two to five."""
    named, pattern = _names_of_states(services().release)
    found = pattern.findall(fold(query)) if named else []
    chosen = {named[name].iri: named[name] for name in found}
    return [*chosen.values()] if 2 <= len(chosen) <= 5 else []


@lru_cache(maxsize=4)
def _names_of_states(release: Release) -> tuple[dict[str, Thing], re.Pattern[str]]:
    """Return the States by their folded names, and what finds these in a folded text."""
    states = lists.members(release, "states")
    named = {fold(n): s for s in states for n in (s.label, *s.all("skos:altLabel"))}
    longest_first = "|".join(sorted(map(re.escape, filter(None, named)), key=len, reverse=True))
    return named, re.compile(rf"\b(?:{longest_first})\b")
