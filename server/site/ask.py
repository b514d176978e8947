"""Questions in English: how one is read, its answer from the endpoint, and what that rests on."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.law import participation
from server.law.asking import PATTERNS, Reader, Reading
from server.problems import Problem
from server.rdf.formats import HTML, JSON, JSON_RESULTS
from server.rdf.iris import path_of
from server.rdf.serialization import parse
from server.rdf.terms import graph_of
from server.rdf.vocabulary import DCTERMS, LAYERS
from server.release.reader import Document, Release
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services
from server.site.sparql_page import rows_of
from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest, check, resolved

blueprint = Blueprint("ask", __name__)

NEAREST = 3
_FEWEST_SPACES = 2  # in what may be a question and not only words to search for
_MOST_ROWS, _MOST_CITED, _MOST_COUNTED = 1000, 300, 20_000
_MOST_BYTES = 4 * 1024**2  # of a result
_CLIENT = "questions"  # who asks the engine, for fairness: all that are asked here as one
# What names an actor or a concept is no evidence.
_NO_EVIDENCE = ("state/", "organization/", "actor-class/", "topic/", "norm-kind/")

Answer = dict[str, Any]


@blueprint.get("/ask")
def ask() -> Response:
    """Answer a question, or tell what it may have meant."""
    fmt, question = negotiate((HTML, JSON)), str(parameters()["q"]).strip()
    if not question and fmt is JSON:
        raise Problem(400, "The parameter q is missing: a question in English.")
    told = answer(question) if question else {}
    if fmt is JSON:
        response = respond(told, JSON)
    else:
        examples = [
            "Who was bound by the Liability Convention on 31 December 1979?",
            "What does article VI of the Outer Space Treaty require?",
            "Which provisions deal with harmful contamination?",
        ]
        response = respond_page(
            "ask.html", asked=question, told=told, examples=examples, href=_href
        )
    del response.headers["Last-Modified"]  # the answer of tomorrow may be another
    return response


def answer(question: str) -> Answer:
    """Return the answer to a question with all that it rests on, or the nearest readings."""
    known = reader(services().sources, services().release)
    readings = known.read(question)
    reading = known.sure(readings)
    told: Answer = {"asked": question, "sure": reading is not None, "reading": None}
    if reading is None:
        return told | {"nearest": [_offer(r) for r in readings[:NEAREST]]}
    query = reading.query()
    columns, rows, _ = run(query)
    evidence = _evidence(reading, rows)
    values = {name: _value(name, value) for name, value in reading.values.items()}
    told["reading"] = {"pattern": reading.pattern.key, "text": reading.text, "values": values}
    return told | {
        "said": _said(reading, rows),
        "query": query,
        "endpoint": services().release.base + "sparql?" + urlencode({"query": query}),
        "columns": columns,
        "rows": rows[:_MOST_ROWS],
        "total": len(rows),
        "restsOn": evidence,
        "sources": _sources(evidence),
        "horizon": horizon(services().release),
    }


def offer(question: str) -> str:
    """Return the reading of a question that is sure, "" where none is."""
    if question.count(" ") < _FEWEST_SPACES or not (services().sources / PATTERNS).is_file():
        return ""
    known = reader(services().sources, services().release)
    reading = known.sure(known.read(question))
    return reading.text if reading else ""


def run(query: str) -> tuple[list[str], list[dict[str, dict[str, str]]], bool]:
    """Return variables and rows of a query at the endpoint, and whether these are all.

    Raises Problem for a query that fails, or is neither SELECT nor ASK.
    """
    release, form = services().release, check(query).form
    if form not in ("SELECT", "ASK"):
        raise Problem(400, f"A {form} query is not answered here; the endpoint does.")
    graphs = [f"{release.base}graph/{name}" for name in release.manifest.graphs]
    request = resolved(QueryRequest(query, form), release.base, graphs)
    try:
        result = services().engine.ask(request, JSON_RESULTS, _CLIENT, _MOST_BYTES)
    except QueryFailed as failed:
        raise failed.problem() from None
    text = result.read().decode(errors="ignore")
    if form == "ASK":
        return ["answer"], [{"answer": {"value": str(json.loads(text)["boolean"]).lower()}}], True
    columns, rows = rows_of(text, _MOST_COUNTED)
    labels = release.labels(t["value"] for row in rows for t in row.values() if t["type"] == "uri")
    shown = [{name: _cell(row.get(name, {}), labels) for name in columns} for row in rows]
    return columns, shown, result.whole


@lru_cache(maxsize=2)
def reader(sources: Path, release: Release) -> Reader:
    """Return what reads questions about a release; raises Problem 404 where nothing does."""
    if not (sources / PATTERNS).is_file():
        raise Problem(404, "The sources of this site declare no patterns of questions.")
    return Reader(sources, release)


@lru_cache(maxsize=2)
def horizon(release: Release) -> str:
    """Return the last day of which the records of participation tell, "" where there are none."""
    days = [
        day
        for treaty in participation.treaties(release)
        for record in [participation.record(release, treaty).treaty]
        for day in (*(e.day for e in record.events), *(row.as_of for row in record.listed))
        if day
    ]
    return str(max(days, default=""))


def layers_of(document: Document, base: str) -> list[str]:
    """Return the layers that describe a resource."""
    graphs = {graph_of(quad).removeprefix(f"{base}graph/") for quad in parse(document.nquads)}
    return [layer for layer in LAYERS if layer in graphs]


def _cell(term: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    value = str(term.get("value", ""))
    if term.get("type") != "uri":
        return {"value": value}
    return {"iri": value, "value": labels.get(value, value)}


def _said(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return reading.pattern.empty
    if reading.pattern.count:
        return f"{len({row[reading.pattern.count]['value'] for row in rows})}"
    return ""


def _value(name: str, value: str) -> str:
    return value if name in ("day", "known", "term") else f"{services().release.base}id/{value}"


def _offer(reading: Reading) -> Answer:
    """Return a reading that may be meant, with its address where nothing is missing in it."""
    address = f"{services().release.base}ask?{urlencode({'q': reading.text})}"
    return {
        "pattern": reading.pattern.key,
        "text": reading.text,
        "address": address if reading.whole else None,
    }


def _evidence(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """Return the acts and texts in the answer, each with the layers that state it."""
    release = services().release
    prefix = f"{release.base}id/"
    iris = [prefix + reading.values[name] for name in reading.pattern.rests]
    iris += [cell["iri"] for row in rows for cell in row.values() if "iri" in cell]
    found: list[Answer] = []
    for iri in dict.fromkeys(iris):
        path = iri.removeprefix(prefix)
        document = release.document(iri) if not path.startswith(_NO_EVIDENCE) else None
        if document and path != iri and len(found) < _MOST_CITED:
            layers = layers_of(document, release.base)
            found.append({"iri": iri, "label": document.label, "layers": layers})
    return found


def _sources(evidence: Sequence[Answer]) -> list[Answer]:
    """Return the sources of what an answer rests on."""
    release, cited = services().release, dict[str, None]()
    for item in evidence:
        document = release.document(item["iri"])
        for quad in parse(document.nquads) if document else ():
            if quad.predicate.value == f"{DCTERMS}source":
                cited[str(quad.object.value)] = None  # type: ignore[union-attr]
    labels = release.labels(cited)
    return [{"iri": iri, "label": labels.get(iri, iri)} for iri in cited]


def _href(iri: str) -> str:
    return path_of(iri, services().release.base)
