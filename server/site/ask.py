"""Questions in English: how one is read, its answer from the endpoint, and what that rests on."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.law import participation
from server.law.asking import Reader, Reading
from server.law.patterns import ENGLISH, PATTERNS
from server.pages.law_records import disagreement
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import day as in_words
from server.problems import Problem
from server.rdf.datatypes import day as read_day
from server.rdf.formats import HTML, JSON, JSON_RESULTS
from server.release.reader import Release
from server.site import status
from server.site.parameters import parameters
from server.site.responses import negotiate, of_today, respond, respond_page, services
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

_CONFLICTING = "sl:conflictingRecord"

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
        response = respond_page("ask.html", asked=question, told=told)
    return of_today(response)


def answer(question: str) -> Answer:
    """Return the answer to a question with all that it rests on, or the nearest readings."""
    readings = reader().read(question)
    reading = reader().sure(readings)
    told: Answer = {"asked": question, "sure": reading is not None, "reading": None}
    if reading is None:
        return told | {"nearest": [_offer(r) for r in readings[:NEAREST]]}
    query = reading.query()
    columns, rows, _ = run(query)
    release, count = services().release, reading.pattern.count
    values = {
        name: value if name in ("day", "known", "term") else f"{release.base}id/{value}"
        for name, value in reading.values.items()
    }
    standings = _standings(values)
    own = standings if "state" in values else []
    evidence = _evidence(reading, rows, [record for row in own for record in row.records])
    told["reading"] = {"pattern": reading.pattern.key, "text": reading.text, "values": values}
    said = str(len({row[count]["value"] for row in rows})) if count else reading.pattern.found
    said = " ".join(map(_stood, own)) or (said if rows else reading.pattern.empty)
    cited = dict.fromkeys(source for thing in evidence for source in thing.all("dcterms:source"))
    labels = release.labels(cited)
    return told | {
        "said": said,
        "standing": next(map(status.entry, own), None),
        "conflicts": _conflicts(evidence, standings),
        "other": _offer(reading.other) if reading.other else None,
        "query": query,
        "endpoint": release.base + "sparql?" + urlencode({"query": query}),
        "columns": columns,
        "rows": rows[:_MOST_ROWS],
        "total": len(rows),
        "restsOn": [{"iri": t.iri, "label": t.label, "layers": t.described_in} for t in evidence],
        "sources": [{"iri": iri, "label": labels.get(iri, iri)} for iri in cited],
        "horizon": horizon(release),
    }


def offer(question: str) -> str:
    """Return the reading of a question that is sure, "" where none is."""
    if question.count(" ") < _FEWEST_SPACES or not (services().sources / PATTERNS).is_file():
        return ""
    reading = reader().sure(reader().read(question))
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


def reader() -> Reader:
    """Return what reads questions; raises Problem 404 where nothing does."""
    if not (services().sources / PATTERNS).is_file():
        raise Problem(404, "The sources of this site declare no patterns of questions.")
    return _reader(services().sources, services().release)


_reader = lru_cache(maxsize=2)(Reader)


def horizon(release: Release) -> str:
    """Return the last day of which the records of participation tell, "" where there are none."""
    return str(participation.horizon(release)) if participation.treaties(release) else ""


def _cell(term: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    value = str(term.get("value", ""))
    if term.get("type") != "uri":
        return {"value": value}
    return {"iri": value, "value": labels.get(value, value)}


def _offer(reading: Reading) -> Answer:
    """Return a reading that may be meant, with its address where nothing is missing in it."""
    address = f"{services().release.base}ask?{urlencode({'q': reading.text})}"
    address_if_whole = address if reading.whole else None
    return {"pattern": reading.pattern.key, "text": reading.text, "address": address_if_whole}


def _standings(values: Mapping[str, str]) -> list[status.Row]:
    """Return how a State, or each, stood on the day of a question that names treaty and day."""
    if not {"treaty", "day"} <= values.keys():
        return []
    known = read_day(values["known"]) if "known" in values else None
    rows = status.standings(services().release, values["treaty"], read_day(values["day"]), known)
    return [row for row in rows if values.get("state", row.state) == row.state]


def _stood(row: status.Row) -> str:
    since = f" since {in_words(row.since)}" if row.since else ""
    stood = ENGLISH["answers"][row.status].format(since=since)
    conflicts = graph_for(services().release).things(row.conflict)
    said = "; ".join(dict.fromkeys((stood, *map(disagreement, conflicts))))
    return f"By what is on record, {said}."


def _conflicts(evidence: Iterable[Thing], standings: Iterable[status.Row]) -> list[Answer]:
    """Return where sources disagree on what the answer tells, each with the records concerned."""
    on_records = [c for thing in evidence for c in thing.things(f"^{_CONFLICTING}")]
    on_day = graph_for(services().release).things(i for row in standings for i in row.conflict)
    return [
        {"iri": c.iri, "label": c.label, "says": disagreement(c), "on": c.all(_CONFLICTING)}
        for c in dict.fromkeys((*on_records, *on_day))
    ]


def _evidence(reading: Reading, rows: list[Answer], more: list[str]) -> list[Thing]:
    """Return the acts and texts in the answer, and further records that it rests on."""
    graph = graph_for(services().release)
    start = f"{graph.base}id/"
    iris = [start + reading.values[name] for name in reading.pattern.rests]
    iris += [cell["iri"] for row in rows for cell in row.values() if "iri" in cell] + more
    no_evidence = tuple(start + folder for folder in _NO_EVIDENCE)
    evidence = (iri for iri in iris if iri.startswith(start) and not iri.startswith(no_evidence))
    return graph.things(evidence)[:_MOST_CITED]
