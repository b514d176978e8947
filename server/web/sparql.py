"""The SPARQL endpoint: the protocol on the outside, a query worker on the inside."""

import json
import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from server.engine.interface import QueryFailed, Reason
from server.engine.spool import SMALL, Result
from server.formats import BY_KEY, HTML, JSON_RESULTS, RDF_FORMATS, RESULT_FORMATS, TURTLE, Format
from server.iris import path_of
from server.negotiation import choose
from server.problems import Problem
from server.protocol import DIRECT, FORM, QueryRequest, read, resolved, unpacked
from server.vocab import graph_iri, prefixes
from server.web.responses import etag, negotiate, respond
from server.web.services import services
from server.web.sparql_description import service_description

blueprint = Blueprint("sparql", __name__)

_STATUS: dict[Reason, int] = {
    "syntax": 400,
    "deadline": 504,
    "memory": 503,
    "size": 503,
    "busy": 429,
    "crash": 500,
    "unavailable": 503,
    "upstream": 502,
}
_RETRY: dict[Reason, str] = {"busy": "5", "unavailable": "5", "upstream": "30"}
ROWS_ON_A_PAGE = 1000
BYTES_OF_A_PAGE = 2 * 1024**2
ALLOWED = "GET, HEAD, POST, OPTIONS"


@blueprint.route("/sparql", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
def sparql() -> Response:
    """Answer a query operation (SPARQL 1.1 Protocol section 2), or tell about the service."""
    if request.method == "OPTIONS":
        return _options()
    if request.method in ("GET", "HEAD") and not {"query", "update"} & request.args.keys():
        offered = _format((*RDF_FORMATS, HTML), "service description", strict=False)
        if offered:
            return _about(offered)
    asked = _asked()
    fmt = _format(_offers(asked), f"{asked.form} query") or HTML
    if fmt is HTML:
        return _page(asked)
    tag = "" if asked.volatile else etag(services().release.manifest.release, asked.key, fmt.key)
    if tag and request.if_none_match.contains(tag):
        response = respond(b"", fmt, tag)
        response.status_code = 304
        return response
    result = run(asked, fmt)
    if result.size <= SMALL:
        return respond(result.read(), fmt, tag)
    response = respond(b"", fmt, tag)
    response.response = result.chunks()
    response.content_length = result.size  # so that every client can tell a broken transfer
    response.call_on_close(result.file.close)
    return response


def run(asked: QueryRequest, fmt: Format, head: int | None = None) -> Result:
    """Return the result of a query; raises a Problem that says which limit stopped it."""
    try:
        return services().engine.query(asked, fmt, _client(), head)
    except QueryFailed as failure:
        members: dict[str, object] = {"reason": failure.reason}
        if failure.line:
            members.update(line=failure.line, column=failure.column)
        headers = {"Retry-After": _RETRY[failure.reason]} if failure.reason in _RETRY else {}
        raise Problem(_STATUS[failure.reason], failure.detail, members, headers) from None


def _asked() -> QueryRequest:
    """Return the query operation of the request, its dataset resolved and known to be here."""
    encoding = request.headers.get("Content-Encoding", "")
    limit = current_app.config["MAX_CONTENT_LENGTH"] or 1024**2
    # Of the body itself, not of what the framework makes of a form: bytes count here.
    body = unpacked(request.get_data(cache=True, parse_form_data=False), encoding, limit)
    asked = read(request.method, request.query_string, request.content_type or "", body)
    manifest = services().release.manifest
    return resolved(asked, manifest.base, {graph_iri(g, manifest.base) for g in manifest.graphs})


def _client() -> str:
    """Return who asks: the address, of IPv6 the network of it that one customer has (/64)."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _options() -> Response:
    """Tell the methods, also to a browser that asks before a request from another site."""
    response = Response(status=204)
    response.headers["Allow"] = response.headers["Access-Control-Allow-Methods"] = ALLOWED
    response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Encoding, Content-Type"
    response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Accept-Post"] = f"{FORM}, {DIRECT}"
    return response


def _about(fmt: Format) -> Response:
    """Return the service description (its section 2), or for people the form."""
    manifest = services().release.manifest
    links = [f'<{manifest.base}id/dataset>; rel="describedby"']
    if fmt is HTML:
        return respond(render_template("sparql.html", query="", prefixes=_prefixes()), HTML)
    tag = etag(manifest.release, "service", fmt.key)
    return respond(service_description(manifest, fmt), fmt, tag, links)


def _offers(asked: QueryRequest) -> Sequence[Format]:
    results = RESULT_FORMATS if asked.form in ("SELECT", "ASK") else RDF_FORMATS
    return (*results, HTML)


def _format(offers: Sequence[Format], what: str, strict: bool = True) -> Format | None:
    """Return the format that the parameter `format` names, else the one that is negotiated.

    Where neither fits, raises a Problem, or returns None unless `strict`.
    """
    key = request.args.get("format") or request.form.get("format")
    if key is None:
        return negotiate(offers) if strict else choose(request.headers.get("Accept"), offers)
    if key not in BY_KEY or BY_KEY[key] not in offers:
        names = ", ".join(f.key for f in offers)
        raise Problem(400, f"format is {key[:50]!r}; a {what} has {names}.")
    return BY_KEY[key]


def _prefixes() -> dict[str, str]:
    return prefixes(services().release.base)


def _page(asked: QueryRequest) -> Response:
    """Return the page of a result, or of its beginning where it is long."""
    shown = {"SELECT": _table, "ASK": _answer}.get(asked.form, _graph)(asked)
    body = render_template(
        "sparql.html",
        query=asked.query,
        prefixes=_prefixes(),
        asked=asked,
        formats=[f for f in _offers(asked) if f is not HTML],
        **shown,
    )
    response = respond(body, HTML)
    if "cut" in shown:
        response.headers["Result-Cut"] = shown["cut"]
    return response


def _answer(asked: QueryRequest) -> dict[str, Any]:
    return {"answer": json.loads(run(asked, JSON_RESULTS).read())["boolean"]}


def _graph(asked: QueryRequest) -> dict[str, Any]:
    result = run(asked, TURTLE, BYTES_OF_A_PAGE)
    text = result.read().decode(errors="ignore")
    if result.whole:
        return {"graph": text}
    return {"graph": text[: text.rfind("\n") + 1], "cut": f"the first {BYTES_OF_A_PAGE} bytes"}


def _table(asked: QueryRequest) -> dict[str, Any]:
    result = run(asked, JSON_RESULTS, BYTES_OF_A_PAGE)
    variables, rows = rows_of(result.read().decode(errors="ignore"))
    shown = rows[:ROWS_ON_A_PAGE]
    found = {
        "variables": variables,
        "rows": [_row(r, variables) for r in shown],
        "count": len(rows) if result.whole else None,
    }
    if result.whole and len(shown) == len(rows):
        return found
    total = f"{len(rows)}" if result.whole else "more"
    return found | {"cut": f"the first {len(shown)} of {total} rows"}


def rows_of(text: str) -> tuple[list[str], list[dict[str, dict[str, str]]]]:
    """Return variables and rows of SPARQL results in JSON, as many as are whole in `text`."""
    decoder, rows = json.JSONDecoder(), []
    variables = re.search(r'"vars"\s*:\s*(\[[^\]]*\])', text)
    start = re.search(r'"bindings"\s*:\s*\[\s*', text)
    at = start.end() if start else len(text)
    while text[at : at + 1] == "{":
        try:
            row, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        rows.append(row)
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
    return (json.loads(variables[1]) if variables else []), rows


_GAP = re.compile(r"\s*,?\s*")


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
