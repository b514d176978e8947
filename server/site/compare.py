"""Comparison of States over all treaties, and of texts side by side: as pages, CSV and JSON."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.law import participation
from server.law.participation import parse_day
from server.pages.law_records import disagreement, force, nature, number_in, passages, share
from server.pages.release_graph import Thing, graph_for
from server.pages.wording import Item, Ref
from server.pages.wording import day as in_words
from server.problems import Problem
from server.rdf.datatypes import Day
from server.rdf.formats import CSV_RESULTS as CSV
from server.rdf.formats import HTML
from server.rdf.tables import csv_text
from server.release.reader import Release
from server.site import lists, status
from server.site.parameters import parameters
from server.site.responses import of_today, respond, respond_page, services

blueprint = Blueprint("compare", __name__)

# The lists whose texts may be compared.
_TEXTS = ("treaties", "principles-and-declarations", "laws-and-policies", "resolutions")
Cells = tuple[tuple[Item, ...], ...]


@dataclass(frozen=True)
class Comparison:
    """Columns with what each is about, and rows with a cell of entries for each column."""

    columns: tuple[Item, ...]
    rows: tuple[tuple[Ref, Cells], ...]
    note: str = ""


@blueprint.get("/compare")
def compare() -> Response:
    """Set two to five States, or two or three texts, side by side."""
    release, asked = services().release, parameters()
    states, texts = (list(filter(None, asked[name] or ())) for name in ("state", "text"))
    fmt = lists.chosen_by_parameter()
    if states and texts:
        raise Problem(400, "Compare States or texts: state and text are both given.")
    if asked["asOf"] and not states:
        raise Problem(400, "asOf is the day on which States are compared; no State is named.")
    if not states and not texts and fmt is not HTML:
        raise Problem(400, "Name two to five States (state) or two or three texts (text).")
    chosen: dict[str, Any] = {"states": [], "texts": [], "shown": None, "day": None}
    if texts:
        chosen["texts"] = _named(release, texts, "text", "", 3)
        chosen["shown"] = (_by_topic if asked["by"] == "topic" else _by_words)(chosen["texts"])
    elif states:
        today = Day.today()
        day = chosen["day"] = parse_day(asked["asOf"], today) if asked["asOf"] else today
        chosen["states"] = _named(release, states, "state", "states", 5)
        chosen["shown"] = _of_states(release, chosen["states"], day)
    if fmt is HTML:
        response = _page(release, chosen)
    else:
        shown = chosen["shown"]
        response = respond(_csv(shown) if fmt is CSV else _json(release, shown), fmt)
    return of_today(response) if states and not asked["asOf"] else response


def _named(release: Release, keys: Sequence[str], name: str, listed: str, most: int) -> list[Thing]:
    """Return the things that a parameter names by path, code or IRI; raises Problem 400 or 404."""
    kind = "States" if listed else "texts"
    graph, things = graph_for(release), []
    for key in keys:
        path = key.removeprefix(release.base).removeprefix("/").removeprefix("id/")
        path = f"state/{path.lower()}" if listed and "/" not in path else path
        thing = graph.thing(f"{release.base}id/{path}")
        if thing is None or (listed and thing not in lists.members(release, listed)):
            raise Problem(404, f"{key[:80]!r} is none of the {kind} on record.")
        things.append(thing)
    if not 2 <= len(set(things)) == len(things) <= most:
        raise Problem(400, f"{name} names two to {most} different {kind}, each once.")
    return things


def _of_states(release: Release, states: Sequence[Thing], day: Day) -> Comparison:
    """Return how States stand towards each treaty on a day, with their acts and declarations."""
    rows: list[tuple[Ref, Cells]] = []
    acts = [_acts(state) for state in states]
    for iri in participation.treaties(release):
        address = f"/status?treaty={iri.removeprefix(f'{release.base}id/')}&asOf={day}"
        stood: dict[str, Item] = {}
        for row in status.standings(release, iri, day):
            stood[row.state] = Item(Ref(status.remark(row), address))
        known = [[stood[s.iri]] if s.iri in stood else [] for s in states]
        cells = tuple((*now, *of[iri]) for now, of in zip(known, acts, strict=True))
        if any(cells):
            rows.append((graph_for(release).ref(iri), cells))
    columns = tuple(Item(s.ref, mark=s.one("sl:iso3166Alpha3")) for s in states)
    return Comparison(columns, tuple(rows))


def _acts(state: Thing) -> dict[str, list[Item]]:
    """Return the acts of a State and its declarations by treaty, in order of time."""
    acts: dict[str, list[Item]] = defaultdict(list)
    for act in sorted(
        state.things("^sl:participationOf"), key=lambda act: act.one("sl:eventDate") or "9"
    ):
        conflicts = act.things("^sl:conflictingRecord")
        followed = (c.all("sl:preferredRecord") for c in conflicts)
        is_set_aside = any(act.iri not in iris for iris in followed if iris)
        if not act.type.endswith(("/ParticipationStatus", "/RecordConflict")) and not is_set_aside:
            kinds = [*act.refs("sl:treatyStatementKind"), act.graph.ref(act.type)]
            said = act.text if act.type.endswith("/TreatyStatement") else ""
            item = Item(Ref(kinds[0].text, act.ref.href), said, in_words(act.one("sl:eventDate")))
            of_treaty = acts[act.one("sl:participationIn")]
            of_treaty += [item, *(i for i in map(_conflict, conflicts) if i not in of_treaty)]
    return acts


def _conflict(conflict: Thing) -> Item:
    """Return a conflict of records with the days that they give."""
    records = conflict.things("sl:conflictingRecord")
    days = dict.fromkeys(in_words(d) for r in records if (d := r.one("sl:eventDate")))
    return Item(Ref(disagreement(conflict), conflict.ref.href), mark=" or ".join(days))


def _csv(shown: Comparison) -> str:
    def text(item: Item) -> str:
        return ", ".join(filter(None, (item.ref.text, item.mark, item.text)))

    header = ["", *(column.ref.text for column in shown.columns)]
    lines = ((r.text, *("\n".join(map(text, c)) for c in cells)) for r, cells in shown.rows)
    return csv_text(header, lines)


def _json(release: Release, shown: Comparison) -> dict[str, Any]:
    def entry(ref: Ref, **more: Any) -> dict[str, Any]:
        at = release.base + ref.href[1:] if ref.href.startswith("/") else ref.href
        return {"name": ref.text} | {k: v for k, v in {"url": at, **more}.items() if v}

    rows = [
        entry(ref) | {"cells": [[entry(i.ref, date=i.mark, text=i.text) for i in c] for c in cells]}
        for ref, cells in shown.rows
    ]
    columns = [entry(c.ref) for c in shown.columns]
    return {"columns": columns, "rows": rows} | ({"note": shown.note} if shown.note else {})


@lru_cache(maxsize=4)
def _options(release: Release) -> dict[str, Sequence[Thing]]:
    """Return what can be compared by list: States, and texts of which provisions are on record."""
    options: dict[str, Sequence[Thing]] = {
        name: [text for text in lists.members(release, name) if len(text.parts) > 1]
        for name in _TEXTS
    }
    return options | {"states": lists.members(release, "states")}


def _page(release: Release, chosen: dict[str, Any]) -> Response:
    asked = parameters()
    kept = {name: value for name, value in asked.items() if value and name != "format"}
    return respond_page(
        "compare.html",
        options=_options(release),
        titles={name: listing["title"] for name, listing in lists.LISTINGS.items()},
        by=asked["by"],
        as_of=asked["asOf"],
        url=lambda fmt: f"/compare?{urlencode({**kept, 'format': fmt}, doseq=True)}",
        **chosen,
    )


def _by_topic(texts: Sequence[Thing]) -> Comparison:
    """Return the provisions of texts by topic, what several texts share first.

    A provision without a topic stands under its heading, or under `Other provisions`.
    """
    cells: dict[Ref, list[list[Item]]] = defaultdict(lambda: [[] for _ in texts])
    for column, text in enumerate(texts):
        for part in text.graph.things(text.parts[1:]):
            for subject in _subjects(part):
                cells[subject][column] += _provision(part, text)
    place = {subject: at for at, subject in enumerate(cells)}
    last = Ref("Other provisions")
    ordered = sorted(cells, key=lambda s: (s == last, -sum(map(bool, cells[s])), place[s]))
    rows = tuple((s, tuple(tuple(cell) for cell in cells[s])) for s in ordered)
    note = "" if rows else "No provisions of these texts are on record."
    return Comparison(_columns(texts), rows, note)


def _by_words(texts: Sequence[Thing]) -> Comparison:
    """Return the provisions of texts that share words, by the share of the earlier words."""
    owners = {iri: at for at, text in enumerate(texts) for iri in text.parts}
    rows = []
    for reuse in sorted(passages(texts[0].graph, owners), key=share, reverse=True):
        cells: list[tuple[Item, ...]] = [()] * len(texts)
        for part in (*reuse.things("sl:earlierText"), *reuse.things("sl:laterText")):
            cells[owners[part.iri]] += tuple(_provision(part, texts[owners[part.iri]]))
        shared = Ref(f"{share(reuse):.0%} of the earlier words", reuse.ref.href)
        rows.append((shared, tuple(cells)))
    note = (
        "Shared are words in runs of four or more, where chance does not explain it. Only texts "
        "whose words were read are measured; of others nothing is known."
    )
    return Comparison(_columns(texts), tuple(rows), note)


def _columns(texts: Iterable[Thing]) -> tuple[Item, ...]:
    return tuple(Item(t.ref, in_words(t.date or t.year), nature(t)) for t in texts)


def _subjects(part: Thing) -> list[Ref]:
    topics = [Ref(r.text, r.href) for r in part.refs("dcterms:subject")]
    if topics or part.one("sl:heading"):
        return topics or [Ref(part.one("sl:heading"))]
    above = part.things("sl:partOf")
    heading = above[0].one("sl:heading") if above else ""
    leaf = not part.graph.into(part.iri, "sl:partOf")
    return [Ref(heading or "Other provisions")] if leaf else []


def _provision(part: Thing, text: Thing) -> list[Item]:
    """Return a provision with its summary, or with the norms that it lays down."""
    place = number_in(part, text)
    said = part.text or part.one("sl:caption")
    norms = [] if said else part.things("^sl:ground")
    return [Item(Ref(place, part.ref.href), said), *(Item(n.ref, n.text, force(n)) for n in norms)]
