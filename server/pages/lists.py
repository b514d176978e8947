"""Lists of things of one kind, as lists.yaml declares them: rows, filters and sorting."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from server.declared import declared_in
from server.pages.citations import short_citation
from server.pages.law_records import support
from server.pages.release_graph import ALL, Graph, Thing, graph_for
from server.pages.wording import curie
from server.rdf.terms import natural
from server.release.reader import Release
from server.release.text_search import fold

_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Value:
    """A value in a cell: its text, and the IRI of what it names, if any."""

    text: str
    iri: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a list; `kind` is "date", "number" or "" for text and links."""

    key: str
    label: str
    path: str
    kind: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class Listing:
    """What lists.yaml says of one list."""

    name: str
    title: str
    lead: str
    group: str
    classes: Sequence[str]
    columns: Sequence[Column]
    filters: Sequence[str]
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = "name"

    def column(self, key: str) -> Column:
        """Return the column with a key."""
        return next(column for column in self.columns if column.key == key)


@dataclass(frozen=True)
class Row:
    """A thing with its values by the keys of columns."""

    thing: Thing
    cells: Mapping[str, tuple[Value, ...]]


@lru_cache(maxsize=1)
def listings() -> Mapping[str, Listing]:
    """Return all lists by their names."""
    declared: dict[str, Any] = declared_in(_FILE)
    for said in declared.values():
        said["columns"] = [Column(**column) for column in said["columns"]]
    return {name: Listing(name, **said) for name, said in declared.items()}


@lru_cache(maxsize=64)
def members(release: Release, name: str) -> tuple[Thing, ...]:
    """Return the things of a list, sorted by name."""
    graph, listing = graph_for(release), listings()[name]
    wanted = {graph.term(cls) for cls in listing.classes}
    kinds = [kind for kind, _ in release.types() if not wanted.isdisjoint(graph.ancestry(kind))]
    things = graph.things(e.iri for kind in kinds for e in release.entries(kind, limit=ALL))
    for path, values in listing.where.items():
        iris = {f"{graph.base}id/{value}" for value in values}
        things = [t for t in things if not iris.isdisjoint(v.iri for v in values_at(t, path))]
    return tuple(sorted(things, key=lambda t: (natural(fold(t.label)), t.iri)))


@lru_cache(maxsize=64)
def rows(release: Release, name: str) -> tuple[Row, ...]:
    """Return the rows of a list, sorted by name."""
    columns = listings()[name].columns
    return tuple(
        Row(t, {c.key: tuple(values_at(t, c.path)) for c in columns})
        for t in members(release, name)
    )


def key_of(value: Value, base: str) -> str:
    """Return what stands for a value in a URL: a path below id/, or the text itself."""
    return value.iri.removeprefix(base).removeprefix("id/") if value.iri else value.text


def narrowed(
    rows: Iterable[Row], base: str, chosen: Mapping[str, str], words: str = ""
) -> list[Row]:
    """Return the rows with the chosen value in each column and with all `words` somewhere."""
    asked = [f" {word}" for word in fold(words).split()]
    return [
        row
        for row in rows
        if all(value in {key_of(v, base) for v in row.cells[key]} for key, value in chosen.items())
        and all(word in _words(row) for word in asked)
    ]


def _words(row: Row) -> str:
    texts = (value.text for cell in row.cells.values() for value in cell)
    return f" {fold(' '.join((row.thing.label, *texts)))}"


def counted(rows: Iterable[Row], key: str) -> list[tuple[Value, int]]:
    """Return the values in a column with the number of their rows, in natural order."""
    counts = Counter(value for row in rows for value in set(row.cells[key]))
    return sorted(counts.items(), key=lambda count: natural(fold(count[0].text)))


def ordered(unordered: Iterable[Row], sort: str) -> list[Row]:
    """Return rows sorted by a column, with - before its key from the last; blanks come last.

    The key `name` stands for the things themselves.
    """
    key, rows = sort.removeprefix("-"), list(unordered)
    blank = [row for row in rows if key != "name" and not row.cells[key]]
    filled = [row for row in rows if key == "name" or row.cells[key]]

    def place(row: Row) -> Any:
        text = row.thing.label if key == "name" else row.cells[key][0].text
        return natural(fold(text) or text)

    return sorted(filled, key=place, reverse=sort.startswith("-")) + blank


def values_at(thing: Thing, path: str) -> list[Value]:
    """Return the values to which a path leads from a thing, each once."""
    values = [Value(thing.label, thing.iri)]
    for step in path.split("/"):
        walk = _STEPS.get(step)
        values = walk(thing.graph, values) if walk else _follow(thing.graph, values, step)
    return values


def _follow(graph: Graph, values: list[Value], step: str) -> list[Value]:
    """Return the values of the first of some properties that has any."""

    def value(text: str) -> Value:
        if not text.startswith(graph.base):
            return Value(text)
        thing = graph.thing(text)
        return Value(thing.label if thing else curie(text), text)

    things = graph.things(value.iri for value in values)
    for name in step.split("|"):
        if name.startswith("^"):
            reached = [s.iri for t in things for s in graph.into(t.iri, name[1:])]
        else:
            reached = [text for thing in things for text in thing.all(name)]
        if reached:
            return [value(text) for text in dict.fromkeys(reached)]
    return []


def _whole(graph: Graph, values: list[Value]) -> list[Value]:
    things = (thing.whole for thing in graph.things(value.iri for value in values))
    return [Value(t.label, t.iri) for t in dict.fromkeys(things)]


def _parts(graph: Graph, values: list[Value]) -> list[Value]:
    return [Value("", iri) for t in graph.things(v.iri for v in values) for iri in t.parts]


def _own(make: Callable[[Thing], Iterable[str]]) -> Callable[[Graph, list[Value]], list[Value]]:
    """Return the step that leads to what a function says of a thing."""
    return lambda graph, values: [
        Value(text) for t in graph.things(v.iri for v in values) for text in make(t) if text
    ]


_STEPS: Mapping[str, Callable[[Graph, list[Value]], list[Value]]] = {
    "whole": _whole,
    "parts": _parts,
    "decade": lambda _, values: [Value(f"{value.text[:3]}0s") for value in values[:1]],
    "count": lambda _, values: [Value(str(len(values)))] if values else [],
    "citation": _own(lambda thing: [short_citation(thing)]),
    "support": _own(lambda thing: [support(thing)]),
    "year": _own(lambda thing: re.findall(r"/(\d{4})/", thing.iri)[:1]),
    "layers": _own(lambda thing: sorted(thing.stated_in - {"derived"})),
}
