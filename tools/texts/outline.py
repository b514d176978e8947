"""The divisions of an instrument as the data describe them, in the order of its text."""

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from server.rdf.vocabulary import CANONICAL_BASE, RDF, RDFS, SL

ID = CANONICAL_BASE + "id/"


@dataclass(frozen=True)
class Division:
    """One provision: `path` is its IRI after id/, `kind` the name of its class."""

    path: str
    kind: str
    number: str
    heading: str
    whole: str
    position: int
    label: str


def outline(root: Path, instrument: str) -> list[Division]:
    """Return the provisions of an instrument in the order of its text, from the official layer."""
    file = root / "data" / "official" / f"{instrument}.ttl"
    values: dict[str, dict[str, str]] = {}
    for triple in ox.parse(file.read_bytes(), format=ox.RdfFormat.TURTLE):
        if isinstance(triple.object, ox.NamedNode | ox.Literal):
            subject = values.setdefault(triple.subject.value.removeprefix(ID), {})
            subject[triple.predicate.value] = triple.object.value
    parts: dict[str, list[Division]] = {}
    for path, value in values.items():
        if SL + "partOf" in value:
            division = _division(path, value)
            parts.setdefault(division.whole, []).append(division)
    return _in_order(instrument, parts)


def _division(path: str, value: dict[str, str]) -> Division:
    return Division(
        path,
        value[RDF + "type"].removeprefix(SL),
        value.get(SL + "number", ""),
        value.get(SL + "heading", ""),
        value[SL + "partOf"].removeprefix(ID),
        int(value.get(SL + "position", 0)),
        value[RDFS + "label"],
    )


def _in_order(whole: str, parts: dict[str, list[Division]]) -> list[Division]:
    found = []
    for division in sorted(parts.get(whole, []), key=lambda d: d.position):
        found += [division, *_in_order(division.path, parts)]
    return found
