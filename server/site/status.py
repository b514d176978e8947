"""Who is bound by a treaty on a given day: as a page, JSON, Turtle and CSV."""

import csv
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from server.law import participation
from server.law.standing import Standing
from server.pages.wording import day as in_words
from server.pages.world_map import RADIUS, world
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.formats import HTML, JSON, TURTLE, Format
from server.rdf.iris import path_of
from server.rdf.serialization import serialize
from server.rdf.vocabulary import DCTERMS, RDF_TYPE, XSD, graph_iri
from server.release.reader import Document, Release
from server.site.responses import negotiate, respond, services

blueprint = Blueprint("status", __name__)

CSV = Format("csv", "text/csv", "CSV", "table")
FORMATS = (JSON, CSV, TURTLE, HTML)
COLUMNS = ("state", "name", "status", "since", "source")
WORDS = {
    "party": "party",
    "predecessor": "bound through its predecessor",
    "declaration": "accepts by declaration",
    "signatory": "signatory",
    "unknown": "not known",
    "none": "not bound",
    "nonexistent": "did not exist",
}
ORDER = tuple(WORDS)
FILLS = {"signatory": "hatch", "unknown": "dots"}  # patterns, so that colour is not all


@dataclass(frozen=True)
class Row:
    """One participant in a table of standings."""

    state: str
    name: str
    status: str
    since: str
    source: tuple[str, ...]
    records: tuple[str, ...]


@blueprint.get("/status")
@blueprint.get("/status.<key>")
def status(key: str = "") -> Response:
    """Answer who stands how towards `treaty` on the day `asOf`, or show what can be asked."""
    release = services().release
    fmt = _format(key)
    if "treaty" not in request.args and fmt is HTML:
        return respond(_overview(release), HTML)
    treaty, day = _treaty(release), today_or("asOf")
    body = _write(release, treaty, day, table(release, treaty, day), fmt)
    response = respond(body, fmt)
    if "asOf" not in request.args:  # the answer of tomorrow may be another
        del response.headers["Last-Modified"]
    return response


def table(release: Release, treaty: str, day: Day) -> list[Row]:
    """Return the standings on a day with names, parties first, then by name."""
    found = participation.on(release, treaty, day)
    names = release.labels(s.participant for s in found)
    rows = [_row(s, names.get(s.participant, s.participant)) for s in found]
    return sorted(rows, key=lambda r: (ORDER.index(r.status), r.name))


def of_state(release: Release, state: str, day: Day) -> list[tuple[str, str, Row]]:
    """Return treaty, its label and the standing of one State, for each treaty adopted by then."""
    found = []
    for treaty in participation.treaties(release):
        known = participation.record(release, treaty)
        if known.adopted and day < known.adopted:
            continue
        found += [
            (treaty, known.label, row) for row in table(release, treaty, day) if row.state == state
        ]
    return found


def section(release: Release, found: Document) -> dict[str, Any] | None:
    """Return what the page of a treaty or a State shows of participation, or None for others.

    Without the parameter asOf the page has the form alone, and so does not change by the day.
    """
    kind = found.type.removeprefix(f"{release.base}def/")
    if kind == "Treaty" and found.iri not in participation.treaties(release):
        return None
    if kind not in ("Treaty", "State", "FormerState", "RecordedParticipant"):
        return None
    shown: dict[str, Any] = {"kind": kind, "key": found.iri.removeprefix(f"{release.base}id/")}
    if "asOf" in request.args:
        shown["day"] = day = today_or("asOf")
        shown["rows"] = (
            table(release, found.iri, day)
            if kind == "Treaty"
            else of_state(release, found.iri, day)
        )
        shown["names"] = release.labels(
            s for r in shown["rows"] for s in (r if kind == "Treaty" else r[2]).source
        )
    return shown


def today_or(parameter: str) -> Day:
    """Return the day that a query parameter names, or today (UTC)."""
    today = Day.today()
    text = request.args.get(parameter)
    return participation.parse_day(text, today) if text is not None else today


def _row(s: Standing, name: str) -> Row:
    return Row(s.participant, name, s.status, str(s.since or ""), s.source, s.records)


def _format(key: str) -> Format:
    if not key:
        return negotiate(FORMATS)
    for fmt in FORMATS:
        if fmt.key == key:
            return fmt
    raise Problem(
        404, f"A status has no format {key[:20]!r}; it has {', '.join(f.key for f in FORMATS)}."
    )


