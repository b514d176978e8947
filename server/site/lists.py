"""The lists that visitors browse, as lists.yaml declares them: pages with filters, CSV and JSON."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response

from server.declared import declared_in
from server.pages.citations import short_citation
from server.pages.law_records import operative_verb, provisions_on, support
from server.pages.release_graph import ALL, Graph, Thing, graph_for
from server.pages.wording import curie
from server.problems import Problem
from server.rdf.formats import CSV_RESULTS as CSV
from server.rdf.formats import HTML, JSON, Format
from server.rdf.tables import csv_text
from server.rdf.terms import natural
from server.release.reader import Release
from server.release.text_search import fold
from server.site.parameters import parameters
from server.site.responses import negotiate, respond, respond_page, services

blueprint = Blueprint("lists", __name__)

ROWS_ON_A_PAGE = 50
_FORMATS = {fmt.key: fmt for fmt in (HTML, JSON, CSV)}
# What lists.yaml says of each list, by their names.
LISTINGS: Mapping[str, Any] = declared_in(Path(__file__).with_suffix(".yaml"))


@dataclass(frozen=True)
class Value:
    """A value in a cell: its text, what stands for it in a URL, and the IRI of what it names."""

    text: str
    key: str
    iri: str = ""


@dataclass(frozen=True)
class Row:
    """A thing with its values by the keys of columns."""

    thing: Thing
    cells: Mapping[str, list[Value]]


@lru_cache(maxsize=64)
def members(release: Release, name: str) -> tuple[Thing, ...]:
    """Return the things of a list, sorted by name."""
    graph, listing = graph_for(release), LISTINGS[name]
    wanted = {graph.term(cls) for cls in listing["classes"]}
    kinds = [kind for kind, _ in release.types() if not wanted.isdisjoint(graph.ancestry(kind))]
    things = graph.things(e.iri for kind in kinds for e in release.entries(kind, limit=ALL))
    for path, values in listing.get("where", {}).items():
        things = [t for t in things if not {*values}.isdisjoint(v.key for v in _reached(t, path))]
    if "without" in listing:
        unwanted, unless = listing["without"]
        things = [t for t in things if not _reached(t, unwanted) or _reached(t, unless)]
    return tuple(sorted(things, key=lambda t: (natural(fold(t.label)), t.iri)))


@lru_cache(maxsize=64)
def _rows(release: Release, name: str) -> tuple[Row, ...]:
    """Return the rows of a list, sorted by name."""
    paths = {column["key"]: column["path"] for column in LISTINGS[name]["columns"]}
    return tuple(
        Row(thing, {key: _reached(thing, path) for key, path in paths.items()})
        for thing in members(release, name)
    )


def chosen_by_parameter() -> Format:
    """Return the format that the parameter `format` or else Accept asks for."""
    return _FORMATS.get(parameters()["format"]) or negotiate([*_FORMATS.values()])


def show(name: str) -> Response:
    """Answer with a list, narrowed and sorted as the parameters say; in data with all of it."""
    release, listing, asked = services().release, LISTINGS[name], parameters()
    fmt = chosen_by_parameter()
    if fmt is not HTML and asked["page"] is not None:
        raise Problem(400, f"The parameter page is one of the page; {fmt.name} has the whole list.")
    keys = [column["key"] for column in listing["columns"]]
    sort = asked["sort"] or listing.get("sort", "name")
    if sort.removeprefix("-") not in ("name", *keys):
        known = ", ".join(("name", *keys))
        raise Problem(400, f"sort is {sort[:50]!r}; there are {known}, or - before one.")
    chosen = {
        key: asked[key].removeprefix(release.base).removeprefix("id/")
        for key in listing["filters"]
        if asked[key]
    }
    rows = _ordered(_narrowed(_rows(release, name), chosen, asked["q"]), sort)
    if fmt is CSV:
        cells = ([" | ".join(v.text for v in row.cells[key]) for key in keys] for row in rows)
        lines = ([r.thing.iri, r.thing.label, *c] for r, c in zip(rows, cells, strict=True))
        return respond(csv_text(["iri", "name", *keys], lines), fmt)
    search = chosen | ({"q": asked["q"]} if asked["q"].strip() else {})
    if fmt is JSON:
        counts = {
            key: {value.key: n for value, n in _counted(rows, key)} for key in listing["filters"]
        }
        document = {"list": name, "asked": search, "total": len(rows), "counts": counts}
        return respond(document | {"items": [_item(row) for row in rows]}, fmt)
    return _page(name, search | ({"sort": sort} if asked["sort"] else {}), rows, sort)


for _name in LISTINGS:
    blueprint.add_url_rule(f"/{_name}", _name, show, defaults={"name": _name})


def _item(row: Row) -> dict[str, Any]:
    return {"iri": row.thing.iri, "name": row.thing.label} | {
        key: [{"iri": v.iri, "name": v.text} if v.iri else v.text for v in values]
        for key, values in row.cells.items()
    }


def _page(name: str, search: dict[str, str], rows: list[Row], sort: str) -> Response:
    number, listing = parameters()["page"] or 1, LISTINGS[name]
    pages, first = max(1, -(-len(rows) // ROWS_ON_A_PAGE)), (number - 1) * ROWS_ON_A_PAGE
    if number > pages:
        raise Problem(404, f"This list has {pages} pages, and no page {number}.")

    def url(**changed: str) -> str:
        query = urlencode({key: value for key, value in (search | changed).items() if value})
        return f"/{name}" + (f"?{query}" if query else "")

    def options(key: str) -> list[tuple[Value, int]]:
        """Return the values of a filter, each with the number of rows that it would leave."""
        others = {k: v for k, v in search.items() if k not in (key, "q", "sort")}
        all_rows = _rows(services().release, name)
        return _counted(_narrowed(all_rows, others, search.get("q", "")), key)

    labels = {column["key"]: column["label"] for column in listing["columns"]}
    return respond_page(
        "list.html",
        name=name,
        listing=listing,
        all_lists=LISTINGS,
        rows=rows[first : first + ROWS_ON_A_PAGE],
        total=len(rows),
        first=first,
        number=number,
        pages=pages,
        search=search,
        sort=sort,
        filters=[(key, labels[key], options(key)) for key in listing["filters"]],
        url=url,
    )


def _narrowed(rows: Iterable[Row], chosen: Mapping[str, str], words: str) -> list[Row]:
    """Return the rows with the chosen value in each column and with all `words` somewhere."""
    asked = [f" {word}" for word in fold(words).split()]
    return [
        row
        for row in rows
        if all(value in {v.key for v in row.cells[key]} for key, value in chosen.items())
        and all(word in _words(row) for word in asked)
    ]


def _words(row: Row) -> str:
    texts = (value.text for cell in row.cells.values() for value in cell)
    return f" {fold(' '.join((row.thing.label, *texts)))}"


def _counted(rows: Iterable[Row], key: str) -> list[tuple[Value, int]]:
    """Return the values in a column with the number of their rows, in natural order."""
    counts = Counter(value for row in rows for value in set(row.cells[key]))
    return sorted(counts.items(), key=lambda count: natural(fold(count[0].text)))


def _ordered(rows: list[Row], sort: str) -> list[Row]:
    """Return rows sorted by a column, with - before its key from the last; blanks come last.

    The key `name` stands for the things themselves.
    """
    key = sort.removeprefix("-")

    def text(row: Row) -> str:
        return row.thing.label if key == "name" else next((v.text for v in row.cells[key]), "")

    def place(row: Row) -> Any:
        return natural(fold(text(row)) or text(row))

    filled = sorted(filter(text, rows), key=place, reverse=sort.startswith("-"))
    return filled + [row for row in rows if not text(row)]


def _reached(thing: Thing, path: str) -> list[Value]:
    """Return the values to which a path leads from a thing, each once."""
    values = [Value(thing.label, thing.iri, thing.iri)]
    for step in path.split("/"):
        walk = _STEPS.get(step)
        values = walk(thing.graph, values) if walk else _follow(thing.graph, values, step)
    return values


def _follow(graph: Graph, values: list[Value], step: str) -> list[Value]:
    """Return the values of the first of some properties that has any."""
    things = graph.things(value.iri for value in values)
    for name in step.split("|"):
        if name.startswith("^"):
            reached = [s.iri for t in things for s in graph.into(t.iri, name[1:])]
        else:
            reached = [text for thing in things for text in thing.all(name)]
        if reached:
            return [_value(graph, text) for text in dict.fromkeys(reached)]
    return []


def _value(graph: Graph, text: str) -> Value:
    if not text.startswith(graph.base):
        return Value(text, text)
    thing = graph.thing(text)
    key = text.removeprefix(graph.base).removeprefix("id/")
    return Value(thing.label if thing else curie(text), key, text)


_Step = Callable[[Graph, list[Value]], list[Value]]


def _said(make: Callable[[Thing], Iterable[str]]) -> _Step:
    """Return the step that leads to what a function says of a thing."""
    return lambda graph, values: [
        _value(graph, text)
        for text in dict.fromkeys(
            text for t in graph.things(v.iri for v in values) for text in make(t) if text
        )
    ]


_STEPS: Mapping[str, _Step] = {
    "whole": _said(lambda thing: [thing.whole.iri]),
    "parts": _said(lambda thing: thing.parts),
    "decade": lambda _, values: [_decade(value) for value in values[:1]],
    "count": lambda _, values: [Value(str(len(values)), str(len(values)))] if values else [],
    "citation": _said(lambda thing: [short_citation(thing)]),
    "verb": _said(lambda thing: [verb.text for verb in operative_verb(thing)]),
    "support": _said(lambda thing: [support(thing)]),
    "provisions": _said(lambda thing: [p.iri for p in provisions_on(thing)]),
    "year": _said(lambda thing: [thing.year]),
    "layers": _said(lambda thing: sorted(thing.stated_in - {"derived"})),
}


def _decade(value: Value) -> Value:
    text = f"{value.text[:3]}0s"
    return Value(text, text)
