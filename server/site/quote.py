"""Checking a manuscript's quotations: a report as a page, as JSON, or as an annotated copy."""

import json
from typing import Any

from flask import Blueprint, Response, request

from server.http.message import CACHE_CONTROL
from server.law.manuscript import text_of
from server.law.quotations import FINGERPRINTS
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import HTML, JSON, Format
from server.site.check_process import SECONDS, Checker
from server.site.parameters import body, parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("quote", __name__)

MARKDOWN = Format("md", "text/markdown", "Annotated copy", "table")
_UPLOAD = "multipart/form-data"
_CHECKER = Checker("server.law.manuscript_check", "manuscript", wait_seconds=2)


@blueprint.get("/quote")
def form() -> Response:
    """Show the form for checking a manuscript."""
    return _page(CACHE_CONTROL)


@blueprint.post("/quote")
def quote() -> Response:
    """Answer with what the official texts and the record say of a manuscript."""
    fmt = negotiate((JSON, MARKDOWN, HTML))
    data = _manuscript()
    try:
        report = check(data)
    except Problem as problem:
        if fmt is not HTML:
            raise
        return _page("", problem=problem)
    copy = report.pop("annotated")
    if fmt is MARKDOWN:
        return respond(copy, fmt, cache_control="")
    if fmt is JSON:
        return respond(report, fmt, cache_control="")
    return _page("", report=report, copy=copy, text=text_of(data, "The manuscript")[:200_000])


def check(data: bytes) -> dict[str, Any]:
    """Return the report on a manuscript, from a process of its own that keeps nothing.

    Raises Problem 400 for what cannot be read or has nothing to check, 503 where it takes too much,
    429 while another manuscript is checked.
    """
    if not (services().sources / FINGERPRINTS).is_file():
        raise Problem(404, "The sources of this site have no fingerprints of official texts.")
    folders = services().sources.resolve(), services().release.folder
    report = _CHECKER.run(data, *map(str, folders))
    if "fault" in report:
        raise Problem(400, report["fault"])
    if not report["findings"]:
        least = report["leastWords"]
        raise Problem(
            400,
            f"Nothing here can be checked: no passage of at least {least} words, no provision of"
            " a known text, no claim of status.",
        )
    return report


def _manuscript() -> bytes:
    """Return the manuscript that a request carries: a field, a file, JSON, or the body itself."""
    if request.mimetype == FORM:
        return str(parameters()["text"]).encode()
    if request.mimetype == _UPLOAD:
        return _uploaded()
    if request.mimetype != "application/json":
        return body()
    try:
        sent = json.loads(body())
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"The body is no JSON: {str(error)[:200]}.") from None
    if not isinstance(sent, dict) or set(sent) != {"text"} or not isinstance(sent["text"], str):
        raise Problem(400, 'The body is an object with one member: {"text": "…"}.')
    return sent["text"].encode(errors="replace")


def _uploaded() -> bytes:
    """Return the file of a form, or the text in it where no file was chosen."""
    fields = {*request.files, *request.form}
    if unknown := sorted(fields - {"file", "text"}):
        raise Problem(400, f"The form has a field {unknown[0][:50]!r}; it takes file and text.")
    file = request.files.get("file")
    data = file.read() if file else b""
    text = request.form.get("text", "").encode()
    if data and text.strip():
        raise Problem(400, "The form has a text and a file; one of them is checked.")
    return data or text


def _page(cache_control: str, **shown: Any) -> Response:
    about: dict[str, Any] = {"seconds": SECONDS, "base": services().release.base}
    return respond_page("quote.html", cache_control=cache_control, **about, **shown)