def _treaty(release: Release) -> str:
    text = request.args.get("treaty", "")
    if not text:
        raise Problem(
            400, "The parameter treaty is missing, such as treaty=treaty/1967/outer-space."
        )
    if text.startswith(release.base):
        return text
    return f"{release.base}id/{text.removeprefix('/').removeprefix('id/')}"


def _write(release: Release, treaty: str, day: Day, rows: list[Row], fmt: Format) -> bytes | str:
    if fmt is JSON:
        return _json(treaty, day, rows)
    if fmt is CSV:
        return _csv(rows)
    if fmt is TURTLE:
        return _turtle(release, treaty, day, rows)
    return _page(release, treaty, day, rows)


def _json(treaty: str, day: Day, rows: list[Row]) -> str:
    counts = Counter(r.status for r in rows)
    standings = [{c: getattr(r, c) or None for c in COLUMNS} for r in rows]
    document = {
        "treaty": treaty,
        "asOf": str(day),
        "counts": {s: counts[s] for s in ORDER},
        "standings": standings,
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def _csv(rows: list[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer)  # CRLF line ends, as RFC 4180 has them
    writer.writerow(COLUMNS)
    writer.writerows((r.state, r.name, r.status, r.since, " ".join(r.source)) for r in rows)
    return buffer.getvalue()


def _turtle(release: Release, treaty: str, day: Day, rows: list[Row]) -> bytes:
    """Describe each standing under a fragment of this very address; nothing else names it."""
    address = f"{release.base}status?treaty={treaty.removeprefix(release.base + 'id/')}&asOf={day}"
    graph = ox.NamedNode(graph_iri("derived", release.base))
    quads = []
    for row in rows:
        subject = ox.NamedNode(f"{address}#{row.state.rpartition('/')[2]}")
        for predicate, value in _statements(release, treaty, day, row):
            quads.append(ox.Quad(subject, ox.NamedNode(predicate), value, graph))
    return serialize(quads, TURTLE, release.base)


def _statements(
    release: Release, treaty: str, day: Day, row: Row
) -> list[tuple[str, ox.NamedNode | ox.Literal]]:
    term, date_type = f"{release.base}def/", ox.NamedNode(XSD + "date")
    found: list[tuple[str, ox.NamedNode | ox.Literal]] = [
        (RDF_TYPE, ox.NamedNode(f"{term}ParticipationStatus")),
        (f"{term}participationIn", ox.NamedNode(treaty)),
        (f"{term}participationOf", ox.NamedNode(row.state)),
        (
            f"{term}listedStatus",
            ox.NamedNode(f"{release.base}id/participation-status/{row.status}"),
        ),
        (f"{term}asOf", ox.Literal(str(day), datatype=date_type)),
    ]
    if row.since:
        found.append((f"{term}since", ox.Literal(row.since, datatype=date_type)))
    return found + [(DCTERMS + "source", ox.NamedNode(s)) for s in row.source]


def _page(release: Release, treaty: str, day: Day, rows: list[Row]) -> str:
    known = participation.record(release, treaty)
    counts = Counter(r.status for r in rows)
    named = release.labels(s for r in rows for s in r.source)
    sources = [(s, named.get(s, s)) for s in dict.fromkeys(s for r in rows for s in r.source)]
    return render_template(
        "status.html",
        record=known,
        day=day,
        rows=rows,
        counts=[(s, counts[s]) for s in ORDER],
        sources=sources,
        numbers={iri: number for number, (iri, _) in enumerate(sources, 1)},
        key=treaty.removeprefix(release.base + "id/"),
        href=lambda iri: path_of(iri, release.base),
        formats=[f for f in FORMATS if f is not HTML],
        map=world(release, ORDER, [(r.state, r.name, r.status, _remark(r)) for r in rows]),
        radius=RADIUS,
        fills=FILLS,
        words=WORDS,
    )


def _remark(row: Row) -> str:
    since = f" since {in_words(row.since)}" if row.since else ""
    return f"{WORDS[row.status]}{since}"


def _overview(release: Release) -> str:
    records = [participation.record(release, t) for t in participation.treaties(release)]
    keys = [(r, r.iri.removeprefix(release.base + "id/")) for r in records]
    return render_template("statuses.html", records=keys, today=today_or("asOf"))
