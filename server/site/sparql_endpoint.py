"""What the SPARQL endpoint answers beside results: pages, its description, what it takes."""

from flask import Blueprint, Response, request

from server.http import error_pages, query_operation
from server.http.context import RESULT, services
from server.http.responses import etag, respond
from server.problems import Problem
from server.rdf.formats import HTML, RDF_FORMATS, Format
from server.rdf.negotiation import choose
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH
from server.site import sparql_page
from server.sparql.request import DIRECT, FORM

blueprint = Blueprint("sparql", __name__)

ALLOWED = "GET, HEAD, POST, OPTIONS"


@blueprint.route("/sparql", methods=["GET", "POST", "OPTIONS"], provide_automatic_options=False)
def sparql() -> Response:
    """Show the result of a query to people, or tell about the service.

    Queries are answered before this: see `server.http.query_answers`.
    """
    if request.method == "OPTIONS":
        return _options()
    if found := request.environ.get(RESULT):
        return sparql_page.result(*found)
    if offered := _described():
        return _about(offered)
    raise Problem(400, "The request has no query parameter.")


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Answer with the problem; people get it on the page of their query."""
    query = request.values.get("query")
    if query and error_pages.for_people():
        return sparql_page.fault(query, problem)
    return error_pages.problem(problem)


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
    quads = render(
        "service.ttl",
        manifest.base,
        functions=services().engine.functions,
        graphs=manifest.graphs,
        entailed=NOT_IN_DEFAULT_GRAPH,
    )
    body = serialize(quads, fmt, manifest.base, f"{manifest.base}sparql#service")
    return respond(body, fmt, tag, links)


def _described() -> Format | None:
    """Return the format for the service description, None where none is acceptable."""
    formats = (*RDF_FORMATS, HTML)
    if key := request.args.get("format"):
        return query_operation.named_format(key, formats, "service description")
    return choose(request.headers.get("Accept"), formats)
