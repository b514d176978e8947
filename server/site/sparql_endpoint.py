"""What the SPARQL endpoint answers beside results: pages, its description, what it takes."""

from flask import Blueprint, Response, request

from server.http.message import prefers_page
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import FORMAT_PARAMETERS, HTML, Format
from server.rdf.negotiation import choose, named_accept
from server.rdf.serialization import serialize
from server.rdf.turtle_template import render
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH
from server.site import error_pages, sparql_page
from server.site.parameters import parameters
from server.site.query_operations import RESULT
from server.site.responses import respond, services
from server.sparql.request import DIRECT, METHODS
from server.sparql.result_formats import GRAPH_FORMATS, named_format

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=METHODS.split(", "), provide_automatic_options=False)
def sparql() -> Response:
    """Show the result of a query to people, or tell about the service.

    Queries are answered before this: see `server.site.query_operations`.
    """
    if request.method == "OPTIONS":
        return _options()
    if shown := request.environ.get(RESULT):
        return sparql_page.result(*shown)
    if set(request.args) <= set(FORMAT_PARAMETERS) and (fmt := _format_of_description()):
        return _description(fmt)
    raise Problem(400, "The request has no query parameter.")


@blueprint.errorhandler(Problem)
def failed(problem: Problem) -> Response:
    """Answer with the problem; people get it on the page of their query."""
    query = request.values.get("query")
    if query and prefers_page(request.headers.get("Accept")):
        return sparql_page.fault(query, problem)
    return error_pages.problem(problem)


def _options() -> Response:
    response = Response(status=204)
    response.headers["Allow"] = METHODS
    response.headers["Accept-Post"] = response.headers["Accept-Query"] = f"{FORM}, {DIRECT}"
    return response


def _description(fmt: Format) -> Response:
    """Return the service description (its section 2), or for people the form."""
    manifest = services().release.manifest
    about = ("id/dataset", ".well-known/void")
    links = [f'<{manifest.base}{path}>; rel="describedby"' for path in about]
    if fmt is HTML:
        return sparql_page.form()
    quads = render(
        "service.ttl",
        manifest.base,
        functions=services().engine.functions,
        graphs=manifest.graphs,
        entailed=NOT_IN_DEFAULT_GRAPH,
    )
    body = serialize(quads, fmt, manifest.base, f"{manifest.base}sparql#service")
    return respond(body, fmt, links, ("Accept",))


def _format_of_description() -> Format | None:
    """Return the format for the service description, None where none is acceptable."""
    if named := named_accept(parameters()):
        return named_format(named, GRAPH_FORMATS, "service description")
    return choose(request.headers.get("Accept"), GRAPH_FORMATS)
