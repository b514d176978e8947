"""Errors of the Flask application, as problem documents (RFC 9457) or as pages for people."""

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from server.http.message import prefers_page
from server.problems import Problem
from server.rdf.formats import HTML
from server.site import lookup
from server.site.responses import render_xml

blueprint = Blueprint("problems", __name__)


@blueprint.app_errorhandler(Problem)
def problem(error: Problem) -> Response:
    """Answer with the problem document of a refusal, or its page."""
    if prefers_page(request.headers.get("Accept")):
        page = render_xml("problem.html", problem=error)
        response = Response(page, error.status, content_type=HTML.content_type)
    else:
        response = Response(error.as_json(), error.status, content_type=Problem.media_type)
    response.vary.add("Accept")
    response.headers.update(error.headers)
    return response


@blueprint.app_errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """Turn an error of the framework into a problem; its headers (Allow) are kept."""
    given = error.get_response()
    if error.code is None or error.code < 400:
        return Response(given.get_data(), error.code or 500, dict(error.get_headers()))
    kept = {k: v for k, v in given.headers.items() if k in ("Allow", "Retry-After")}
    members = {"nearest": lookup.nearest(request.path)} if error.code == 404 else {}
    return problem(Problem(error.code, error.description or "", members, headers=kept))


@blueprint.app_errorhandler(Exception)
def failed(error: Exception) -> Response:
    """Log an unforeseen error and tell the client no more than that there was one."""
    current_app.logger.exception("Unforeseen error at %s", request.path, exc_info=error)
    return problem(Problem(500, "The server failed on this request; the error has been logged."))
