"""Checking of a graph that someone sends against our shapes: a SHACL report, or a page."""

from typing import Any

from flask import Blueprint, Response, request

from server.http.message import CACHE_CONTROL
from server.pages.wording import curie, link_to
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import HTML, JSONLD, NQUADS, NTRIPLES, RDF_FORMATS, RDFXML, TRIG, TURTLE
from server.rdf.iris import path_of, rebase
from server.rdf.serialization import parse, serialize
from server.site.check_process import SECONDS, Checker
from server.site.parameters import body, parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("validate", __name__)

INPUTS = (TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS)
_CHECKER = Checker("server.compile.graph_check", "graph", wait_seconds=10)


@blueprint.get("/validate")
def form() -> Response:
    """Show the form for checking one's own data."""
    return _page(CACHE_CONTROL)


@blueprint.post("/validate")
def validate() -> Response:
    """Answer with the SHACL report of the graph in the body, or in the fields of a form."""
    fmt = negotiate((*RDF_FORMATS, HTML))
    data, media_type = _graph()
    shown: dict[str, Any] = {"data": data.decode(errors="replace"), "chosen": media_type}
    try:
        result = check(data, media_type)
    except Problem as problem:
        if fmt is not HTML:
            raise
        return _page("", problem=problem, **shown)
    if fmt is HTML:
        findings = [_finding(finding) for finding in result["findings"]]
        shown |= {"findings": findings, "is_covered": result["is_covered"]}
        return _page("", **shown)
    release = services().release
    quads = parse(result["report"].encode())
    report = serialize(quads, fmt, release.base, "", release.coercions)
    return respond(report, fmt, cache_control="")


def check(data: bytes, media_type: str) -> dict[str, Any]:
    """Return findings and report of a graph, from a process of its own.

    Raises Problem 400 for a graph that cannot be read, with its line and column; 413 or 503 where
    it takes too much; 429 while another graph is checked.
    """
    root, base = services().sources.resolve(), services().release.base
    result = _CHECKER.run(data, str(root), base, media_type)
    for fault in result.get("faults", ()):
        place = {k: fault[k] for k in ("line", "column") if fault[k]}
        where = f"Line {fault['line']}: " if fault["line"] else ""
        raise Problem(400, where + fault["message"], place)
    return result


def _graph() -> tuple[bytes, str]:
    """Return the graph that a request carries and the media type of its format."""
    if request.mimetype == FORM:
        return parameters()["data"].encode(), parameters()["format"]
    for fmt in INPUTS:
        if request.mimetype in (fmt.media_type, *fmt.aliases):
            return body(), fmt.media_type
    raise Problem(415, f"A graph is not sent as {request.mimetype[:80]!r}.")


def _page(cache_control: str, **shown: Any) -> Response:
    about: dict[str, Any] = {"inputs": INPUTS, "seconds": SECONDS, "base": services().release.base}
    return respond_page("validate.html", cache_control=cache_control, **about, **shown)


def _finding(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as the page shows it: IRIs short, the shape as a link."""
    base = services().release.base
    shape = rebase(finding["shape"], base)
    return finding | {
        "focus": finding["focus"] if ":" in finding["focus"] else "a thing without a name",
        "path": curie(finding["path"]) if finding["path"] else "",
        "shape": {"href": link_to(shape, base), "text": path_of(shape, base).rpartition("/")[2]},
    }
