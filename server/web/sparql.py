"""The SPARQL endpoint: the protocol on the outside, a query worker on the inside."""

import json
from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from server.engine.interface import QueryFailed, Reason
from server.formats import BY_KEY, HTML, JSON_RESULTS, RDF_FORMATS, RESULT_FORMATS, TURTLE, Format
from server.iris import path_of
from server.negotiation import choose
from server.problems import Problem
from server.protocol import QueryRequest, read
from server.vocab import prefixes
from server.web.responses import etag, negotiate, respond
from server.web.services import services

blueprint = Blueprint("sparql", __name__)

_STATUS: dict[Reason, int] = {
    "syntax": 400,
    "deadline": 504,
    "memory": 503,
    "size": 503,
    "busy": 429,
    "crash": 500,
    "unavailable": 503,
}
ROWS_ON_A_PAGE = 1000


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query operation (SPARQL 1.1 Protocol section 2), or show the form."""
    if request.method in ("GET", "HEAD") and "query" not in request.args and _wants_page():
        return respond(render_template("sparql.html", query="", prefixes=_prefixes()), HTML)
    asked = read(
        request.method, request.query_string, request.content_type or "", request.get_data()
    )
    fmt = _format(asked)
    if fmt is HTML:
        return respond(_page(asked), HTML)
    tag = etag(services().release.manifest.release, repr(asked), fmt.key)
    return respond(run(asked, fmt), fmt, tag)


def run(asked: QueryRequest, fmt: Format) -> bytes:
    """Return the result of a query; raises a Problem that says which limit stopped it."""
    try:
        return services().engine.query(asked, fmt)
    except QueryFailed as failure:
        members: dict[str, object] = {"reason": failure.reason}
        if failure.line:
            members.update(line=failure.line, column=failure.column)
        headers = {"Retry-After": "5"} if failure.reason in ("busy", "unavailable") else {}
        raise Problem(_STATUS[failure.reason], failure.detail, members, headers) from None


def _wants_page() -> bool:
    return choose(request.headers.get("Accept"), (JSON_RESULTS, HTML)) is HTML


def _offers(asked: QueryRequest) -> Sequence[Format]:
    results = RESULT_FORMATS if asked.form in ("SELECT", "ASK") else RDF_FORMATS
    return (*results, HTML)


def _format(asked: QueryRequest) -> Format:
    """Return the result format: of the `format` parameter if there is one, else as negotiated."""
    offers = _offers(asked)
    key = request.values.get("format")
    if key is None:
        return negotiate(offers)
    if key not in BY_KEY or BY_KEY[key] not in offers:
        names = ", ".join(f.key for f in offers)
        raise Problem(400, f"format is {key[:50]!r}; a {asked.form} query has {names}.")
    return BY_KEY[key]


def _prefixes() -> dict[str, str]:
    return prefixes(services().release.base)


def _page(asked: QueryRequest) -> str:
    common = {
        "query": asked.query,
        "prefixes": _prefixes(),
        "asked": asked,
        "formats": [f for f in _offers(asked) if f is not HTML],
    }
    if asked.form == "ASK":
        answer = json.loads(run(asked, JSON_RESULTS))["boolean"]
        return render_template("sparql.html", answer=answer, **common)
    if asked.form != "SELECT":
        return render_template("sparql.html", graph=run(asked, TURTLE).decode(), **common)
    result = json.loads(run(asked, JSON_RESULTS))
    rows = result["results"]["bindings"]
    return render_template(
        "sparql.html",
        variables=result["head"]["vars"],
        rows=[_row(r, result["head"]["vars"]) for r in rows[:ROWS_ON_A_PAGE]],
        count=len(rows),
        limit=ROWS_ON_A_PAGE,
        **common,
    )


def _row(binding: dict[str, dict[str, str]], variables: list[str]) -> list[dict[str, str]]:
    return [_cell(binding.get(name, {})) for name in variables]


def _cell(term: dict[str, str]) -> dict[str, str]:
    """Return a term as a cell: IRIs of this site link to their pages, other web IRIs out."""
    value, base = term.get("value", ""), services().release.base
    if term.get("type") != "uri":
        return {"text": value, "language": term.get("xml:lang", "")}
    href = path_of(value, base) if value.startswith(base) else value
    text = value.removeprefix(base) if value.startswith(base) else value
    return {"text": text, "href": href if href.startswith(("/", "http://", "https://")) else ""}
