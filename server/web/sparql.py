"""The SPARQL endpoint: the protocol on the outside, a query worker on the inside."""

from collections.abc import Sequence

from flask import Blueprint, Response, current_app, request

from server.engine.spool import SMALL
from server.formats import BY_KEY, HTML, RDF_FORMATS, RESULT_FORMATS, Format
from server.negotiation import choose
from server.problems import Problem
from server.protocol import DIRECT, FORM, QueryRequest, read, resolved, unpacked
from server.vocab import graph_iri
from server.web import sparql_page
from server.web.asking import run
from server.web.problems import for_people
from server.web.responses import etag, negotiate, respond
from server.web.services import services
from server.web.sparql_description import service_description

blueprint = Blueprint("sparql", __name__)

ALLOWED = "GET, HEAD, POST, OPTIONS"


@blueprint.route("/sparql", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
def sparql() -> Response:
    """Answer a query operation (SPARQL 1.1 Protocol section 2), or tell about the service."""
    if request.method == "OPTIONS":
        return _options()
    try:
        return _operation()
    except Problem as problem:
        query = request.values.get("query")
        if not query or not for_people():
            raise
        return sparql_page.fault(query, problem)


def _operation() -> Response:
    if request.method in ("GET", "HEAD") and not {"query", "update"} & request.args.keys():
        offered = _format((*RDF_FORMATS, HTML), "service description", strict=False)
        if offered:
            return _about(offered)
    asked = _asked()
    fmt = _format(_offers(asked), f"{asked.form} query") or HTML
    if fmt is HTML:
        return sparql_page.result(asked, [f for f in _offers(asked) if f is not HTML])
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


def _asked() -> QueryRequest:
    """Return the query operation of the request, its dataset resolved and known to be here."""
    encoding = request.headers.get("Content-Encoding", "")
    limit = current_app.config["MAX_CONTENT_LENGTH"] or 1024**2
    # Of the body itself, not of what the framework makes of a form: bytes count here.
    body = unpacked(request.get_data(cache=True, parse_form_data=False), encoding, limit)
    asked = read(request.method, request.query_string, request.content_type or "", body)
    manifest = services().release.manifest
    return resolved(asked, manifest.base, {graph_iri(g, manifest.base) for g in manifest.graphs})


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
        return sparql_page.form()
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
