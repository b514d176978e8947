"""What two results or graphs share that are the same but for names of blank nodes."""

import hashlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

import pyoxigraph as ox

from server.rdf.datatypes import is_valid
from server.rdf.terms import canonical_nquads
from server.rdf.vocabulary import XSD

Row = dict[str, Any]  # the terms of a solution by variable

_OURS = "urn:x-test:"
_WHOLE = {
    "integer", "long", "int", "short", "byte", "nonNegativeInteger", "positiveInteger",
    "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedInt", "unsignedShort",
    "unsignedByte",
}  # fmt: skip


def graph(triples: Iterable[Any], by_value: bool = False) -> bytes:
    """Return what two graphs share that are the same; numbers `by_value` or as written."""
    found: set[Any] = set(triples)
    return canonical_nquads({q for t in found for q in _flat(t, by_value)})


def table(variables: Iterable[str], rows: list[Row], ordered: bool) -> bytes:
    """Return what two tables share that are the same, in order or not."""
    quads = {_quad(_ours("table"), "variable", ox.Literal(name)) for name in variables}
    places: dict[frozenset[tuple[str, str]], list[int]] = {}
    terms: dict[frozenset[tuple[str, str]], Row] = {}
    for place, row in enumerate(rows):
        key = frozenset((name, str(_plain(term, True)[0])) for name, term in row.items())
        places.setdefault(key, []).append(place)
        terms[key] = row
    for key, row in terms.items():
        node = ox.BlankNode()
        quads.add(_quad(node, "times", ox.Literal(len(places[key]))))
        quads |= {_quad(node, "place", ox.Literal(place)) for place in places[key] if ordered}
        for name, term in row.items():
            value, further = _plain(term, True)
            quads |= {_quad(node, f"is-{name}", value), *further}
    return canonical_nquads(quads)


def _flat(triple: Any, by_value: bool) -> Iterator[ox.Quad]:
    """Yield quads without triple terms, which the canonicalization does not know."""
    subject, more = _plain(triple.subject, by_value)
    yield from more
    value, more = _plain(triple.object, by_value)
    yield from more
    graph = triple.graph_name if isinstance(triple, ox.Quad) else ox.DefaultGraph()
    yield ox.Quad(subject, triple.predicate, value, graph)


def _plain(term: Any, by_value: bool) -> tuple[Any, list[ox.Quad]]:
    if isinstance(term, ox.Literal) and by_value:
        return _number(term), []
    if not isinstance(term, ox.Triple):
        return term, []
    node = ox.BlankNode(hashlib.sha256(str(term).encode()).hexdigest())
    subject, one = _plain(term.subject, by_value)
    value, other = _plain(term.object, by_value)
    parts = {"subject": subject, "predicate": term.predicate, "object": value}
    return node, [*one, *other, *(_quad(node, name, part) for name, part in parts.items())]


def _number(term: ox.Literal) -> ox.Literal:
    """Return a number as the canonical form of its value, which engines may write."""
    kind, text = term.datatype.value.removeprefix(XSD), term.value
    if not is_valid(text, term.datatype.value):
        return term
    if kind in _WHOLE:
        text = str(int(text))
    elif kind == "decimal":
        text = f"{Decimal(text).normalize():f}"
    elif kind in ("double", "float"):
        text = repr(float(text))
    elif kind == "boolean":
        text = {"1": "true", "0": "false"}.get(text, text)
    return ox.Literal(text, datatype=term.datatype)


def _ours(name: str) -> ox.NamedNode:
    return ox.NamedNode(_OURS + name)


def _quad(node: Any, name: str, value: Any) -> ox.Quad:
    return ox.Quad(node, _ours(name), value)
