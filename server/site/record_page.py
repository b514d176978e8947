"""The record's own page: what it covers, how far it reaches, conflicts, gaps, changed answers."""

import csv
import io
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Blueprint, Response

from server.law import participation, record_survey
from server.law.record_changes import Change
from server.law.record_changes import changes as changes_of
from server.pages.page_model import Ref
from server.pages.release_graph import Thing, graph_for
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.formats import HTML, JSON
from server.release.reader import Release
from server.site.parameters import parameters
from server.site.responses import chosen_format, respond, respond_page, services
from server.site.status import CSV, STATUSES, treaty_iri

blueprint = Blueprint("record", __name__)

_COLUMNS = {
    "parties": ("treaty", "parties", "listed", "carried forward", "not known"),
    "horizons": ("treaty", "last record", "participants", "of these parties"),
    "coverage": (
        "treaty", "decade", "signatures", "consents", "other acts", "parties", "not known",
    ),
    "conflicts": (
        "conflict", "treaty", "participant", "records", "followed", "sources", "description",
    ),
    "missing": ("missing", "treaty", "participants", "description", "supplied by"),
    "gaps": ("act", "treaty", "participant", "gap", "sources"),
    "changes": (
        "treaty", "participant", "before", "since before", "after", "since", "reason", "records",
        "sources",
    ),
}  # fmt: skip

Row = Sequence[str | int | Sequence[str]]  # a cell holds text, a number, an IRI or several


class Table(NamedTuple):
    """A part of the record, which is had as CSV and in JSON too."""

    key: str
    rows: Sequence[Row]

    @property
    def columns(self) -> Sequence[str]:
        """Return the names of its columns."""
        return _COLUMNS[self.key]

    def records(self) -> list[dict[str, Any]]:
        """Return its rows as JSON has them."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def csv(self) -> str:
        """Return it as CSV; several IRIs in a cell stand apart by spaces."""
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        writer.writerow(self.columns)
        writer.writerows([" ".join(c) if isinstance(c, list) else c for c in r] for r in self.rows)
        return buffer.getvalue()


@blueprint.get("/record")
@blueprint.get("/record.<key>")
def survey(key: str = "") -> Response:
    """Show what the record of participation covers, or give it as JSON."""
    fmt, tables = chosen_format(key, (HTML, JSON)), _tables(services().release, Day.today())
    if fmt is JSON:
        whole = {table.key: table.records() for table in tables.values()}
        return _of_today(respond(json.dumps(whole, ensure_ascii=False, indent=1), JSON))
    table = str(_last_table(services().release))
    page = respond_page("record.html", ("Accept",), tables=tables, refs=_refs, table=table)
    return _of_today(page)


@blueprint.get("/record/<part>.csv")
def part(part: str) -> Response:
    """Answer with one table of the record's page as CSV."""
    tables = _tables(services().release, Day.today())
    if part not in tables:
        raise Problem(404, f"The record has no part {part[:40]!r}; it has {', '.join(tables)}.")
    return _of_today(respond(tables[part].csv(), CSV, vary=()))


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
    chosen = given["treaty"] and treaty_iri(release, given["treaty"])
    table = Table("changes", _changes(release, chosen, day, first, last))
    asked = {"treaty": chosen, "asOf": str(day), "from": str(first), "to": str(last)}
    if fmt is JSON:
        document = {**asked, "changes": table.records()}
        response = respond(json.dumps(document, ensure_ascii=False, indent=1), JSON)
    elif fmt is CSV:
        response = respond(table.csv(), CSV)
    else:
        response = respond_page(
            "record_changes.html", ("Accept",), table=table, refs=_refs, asked=asked,
            treaties=[participation.record(release, t) for t in participation.treaties(release)],
        )  # fmt: skip
    return response if given["asOf"] and given["to"] else _of_today(response)


def _of_today(response: Response) -> Response:
    """Return an answer that may be another tomorrow."""
    del response.headers["Last-Modified"]
    return response


def _refs(cell: str | int | Sequence[str]) -> list[Ref]:
    """Return the links or the text of a cell."""
    graph = graph_for(services().release)
    texts = cell if isinstance(cell, list) else [str(cell)]
    return [graph.ref(t) if t.startswith(graph.base) else Ref(t) for t in texts]


def _changes(release: Release, treaty: str | None, day: Day, first: Day, last: Day) -> list[Row]:
    rows: list[Row] = []
    for iri in [treaty] if treaty else participation.treaties(release):
        record = participation.record(release, iri)
        if treaty:
            participation.check_day(record, day)
        if record.adopted is None or record.adopted <= day:
            rows += [_change(release, iri, c) for c in changes_of(record.treaty, day, first, last)]
    return rows


def _change(release: Release, treaty: str, change: Change) -> Row:
    before, after, records = change.before, change.after, (*change.added, *change.dropped)
    labels = release.labels(record.iri for record in records)
    reasons = [f"{labels[r.iri]} (on record since {r.known})" for r in change.added]
    reasons += [f"{labels[r.iri]} (set aside since {r.aside})" for r in change.dropped]
    return (
        treaty,
        after.participant,
        STATUSES[before.status] if before else "not on record",
        str(before.since or "") if before else "",
        STATUSES[after.status],
        str(after.since or ""),
        "; ".join(reasons),
        [record.iri for record in records],
        list(dict.fromkeys(record.source for record in records)),
    )


def _last_table(release: Release) -> Day:
    records = [participation.record(release, iri) for iri in participation.treaties(release)]
    days = (row.as_of for record in records for row in record.treaty.listed)
    return max(days, default=Day.today())


@lru_cache(maxsize=2)
def _tables(release: Release, today: Day) -> dict[str, Table]:
    """Return the tables of the page by their keys."""
    graph = graph_for(release)
    records = {iri: participation.record(release, iri) for iri in participation.treaties(release)}
    last = _last_table(release)
    gaps = graph.things(release.targets_of(graph.term("sl:recordGap")))
    rows: dict[str, list[Row]] = {
        "parties": [(iri, *record_survey.parties(r, last)) for iri, r in records.items()],
        "horizons": [
            (iri, *row) for iri, r in records.items() for row in record_survey.horizons(r, today)
        ],
        "coverage": [
            (iri, *row) for iri, r in records.items() for row in record_survey.coverage(r, today)
        ],
        "conflicts": [
            (
                *_participation(c),
                c.all("sl:conflictingRecord"),
                c.one("sl:preferredRecord"),
                c.all("dcterms:source"),
                c.text,
            )
            for c in graph.of_type("sl:RecordConflict")
        ],
        "missing": [
            (m.iri, m.one("sl:missingFrom"), m.all("sl:missingOf"), m.text, m.all("sl:suppliedBy"))
            for m in graph.of_type("sl:MissingRecord")
        ],
        "gaps": [
            (*_participation(act), gap.iri, act.all("dcterms:source"))
            for gap in gaps
            for act in gap.things("^sl:recordGap")
        ],
    }
    return {key: Table(key, rows[key]) for key in rows}


def _participation(thing: Thing) -> tuple[str, str, str]:
    return thing.iri, thing.one("sl:participationIn"), thing.one("sl:participationOf")
