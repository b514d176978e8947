"""The SPARQL endpoint: the protocol on the outside, a query worker on the inside."""

from flask import Blueprint, Response, request

from server.engine.spool import SMALL
from server.formats import HTML, RDF_FORMATS, Format
from server.negotiation import choose
from server.problems import Problem
from server.protocol import DIRECT, FORM, QueryRequest
from server.web import operation, problems, sparql_page
from server.web.asking import run
from server.web.responses import etag, respond
from server.web.services import services
from server.web.sparql_description import service_description

blueprint = Blueprint("sparql", __name__)

ALLOWED = "GET, HEAD, POST, OPTIONS"


@blueprint.route("/sparql", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
def sparql() -> Response:
    """Answer a query operation (SPARQL 1.1 Protocol section 2), or tell about the service.

    In a web process the gateway answers those whose result is no page: see `server.web.results`.
    """
    if request.method == "OPTIONS":
        return _options()
    if request.method in ("GET", "HEAD") and not {"query", "update"} & request.args.keys():
        offered = _described()
        if offered:
            return _about(offered)
    asked = _asked()
    fmt = operation.result_format(asked, request.headers.get("Accept"))
    if fmt is HTML:
        return sparql_page.result(asked)
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


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Answer with the problem; people get it on the page of their query."""
    query = request.values.get("query")
    if query and problems.for_people():
        return sparql_page.fault(query, problem)
    return problems.problem(problem)


def _asked() -> QueryRequest:
    # The body itself, not what the framework makes of a form: bytes count here.
    body = request.get_data(cache=True, parse_form_data=False)
    kind, coding = request.content_type or "", request.headers.get("Content-Encoding", "")
    manifest = services().release.manifest
    return operation.asked(request.method, request.query_string, kind, coding, body, manifest)


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
    about = ("id/dataset", ".well-known/void")
    links = [f'<{manifest.base}{path}>; rel="describedby"' for path in about]
    if fmt is HTML:
        return sparql_page.form()
    tag = etag(manifest.release, "service", fmt.key)
    body = service_description(manifest, fmt, services().engine.functions)
    return respond(body, fmt, tag, links)


def _described() -> Format | None:
    """Return the format for the service description, None where none is acceptable."""
    formats = (*RDF_FORMATS, HTML)
    if key := request.args.get("format"):
        return operation.named_format(key, formats, "service description")
    return choose(request.headers.get("Accept"), formats)
