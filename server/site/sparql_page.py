"""What the SPARQL endpoint answers beside results: its page, its description, what it takes."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from server.http.message import CACHE_CONTROL, prefers_page
from server.pages.wording import curie
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import FORMAT_PARAMETERS, HTML, Format
from server.rdf.iris import path_of
from server.rdf.negotiation import choose, named_accept
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes
from server.release.reader import Release
from server.site import error_pages, question_pages
from server.site.parameters import parameters
from server.site.query_hints import hints
from server.site.query_operations import RESULT
from server.site.responses import respond, respond_page, services
from server.sparql.request import DIRECT, METHODS, QueryRequest, unknown_graphs
from server.sparql.result_formats import GRAPH_FORMATS, MAX_PAGE_BYTES, named_format, offers
from server.sparql.spool import Result

blueprint = Blueprint("sparql", __name__)

ROWS_ON_A_PAGE, CELLS_ON_A_PAGE = 1000, 30_000
_MAX_COUNTED = 10_000  # rows; to count more takes too long
_FIRST = """SELECT ?treaty ?label ?inForce {
  ?treaty a sl:Treaty ;
    rdfs:label ?label ;
    sl:entryIntoForceDate ?inForce .
}
ORDER BY ?inForce"""
_GAP = re.compile(r"\s*,?\s*")


@blueprint.route("/sparql", methods=METHODS.split(", "), provide_automatic_options=False)
def sparql() -> Response:
    """Show the result of a query to people, or tell about the service.

    Queries are answered before this: see `server.site.query_operations`.
    """
    if request.method == "OPTIONS":
        taken = f"{FORM}, {DIRECT}"
        allowed = {"Allow": METHODS, "Accept-Post": taken, "Accept-Query": taken}
        return Response(status=204, headers=allowed)
    if shown := request.environ.get(RESULT):
        return result(*shown)
    if set(request.args) <= set(FORMAT_PARAMETERS):
        if named := named_accept(parameters()):
            return _description(named_format(named, GRAPH_FORMATS, "service description"))
        if fmt := choose(request.headers.get("Accept"), GRAPH_FORMATS):
            return _description(fmt)
    raise Problem(400, "The request has no query parameter.")


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Answer with the problem; people get it on the page of their query, which they typed."""
    query = request.values.get("query")
    if query and prefers_page(request.headers.get("Accept")):
        return _page("", query=query, problem=problem)
    return error_pages.problem(problem)


def _description(fmt: Format) -> Response:
    """Return the service description (its section 2), or for people the form."""
    if fmt is HTML:
        return _page(CACHE_CONTROL, query=_FIRST)
    manifest = services().release.manifest
    about = ("id/dataset", ".well-known/void")
    links = [f'<{manifest.base}{path}>; rel="describedby"' for path in about]
    quads = render(
        "service.ttl",
        manifest.base,
        functions=services().engine.functions,
        graphs=manifest.graphs,
        entailed=NOT_IN_DEFAULT_GRAPH,
    )
    body = serialize(quads, fmt, manifest.base, f"{manifest.base}sparql#service")
    return respond(body, fmt, links, ("Accept",))


def result(query: QueryRequest, result: Result, warning: str | None) -> Response:
    """Return the page of a result, or of its beginning where it is long.

    `warning` is the header that names graphs of the dataset which are not here.
    """
    shown = _shown(query.form, result)
    dataset: dict[str, Any] = {
        "timeout": query.timeout or [],
        "default-graph-uri": query.default_graphs,
        "named-graph-uri": query.named_graphs,
    }
    manifest = services().release.manifest
    # One address for the page and each format: with the same dataset and deadline.
    asked = urlencode({"query": query.query, **dataset}, doseq=True)
    response = _page(
        "",
        query=query.query,
        asked=True,
        hints=hints(services().release, query.query),
        formats=[f for f in offers(query) if f is not HTML],
        unknown=unknown_graphs(query, [graph_iri(g, manifest.base) for g in manifest.graphs]),
        address=f"{manifest.base}sparql?{asked}",
        **shown,
    )
    if warning:
        response.headers["Unknown-Graph"] = warning
    if "cut" in shown:
        response.headers["Result-Cut"] = shown["cut"]
    return response


def _page(cache_control: str, **shown: Any) -> Response:
    # Title and address of each competency question, as a query to start from.
    examples = [(q.title, question_pages.address(q)) for q in question_pages.all_questions()]
    declared = prefixes(services().release.base)
    return respond_page(
        "sparql.html", ("Accept",), cache_control, prefixes=declared, examples=examples, **shown
    )


def _shown(form: str, result: Result) -> dict[str, Any]:
    """Return a result as the page shows it."""
    if form == "SELECT":
        return _table(result)
    if form == "ASK":
        return {"answer": json.loads(result.read())["boolean"]}
    text = result.read().decode(errors="ignore")
    if result.whole:
        return {"graph": text}
    return {"graph": text[: text.rfind("\n") + 1], "cut": f"the first {MAX_PAGE_BYTES} bytes"}


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
