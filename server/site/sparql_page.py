"""The page of the SPARQL endpoint: the query, its result or what is wrong with it, for people."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from flask import Response

from server.http.message import CACHE_CONTROL
from server.pages.wording import curie
from server.problems import Problem
from server.rdf.formats import HTML
from server.rdf.iris import path_of
from server.rdf.vocabulary import graph_iri, prefixes
from server.release.reader import Release
from server.site import question_pages
from server.site.query_hints import hints
from server.site.responses import respond_page, services
from server.sparql.request import QueryRequest, unknown_graphs
from server.sparql.result_formats import MAX_PAGE_BYTES, offers
from server.sparql.spool import Result

ROWS_ON_A_PAGE, CELLS_ON_A_PAGE = 1000, 30_000
_MAX_COUNTED = 10_000  # rows; to count more takes too long
_FIRST = """SELECT ?treaty ?label ?inForce {
  ?treaty a sl:Treaty ;
    rdfs:label ?label ;
    sl:entryIntoForceDate ?inForce .
}
ORDER BY ?inForce"""
_GAP = re.compile(r"\s*,?\s*")


def form() -> Response:
    """Return the page before anything is asked."""
    return _page(CACHE_CONTROL, query=_FIRST)


def result(request: QueryRequest, result: Result, warning: str | None) -> Response:
    """Return the page of a result, or of its beginning where it is long.

    `warning` is the header that names graphs of the dataset which are not here.
    """
    shown = {"SELECT": _table, "ASK": _answer}.get(request.form, _graph)(result)
    dataset: dict[str, Any] = {
        "timeout": request.timeout or [],
        "default-graph-uri": request.default_graphs,
        "named-graph-uri": request.named_graphs,
    }
    # One address for the page and each format: with the same dataset and deadline.
    parameters = urlencode({"query": request.query, **dataset}, doseq=True)
    response = _page(
        "",
        query=request.query,
        asked=True,
        hints=hints(services().release, request.query),
        formats=[f for f in offers(request) if f is not HTML],
        unknown=unknown_graphs(request, _graphs()),
        address=f"{services().release.base}sparql?{parameters}",
        **shown,
    )
    if warning:
        response.headers["Unknown-Graph"] = warning
    if "cut" in shown:
        response.headers["Result-Cut"] = shown["cut"]
    return response


def _graphs() -> list[str]:
    manifest = services().release.manifest
    return [graph_iri(name, manifest.base) for name in manifest.graphs]


def fault(query: str, problem: Problem) -> Response:
    """Return the page of a query that failed: nobody shall lose what was typed."""
    response = _page("", query=query, problem=problem)
    response.status_code = problem.status
    response.headers.extend(problem.headers)
    return response


def _page(cache_control: str, **shown: Any) -> Response:
    # Title and address of each competency question, as a query to start from.
    examples = [(q.title, question_pages.address(q)) for q in question_pages.all_questions()]
    declared = prefixes(services().release.base)
    return respond_page(
        "sparql.html", ("Accept",), cache_control, prefixes=declared, examples=examples, **shown
    )


def _answer(result: Result) -> dict[str, Any]:
    return {"answer": json.loads(result.read())["boolean"]}


def _graph(result: Result) -> dict[str, Any]:
    text = result.read().decode(errors="ignore")
    if result.whole:
        return {"graph": text}
    return {
        "graph": text[: text.rfind("\n") + 1],
        "cut": f"the first {MAX_PAGE_BYTES} bytes",
    }


def _table(result: Result) -> dict[str, Any]:
    variables, rows = rows_of(result.read().decode(errors="ignore"), _MAX_COUNTED + 1)
    whole = result.whole and len(rows) <= _MAX_COUNTED
    shown = rows[: min(ROWS_ON_A_PAGE, CELLS_ON_A_PAGE // max(1, len(variables)) or 1)]
    release = services().release
    labels = release.labels(t["value"] for r in shown for t in r.values() if t["type"] == "uri")
    table = {
        "variables": variables,
        "rows": [[_cell(r.get(v, {}), release, labels) for v in variables] for r in shown],
        "count": len(rows) if whole else None,
    }
    if whole and len(shown) == len(rows):
        return table
    total = f"{len(rows)}" if whole else "more"
    return table | {"cut": f"the first {len(shown)} of {total} rows"}


def rows_of(text: str, most: int) -> tuple[list[str], list[dict[str, dict[str, str]]]]:
    """Return variables and up to `most` rows of SPARQL results in JSON, those whole in `text`."""
    decoder = json.JSONDecoder()
    rows: list[dict[str, dict[str, str]]] = []
    variables = re.search(r'"vars"\s*:\s*(\[[^\]]*\])', text)
    start = re.search(r'"bindings"\s*:\s*\[\s*', text)
    at = start.end() if start else len(text)
    while text[at : at + 1] == "{" and len(rows) < most:
        try:
            row, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        rows.append(row)
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
    return (json.loads(variables[1]) if variables else []), rows


def _cell(term: dict[str, Any], release: Release, labels: dict[str, str]) -> dict[str, str]:
    """Return a term as a cell: IRIs of this site link to their pages, other web IRIs out."""
    value = term.get("value", "")
    if term.get("type") == "triple":
        parts = (value[part] for part in ("subject", "predicate", "object"))
        return {"text": f"<<( {' '.join(_cell(p, release, labels)['text'] for p in parts)} )>>"}
    if term.get("type") != "uri":
        return {"text": value, "language": term.get("xml:lang", "")}
    if not value.startswith(release.base):
        href = value if value.startswith(("http://", "https://")) else ""
        return {"text": curie(value), "href": href}
    path = path_of(value, release.base)
    return {"text": value.removeprefix(release.base), "href": path, "label": labels.get(value, "")}
