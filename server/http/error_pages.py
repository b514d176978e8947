"""Every error as a problem document (RFC 9457), or as a page where the client prefers HTML."""

import json

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import HTTPException

from server.problems import Problem
from server.rdf.formats import HTML, Format
from server.rdf.negotiation import choose

blueprint = Blueprint("problems", __name__)

PROBLEM_TYPE = "application/problem+json"
_JSON = Format("problem", PROBLEM_TYPE, "Problem details", "problem", ("application/json",))


def for_people() -> bool:
    """Tell whether the client takes a page rather than a problem document."""
    return choose(request.headers.get("Accept"), (_JSON, HTML)) is HTML


@blueprint.app_errorhandler(Problem)
def problem(error: Problem) -> Response:
    """Answer with the problem document of a refusal."""
    if for_people():
        body = render_template("problem.html", problem=error)
        response = Response(body, error.status, content_type=HTML.content_type)
    else:
        body = json.dumps(error.document(), ensure_ascii=False, indent=2)
        response = Response(body, error.status, content_type=_JSON.media_type)
    response.vary.add("Accept")
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


@blueprint.app_errorhandler(HTTPException)
def refused(error: HTTPException) -> Response:
    """Turn an error of the framework into a problem; its headers (Allow) are kept."""
    if error.code is None or error.code < 400:
        return Response(
            error.get_response().get_data(), error.code or 500, dict(error.get_headers())
        )
    kept = {k: v for k, v in error.get_response().headers.items() if k in ("Allow", "Retry-After")}
    return problem(Problem(error.code, error.description or "", headers=kept))


@blueprint.app_errorhandler(Exception)
def failed(error: Exception) -> Response:
    """Log an unforeseen error and tell the client no more than that there was one."""
    from flask import current_app

    current_app.logger.exception("Unforeseen error at %s", request.path, exc_info=error)
    return problem(Problem(500, "The server failed on this request; the error has been logged."))
