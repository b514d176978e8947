"""Who is bound by a treaty on a given day: as a page, JSON, Turtle and CSV."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.law import participation, record_survey
from server.law.acts import Existence
from server.law.participation import Record
from server.pages.law_records import conflicts_on
from server.pages.release_graph import graph_for
from server.pages.wording import EARLIER, ENDED, STATUSES, Ref
from server.pages.wording import day as in_words
from server.problems import Problem
from server.rdf.datatypes import LAST_DAY, Day
from server.rdf.formats import HTML, JSON, TURTLE, Format
from server.rdf.iris import path_of
from server.rdf.serialization import serialize
from server.rdf.tables import csv_text
from server.rdf.turtle_template import render
from server.release.reader import Document, Release
from server.site.parameters import parameters
from server.site.responses import chosen_format, respond, respond_page, services

blueprint = Blueprint("status", __name__)

CSV = Format("csv", "text/csv", "CSV", "table")
FORMATS = (JSON, CSV, TURTLE, HTML)
COLUMNS = ("state", "name", "status", "standing", "since", "horizon", "source", "conflict")
# The map alone may stand in a page of another site: it holds no control that could be abused.
IN_A_FRAME = "default-src 'none'; style-src 'self'"
_ORDER = list(STATUSES)


class Row(NamedTuple):
    """How one participant stands towards one treaty on a day.

    `horizon` is the last day of which the records tell; later, the last known status is carried
    forward. `conflict` are the conflicts of records that concern it. `existed` tells whether it is
    on record as independent by then.
    """

    state: str
    name: str
    status: str
    since: str
    horizon: str
    source: Sequence[str]
    records: Sequence[str]
    conflict: Sequence[str]
    existed: bool

    @property
    def is_earlier(self) -> bool:
        """Whether it is not on record as independent yet, and its territory was bound."""
        return self.status == "predecessor" and not self.existed

    @property
    def standing(self) -> str:
        """The status in words; of a State that is no longer on record, that it is not."""
        has_ended = self.status == "nonexistent" and self.existed
        return ENDED if has_ended else EARLIER if self.is_earlier else STATUSES[self.status]


@blueprint.get("/status")
@blueprint.get("/status.<key>")
def status(key: str = "") -> Response:
    """Answer who stood how towards `treaty` on the day `asOf`, or show what can be asked.

    With `knownOn` only what was on record by that day counts; a form left empty sends "".
    """
    release, fmt, today = services().release, chosen_format(key, FORMATS), Day.today()
    as_of, known_on = parameters()["asOf"], parameters()["knownOn"]
    day = today if as_of is None else participation.parse_day(as_of, today)
    known = participation.parse_day(known_on, today, "knownOn") if known_on else None
    if fmt is HTML and known == today:
        known = None  # all that is on record
    if parameters()["view"] and fmt is not HTML:
        raise Problem(400, f"The parameter view is one of the page, not of {fmt.name}.")
    if parameters()["treaty"] is None and fmt is HTML:
        response = _overview(release, day)
    else:
        treaty = treaty_iri(release, parameters()["treaty"])
        response = _answer(release, treaty, day, known, fmt)
    if as_of is None or (fmt is HTML and known is None):
        # It tells of today, and tomorrow may be another: not dated, and not kept by the server.
        del response.headers["Last-Modified"]
        response.headers["Cache-Control"] = "max-age=300"
    return response


def treaty_iri(release: Release, text: str | None) -> str:
    """Return the IRI that a parameter names by its path or whole."""
    if not text:
        example = "treaty=treaty/1967/outer-space"
        raise Problem(400, f"The parameter treaty is missing, such as {example}.")
    path = text.removeprefix(release.base).removeprefix("/").removeprefix("id/")
    return f"{release.base}id/{path}"


def standings(release: Release, treaty: str, day: Day, known: Day | None = None) -> list[Row]:
    """Return the standings towards a treaty on a day, parties first, then by name.

    `known` is the day of knowledge: what was on record by then; None for all that is on record.
    """
    record = participation.record(release, treaty)
    on_record = record.treaty.standings(day, known or LAST_DAY)
    names = release.labels(s.participant for s in on_record)
    conflicts = conflicts_on(graph_for(release), treaty)
    rows = [
        Row(
            s.participant,
            names.get(s.participant, s.participant),
            s.status,
            str(s.since or ""),
            str(s.horizon or ""),
            s.source,
            s.records,
            [
                c.iri
                for c in conflicts
                if c.concerns({s.participant, *s.records}, day, known or LAST_DAY)
            ],
            record.treaty.existence.get(s.participant, Existence()).first <= day,
        )
        for s in on_record
    ]
    return sorted(rows, key=lambda row: (_ORDER.index(row.status), row.name))


def entry(row: Row) -> dict[str, Any]:
    """Return a standing as JSON has it."""
    return {name: getattr(row, name) or None for name in COLUMNS}


def section(document: Document, as_of: str | None) -> dict[str, Any] | None:
    """Return what the page of a treaty or a State shows of participation, or None for others.

    Without a day it tells the last one of which the records tell, and so does not change by the
    day. Raises Problem 400 for a day where nothing can be shown of it.
    """
    release, iri = services().release, document.iri
    kind = document.type.removeprefix(f"{release.base}def/")
    if kind not in ("Treaty", "State", "FormerState", "RecordedParticipant"):
        if as_of is not None:
            raise Problem(400, "asOf is given, and no participation in treaties is shown here.")
        return None
    treaties = participation.treaties(release)
    if is_treaty := kind == "Treaty":
        treaties = [iri] if iri in treaties else []
        if as_of is None and not treaties:
            return None
    horizon = participation.horizon(release)
    day = horizon if as_of is None else participation.parse_day(as_of, Day.today())
    records = [participation.record(release, treaty) for treaty in treaties]
    standing = ((record, row) for record in records for row in standings(release, record.iri, day))
    rows = [(record, row) for record, row in standing if is_treaty or row.state == iri]
    shown = {
        "is_treaty": is_treaty,
        "key": iri.removeprefix(f"{release.base}id/"),
        "horizon": str(horizon),
        "day": as_of and day,
        "rows": rows,
        "sources": release.labels(source for _, row in rows for source in row.source),
    }
    if as_of is None and is_treaty:
        shown["parties"] = sum(row.status == "party" for _, row in rows)
        shown["reach"] = list(record_survey.horizons(records[0], horizon))
    return shown


def _answer(release: Release, treaty: str, day: Day, known: Day | None, fmt: Format) -> Response:
    rows = standings(release, treaty, day, known)
    if fmt is HTML:
        return _page(release, treaty, day, known, rows)
    if fmt is CSV:
        cells = (entry(row).values() for row in rows)
        lines = ([c if isinstance(c, str) else " ".join(c or ()) for c in row] for row in cells)
        response = respond(csv_text(COLUMNS, lines), fmt)
    elif fmt is JSON:
        response = respond(_json(participation.record(release, treaty), day, known, rows), fmt)
    else:
        # Each standing is described under a fragment of this very address; nothing else names it.
        address = _address(release, treaty, day, known)
        quads = render(
            "status.ttl", release.base, address=address, treaty=treaty, day=day, rows=rows
        )
        response = respond(serialize(quads, fmt, release.base), fmt)
    name = f"{treaty.rpartition('/')[2]}-{day}.{fmt.key}"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _address(release: Release, treaty: str, day: Day, known: Day | None) -> str:
    asked = {"treaty": treaty.removeprefix(f"{release.base}id/"), "asOf": day}
    asked |= {"knownOn": known} if known else {}
    return f"{release.base}status?{urlencode(asked, safe='/')}"


def _json(record: Record, day: Day, known: Day | None, rows: list[Row]) -> dict[str, Any]:
    return {
        "treaty": record.iri,
        "adopted": str(record.adopted) if record.adopted else None,
        "asOf": str(day),
        "knownOn": str(known) if known else None,
        "counts": _counts(rows),
        "standings": [entry(row) for row in rows],
    }


def _counts(rows: list[Row]) -> Mapping[str, int]:
    counts = Counter(row.status for row in rows)
    return {status: counts[status] for status in STATUSES}


def _page(release: Release, treaty: str, day: Day, known: Day | None, rows: list[Row]) -> Response:
    iris = list(dict.fromkeys(source for row in rows for source in row.source))
    record = participation.record(release, treaty)
    earlier = sum(row.is_earlier for row in rows)
    counts, disputed = _counts(rows), conflicts_on(graph_for(release), treaty)
    response = respond_page(
        "map_alone.html" if parameters()["view"] == "map" else "status.html",
        ("Accept",),
        record=record,
        treaties=release.labels(participation.treaties(release)),
        day=day,
        known=known,
        today=Day.today(),
        rows=rows,
        counts={**counts, "predecessor": counts["predecessor"] - earlier},
        before=earlier,
        in_force_disputed=[c.iri for c in disputed if c.is_on_force],
        labels=release.labels((*iris, *(record for row in rows for record in row.records))),
        numbers={iri: number for number, iri in enumerate(iris, 1)},
        key=treaty.removeprefix(f"{release.base}id/"),
        address=_address(release, treaty, day, known),
        formats=[f for f in FORMATS if f is not HTML],
        map=_world(release, rows),
        curve=party_curve(release, treaty),
    )
    if parameters()["view"] == "map":
        response.headers["Content-Security-Policy"] = IN_A_FRAME
    return response


def remark(row: Row) -> str:
    """Return a standing in words."""
    since = f" since {in_words(row.since)}" if row.since else ""
    return f"{row.standing}{since}"


@lru_cache(maxsize=16)
def party_curve(release: Release, treaty: str) -> list[tuple[Day, int]]:
    """Return how many parties a treaty had at the end of each year, up to its last record."""
    record = participation.record(release, treaty)
    last = record.treaty.last_record
    first = record.adopted or record.treaty.opened or last
    days = [*(Day(year, 12, 31) for year in range(first.year, last.year)), last]
    return list(zip(days, record.treaty.count_parties(days), strict=True))


def _overview(release: Release, day: Day) -> Response:
    records = [participation.record(release, iri) for iri in participation.treaties(release)]
    return respond_page("statuses.html", ("Accept",), records=records, today=day)


GEOMETRY = Path(__file__).parent.parent / "static" / "dist" / "world.json"


@lru_cache(maxsize=1)
def geometry() -> dict[str, Any] | None:
    """Return what set-up made of the atlas, or None where it did not."""
    if not GEOMETRY.is_file():
        return None
    loaded: dict[str, Any] = json.loads(GEOMETRY.read_text("utf-8"))
    return loaded


def _world(release: Release, rows: Iterable[Row]) -> dict[str, Any] | None:
    """Return the map of one day, or None without geometry.

    It has the shapes by status, the other land, and who is not drawn. A shape has the outline of a
    State, and its middle where it is too small to be seen.
    """
    atlas = geometry()
    if atlas is None:
        return None
    graph, outlines = graph_for(release), dict(atlas["states"])
    shapes: dict[str, list[dict[str, Any]]] = {status: [] for status in STATUSES}
    missing = []
    for row in rows:
        thing, href = graph.thing(row.state), path_of(row.state, release.base)
        outline = outlines.pop(thing.one("sl:m49"), None) if thing else None
        if outline is None:
            missing.append(Ref(row.name, href, remark(row)))
        else:
            title = f"{row.name}: {remark(row)}"
            shapes[row.status].append({**outline, "href": href, "title": title})
    # What is left is land that belongs to nobody on record.
    land = atlas["land"] + "".join(outline["d"] for outline in outlines.values())
    return {**atlas, "land": land, "shapes": shapes, "missing": missing}
