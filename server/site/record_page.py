"""The record's own page: what it covers, how far it reaches, conflicts, gaps, changed answers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response

from server.law import participation, record_survey
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import STATUSES, Ref
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.formats import HTML, JSON
from server.rdf.tables import csv_text
from server.release.reader import Release
from server.site.parameters import parameters
from server.site.responses import chosen_format, of_today, respond, respond_page, services
from server.site.status import CSV, treaty_iri

blueprint = Blueprint("record", __name__)

Row = dict[str, Any]  # cells by their columns: text, a number, an IRI or several
_CHANGES = (
    "treaty", "participant", "before", "since before", "after", "since", "reason", "records",
    "sources",
)  # fmt: skip
_WHERE = {"treaty": "sl:participationIn", "participant": "sl:participationOf"}
# Columns with their properties; the first is the record itself.
_GAP = {"act": "", **_WHERE}
_CONFLICT = {
    "conflict": "",
    **_WHERE,
    "records": "sl:conflictingRecord*",
    "followed": "sl:preferredRecord",
    "sources": "dcterms:source*",
    "description": "dcterms:description",
}
_MISSING = {
    "missing": "",
    "from": "sl:missingFrom",
    "participants": "sl:missingOf*",
    "description": "dcterms:description",
    "supplied by": "sl:suppliedBy*",
}
_TEXTS = ("reason", "supplied by")  # columns whose cells hold several texts


@blueprint.get("/record")
@blueprint.get("/record.<key>")
def survey(key: str = "") -> Response:
    """Show what the record of participation covers, or give it as JSON."""
    fmt, tables = chosen_format(key, (HTML, JSON)), _tables(services().release, Day.today())
    if fmt is JSON:
        return of_today(respond(tables, JSON))
    return of_today(respond_page("record.html", tables=tables, refs=_refs))


@blueprint.get("/record/<part>.csv")
def part(part: str) -> Response:
    """Answer with one table of the record's page as CSV."""
    tables = _tables(services().release, Day.today())
    if part not in tables:
        raise Problem(404, f"The record has no part {part[:40]!r}; it has {', '.join(tables)}.")
    return of_today(_csv(list(tables[part][0]) if tables[part] else [], tables[part]))


@blueprint.get("/record/changes")
@blueprint.get("/record/changes.<key>")
def changes(key: str = "") -> Response:
    """Tell which answers for the day `asOf` the record of `to` changes against that of `from`."""
    release, fmt, given = services().release, chosen_format(key, (HTML, JSON, CSV)), parameters()
    today = Day.today()
    first, last = (
        participation.parse_day(given[name] or str(today), today, name) for name in ("from", "to")
    )
    if first > last:
        raise Problem(400, f"from is {first}, which is after {last}, the day in to.")
    day = participation.parse_day(given["asOf"] or str(last), today)
    treaty = given["treaty"] and treaty_iri(release, given["treaty"])
    rows = _changes(release, treaty, day, first, last)
    asked = {"treaty": treaty, "asOf": str(day), "from": str(first), "to": str(last)}
    if fmt is JSON:
        response = respond({**asked, "changes": rows}, JSON)
    elif fmt is CSV:
        response = _csv(_CHANGES, rows)
    else:
        treaties = [participation.record(release, iri) for iri in participation.treaties(release)]
        page: Row = {"asked": asked, "rows": rows, "refs": _refs, "treaties": treaties}
        response = respond_page("record_changes.html", **page)
    return response if given["asOf"] and given["to"] else of_today(response)


def _csv(columns: Sequence[str], rows: list[Row]) -> Response:
    """Answer with rows as CSV; several IRIs in a cell stand apart by spaces, other text by "; "."""
    lines = [
        [
            ("; " if name in _TEXTS else " ").join(cell) if isinstance(cell, list) else cell
            for name, cell in row.items()
        ]
        for row in rows
    ]
    return respond(csv_text(columns, lines), CSV)


def _refs(cell: str | list[str]) -> list[Ref]:
    """Return the links or the text of a cell."""
    graph = graph_for(services().release)
    texts = cell if isinstance(cell, list) else [cell]
    return [graph.ref(t) if t.startswith(graph.base) else Ref(t) for t in texts]


def _changes(release: Release, treaty: str | None, day: Day, first: Day, last: Day) -> list[Row]:
    rows: list[Row] = []
    for iri in [treaty] if treaty else participation.treaties(release):
        record = participation.record(release, iri)
        if treaty:
            participation.check_day(record, day)
        if record.adopted is None or record.adopted <= day:
            changes = record_survey.changes(record.treaty, day, first, last)
            rows += [_change(release, iri, change) for change in changes]
    return rows


def _change(release: Release, treaty: str, change: record_survey.Change) -> Row:
    before, after, records = change.before, change.after, (*change.added, *change.dropped)
    labels = release.labels(record.iri for record in records)
    reasons = [f"{labels[r.iri]} (on record since {r.known})" for r in change.added]
    reasons += [f"{labels[r.iri]} (set aside since {r.aside})" for r in change.dropped]
    was = (STATUSES[before.status], str(before.since or "")) if before else ("not on record", "")
    iris, sources = [r.iri for r in records], list(dict.fromkeys(r.source for r in records))
    now = (STATUSES[after.status], str(after.since or ""))
    cells = (treaty, after.participant, *was, *now, reasons, iris, sources)
    return dict(zip(_CHANGES, cells, strict=True))


@lru_cache(maxsize=2)
def _tables(release: Release, today: Day) -> dict[str, list[Row]]:
    """Return the tables of the page by their keys."""
    graph = graph_for(release)
    records = [participation.record(release, iri) for iri in participation.treaties(release)]
    last = max((r.as_of for record in records for r in record.treaty.listed), default=today)

    def rows(survey: Any) -> list[Row]:
        return [{"treaty": r.iri} | row for r in records for row in survey(r, today)]

    return {
        "parties": [
            {"treaty": r.iri, "day": str(last)} | record_survey.parties(r, last) for r in records
        ],
        "horizons": rows(record_survey.horizons),
        "coverage": rows(record_survey.coverage),
        "missing": [_row(thing, _MISSING) for thing in graph.of_type("sl:MissingRecord")],
        "conflicts": [_row(thing, _CONFLICT) for thing in graph.of_type("sl:RecordConflict")],
        "gaps": [
            _row(act, _GAP) | {"lacks": gap.iri, "sources": act.all("dcterms:source")}
            for gap in graph.things(release.targets_of(graph.term("sl:recordGap")))
            for act in gap.things("^sl:recordGap")
        ],
    }


def _row(thing: Thing, columns: Mapping[str, str]) -> Row:
    """Return the values of properties; of one with * after it there may be several, or none."""

    def cell(path: str) -> str | list[str]:
        if not path:
            return thing.iri
        return thing.all(path[:-1]) if path.endswith("*") else thing.one(path)

    return {name: cell(path) for name, path in columns.items()}
