"""Checking of a graph that someone sends against our shapes: a SHACL report, or a page."""

import json
import subprocess
import sys
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, render_template, request

from server.http.request_parser import MAX_BODY_BYTES
from server.pages.wording import curie, link_to
from server.problems import Problem
from server.rdf.formats import HTML, JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE
from server.rdf.iris import path_of, rebase
from server.rdf.serialization import parse, serialize
from server.site.responses import negotiate, respond, services
from server.sparql.request import FORM, unpacked

blueprint = Blueprint("validate", __name__)

INPUTS = (TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS)
SECONDS = 30
_TYPES = [f.media_type for f in INPUTS]
NO_MEMORY = 3  # exit status of the checker
_AT_ONCE = BoundedSemaphore(1)  # in each web process: a check takes a processor and much memory


@blueprint.get("/validate")
def form() -> Response:
    """Show the form for checking one's own data."""
    return respond(_page({}), HTML, vary=())


@blueprint.post("/validate")
def validate() -> Response:
    """Answer with the SHACL report of the graph in the body, or in the fields of a form."""
    fmt = negotiate((*RDF_FORMATS, HTML))
    text, media_type = _sent()
    try:
        found = check(text, media_type)
    except Problem as problem:
        if fmt is not HTML:
            raise
        shown = _page({"problem": problem, "data": _shown(text), "chosen": media_type})
        response = respond(shown, HTML, cache=False)
        response.status_code = problem.status
        response.headers.extend(dict(problem.headers))
        return response
    if fmt is HTML:
        findings = [_finding(f) for f in found["findings"]]
        page = _page({"findings": findings, "data": _shown(text), "chosen": media_type})
        return respond(page, HTML, cache=False)
    release = services().release
    quads = parse(found["report"].encode())
    body = serialize(quads, fmt, release.base, "", release.coercions)
    return respond(body, fmt, cache=False)


def check(data: bytes, media_type: str) -> dict[str, Any]:
    """Return findings and report of a graph, from a process of its own.

    Raises Problem 400 for a graph that cannot be read, with its line and column; 413 or 503 where
    it takes too much; 429 while another graph is checked.
    """
    command = [sys.executable, "-P", "-m", "server.compile.graph_check"]
    root, base = services().sources.resolve(), services().release.base
    if not _AT_ONCE.acquire(timeout=1):
        raise Problem(429, "Another graph is being checked.", headers={"Retry-After": "5"})
    try:
        done = subprocess.run(  # noqa: S603 (our own module; the media type is one of INPUTS)
            [*command, str(root), base, media_type],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Problem(503, f"Checking took more than {SECONDS} seconds.") from None
    finally:
        _AT_ONCE.release()
    if done.returncode < 0 or done.returncode == NO_MEMORY:
        raise Problem(503, "Checking this graph takes more memory than a check may take.")
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    found: dict[str, Any] = json.loads(done.stdout)
    if "faults" in found:
        raise _fault(found["faults"][0])
    return found


def _fault(fault: dict[str, Any]) -> Problem:
    place = {k: fault[k] for k in ("line", "column") if fault[k]}
    where = f"Line {fault['line']}: " if fault["line"] else ""
    return Problem(400, where + fault["message"], place)


def _sent() -> tuple[bytes, str]:
    """Return the graph that a request carries and its media type.

    Raises Problem 400 or 415 for a request without one.
    """
    media_type = (request.mimetype or "").lower()
    coding = request.headers.get("Content-Encoding", "")
    body = unpacked(request.get_data(parse_form_data=False), coding, MAX_BODY_BYTES)
    if media_type == FORM:
        fields = _fields(body)
        data, media_type = fields.get("data", ""), fields.get("format", TURTLE.media_type)
        if not data.strip():
            raise Problem(400, "The field data is empty; it takes the graph.")
        return data.encode(), _known(media_type)
    return body, _known(media_type)


def _fields(sent: bytes) -> dict[str, str]:
    try:
        pairs = parse_qs(sent.decode("ascii"), errors="strict", max_num_fields=10)
    except ValueError as error:
        raise Problem(400, f"The form is not well-formed: {error}.") from None
    return {name: values[0] for name, values in pairs.items()}


def _known(media_type: str) -> str:
    for fmt in INPUTS:
        if media_type in (fmt.media_type, *fmt.aliases):
            return fmt.media_type
    raise Problem(
        415,
        f"A graph is sent as {', '.join(_TYPES)}, not as {media_type[:80]!r}.",
        headers={"Accept-Post": ", ".join((*_TYPES, FORM))},
    )


def _shown(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")


def _page(shown: dict[str, Any]) -> str:
    return render_template(
        "validate.html", inputs=INPUTS, seconds=SECONDS, base=services().release.base, **shown
    )


def _finding(found: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as the page shows it: IRIs short, the shape as a link."""
    base = services().release.base
    shape = rebase(found["shape"], base)
    return found | {
        "focus": found["focus"] if ":" in found["focus"] else "a thing without a name",
        "path": curie(found["path"]) if found["path"] else "",
        "shape": {"href": link_to(shape, base), "text": path_of(shape, base).rpartition("/")[2]},
    }
