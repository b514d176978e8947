"""Checks of what visitors send: graphs against our shapes, manuscripts against what is on record.

A graph gets a SHACL report, a manuscript a report on its quotations; each as data or as a page. The
page of quality tells what every release was checked against.
"""

import json
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response, request

from server.http.message import CACHE_CONTROL
from server.law.manuscript import text_of
from server.law.quotations import FINGERPRINTS
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import curie, link_to
from server.problems import Problem
from server.rdf.form_fields import FORM
from server.rdf.formats import HTML, JSON, RDF_FORMATS, Format
from server.rdf.iris import path_of, rebase
from server.rdf.serialization import parse, serialize
from server.release.reader import Release
from server.site.parameters import body, parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("checks", __name__)

MARKDOWN = Format("md", "text/markdown", "Annotated copy", "table")
_UPLOAD = "multipart/form-data"
_MAX_SECONDS = 30
_NO_MEMORY = 3  # exit status of a check that runs out of it


class Checker:
    """Runs a module of ours, in a process of its own, that reads what is sent and prints JSON.

    A check takes a processor and much memory: each web process runs one at a time, and the next
    waits `wait_seconds` for it to end.
    """

    def __init__(self, module: str, thing: str, wait_seconds: float) -> None:
        self._module, self._thing, self._wait = module, thing, wait_seconds
        self._at_once = BoundedSemaphore(1)

    def run(self, data: bytes, *arguments: str) -> dict[str, Any]:
        """Return what the module says of `data`.

        Raises Problem 429 while another is checked, 503 where it takes too much time or memory.
        """
        if not self._at_once.acquire(timeout=self._wait):
            text = f"Another {self._thing} is being checked."
            raise Problem(429, text, headers={"Retry-After": "5"})
        try:
            done = subprocess.run(  # noqa: S603 (our own module; arguments are never a visitor's)
                [sys.executable, "-P", "-m", self._module, *arguments],
                input=data,
                capture_output=True,
                timeout=_MAX_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Problem(503, f"Checking took more than {_MAX_SECONDS} seconds.") from None
        finally:
            self._at_once.release()
        if done.returncode < 0 or done.returncode == _NO_MEMORY:
            text = f"Checking this {self._thing} takes more memory than a check may take."
            raise Problem(503, text)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace"))
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome


_GRAPHS = Checker("server.compile.own_files", "graph", wait_seconds=10)
_MANUSCRIPTS = Checker("server.law.manuscript_check", "manuscript", wait_seconds=2)


@blueprint.get("/validate", defaults={"name": "validate"})
@blueprint.get("/quote", defaults={"name": "quote"})
def form(name: str) -> Response:
    """Show the form for checking one's own data, or a manuscript."""
    return _page(name, CACHE_CONTROL)


def _page(name: str, cache_control: str = "", **shown: Any) -> Response:
    shown |= {"inputs": RDF_FORMATS, "seconds": _MAX_SECONDS}
    return respond_page(f"{name}.html", cache_control=cache_control, **shown)


@blueprint.post("/validate")
def validate() -> Response:
    """Answer with the SHACL report of the graph in the body, or in the fields of a form."""
    fmt = negotiate((*RDF_FORMATS, HTML))
    data, media_type = _graph()
    shown: dict[str, Any] = {"data": data.decode(errors="replace"), "chosen": media_type}
    release = services().release
    try:
        # What cannot be read is told with its line and column.
        result = _GRAPHS.run(data, str(services().sources.resolve()), release.base, media_type)
        for fault in result.get("faults", ()):
            place = {k: fault[k] for k in ("line", "column") if fault[k]}
            where = f"Line {fault['line']}: " if fault["line"] else ""
            raise Problem(400, where + fault["message"], place)
    except Problem as problem:
        if fmt is not HTML:
            raise
        return _page("validate", problem=problem, **shown)
    if fmt is HTML:
        findings = [_finding(finding) for finding in result["findings"]]
        return _page("validate", findings=findings, is_covered=result["is_covered"], **shown)
    report = serialize(parse(result["report"].encode()), fmt, release.base, "", release.coercions)
    return respond(report, fmt, cache_control="")


def _graph() -> tuple[bytes, str]:
    """Return the graph that a request carries and the media type of its format."""
    if request.mimetype == FORM:
        return parameters()["data"].encode(), parameters()["format"]
    for fmt in RDF_FORMATS:
        if request.mimetype in (fmt.media_type, *fmt.aliases):
            return body(), fmt.media_type
    raise Problem(415, f"A graph is not sent as {request.mimetype[:80]!r}.")


def _finding(finding: dict[str, Any]) -> dict[str, Any]:
    """Return a finding as the page shows it: IRIs short, the shape as a link."""
    base = services().release.base
    shape = rebase(finding["shape"], base)
    return finding | {
        "focus": finding["focus"] if ":" in finding["focus"] else "a thing without a name",
        "path": curie(finding["path"]) if finding["path"] else "",
        "shape": {"href": link_to(shape, base), "text": path_of(shape, base).rpartition("/")[2]},
    }


@blueprint.post("/quote")
def quote() -> Response:
    """Answer with what the official texts and the record say of a manuscript."""
    fmt = negotiate((JSON, MARKDOWN, HTML))
    data = _manuscript()
    try:
        report = check_manuscript(data)
    except Problem as problem:
        if fmt is not HTML:
            raise
        return _page("quote", problem=problem)
    copy = report.pop("annotated")
    if fmt is HTML:
        text = text_of(data, "The manuscript")[:200_000]
        return _page("quote", report=report, copy=copy, text=text)
    return respond(copy if fmt is MARKDOWN else report, fmt, cache_control="")


def check_manuscript(data: bytes) -> dict[str, Any]:
    """Return the report on a manuscript, from a process of its own that keeps nothing.

    Raises Problem 400 for what cannot be read or has nothing to check, 503 where it takes too much,
    429 while another manuscript is checked.
    """
    if not (services().sources / FINGERPRINTS).is_file():
        raise Problem(404, "The sources of this site have no fingerprints of official texts.")
    folders = services().sources.resolve(), services().release.folder
    report = _MANUSCRIPTS.run(data, *map(str, folders))
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


_RULE = re.compile(r"^# (rule|why): (.+)$", re.MULTILINE)


@blueprint.get("/quality")
def quality() -> Response:
    """Show what this release was checked against, or give its SHACL report.

    A release that fails is never published.
    """
    release, fmt = services().release, negotiate((HTML, *RDF_FORMATS))
    if fmt is not HTML:
        quads = parse(release.report())
        return respond(serialize(quads, fmt, release.base, f"{release.base}quality#report"), fmt)
    return respond_page(
        "quality.html",
        shapes=_shapes(release),
        rules=_rules(services().sources),
    )


@lru_cache(maxsize=4)
def _shapes(release: Release) -> list[tuple[Thing, int]]:
    """Return each shape with the number of things that it is for, those of narrower classes too."""
    graph = graph_for(release)
    shapes = []
    for shape in graph.of_type("sh:NodeShape"):
        targets = (*shape.all("sh:targetClass"), *shape.all("sh:targetSubjectsOf"))
        classes = {cls for iri in targets for cls in graph.below(iri, "rdfs:subClassOf")}
        shapes.append((shape, sum(map(graph.index.use, classes))))
    return shapes


@lru_cache
def _rules(sources: Path) -> list[tuple[str, str]]:
    """Return each rule over the whole, with why it is there."""
    paths = sorted((sources / "shapes" / "hygiene").glob("*.rq"))
    heads = [dict(_RULE.findall(path.read_text("utf-8"))) for path in paths]
    return [(head.get("rule", ""), head.get("why", "")) for head in heads]
