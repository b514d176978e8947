"""Small helpers over pyoxigraph's terms, quads and store that several modules need."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

import pyoxigraph as ox

from server.rdf.vocabulary import CANONICAL_BASE, NOT_IN_DEFAULT_GRAPH, XSD, graph_iri

Statement = ox.Quad | ox.Triple
Node = ox.NamedNode | ox.BlankNode
_ANY_URI = ox.NamedNode(XSD + "anyURI")
_NUMBERS = re.compile(r"([0-9]+)")


def write(
    statements: Iterable[Any],
    fmt: ox.RdfFormat,
    prefixes: Mapping[str, str] | None = None,
) -> bytes:
    """Return statements serialized as pyoxigraph does it, lexical forms kept."""
    return ox.serialize(statements, format=fmt, prefixes=dict(prefixes or {})) or b""


def graph_of(quad: ox.Quad) -> str:
    """Return the IRI of the named graph of `quad`, or "" for the default graph."""
    return quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""


def subject_of(statement: Statement) -> Node:
    """Return the subject; sources have no triple terms (RDF 1.2), so it is a node."""
    if isinstance(statement.subject, ox.Triple):
        raise TypeError("a triple term is not a subject here")
    return statement.subject


def blank_nodes(term: Any) -> Iterator[ox.BlankNode]:
    """Yield the blank nodes of a term, which may be a triple term (RDF 1.2)."""
    if isinstance(term, ox.Triple):
        yield from blank_nodes(term.subject)
        yield from blank_nodes(term.object)
    elif isinstance(term, ox.BlankNode):
        yield term


def stated(quads: Iterable[ox.Quad], base: str) -> Iterator[ox.Quad]:
    """Yield what the default graph of a query holds: all that is stated, without its graph."""
    left_out = {graph_iri(name, base) for name in NOT_IN_DEFAULT_GRAPH}
    for q in quads:
        if graph_of(q) not in left_out:
            yield ox.Quad(q.subject, q.predicate, q.object)


def store_of(quads: Iterable[ox.Quad], base: str = CANONICAL_BASE) -> ox.Store:
    """Return a store in memory whose default graph is the union of what is stated.

    The union is made here, once: the engine's own union counts a triple of two graphs twice.
    """
    store = ox.Store()
    store.bulk_extend(quads)
    store.bulk_extend(stated(list(store), base))
    return store


def select(store: ox.Store, query: str, **options: Any) -> list[dict[str, str]]:
    """Return the rows of a SELECT query, each with the values of the columns that are bound.

    `options` are those of `Store.query`.
    """
    solutions = cast("ox.QuerySolutions", store.query(query, **options))
    names = [variable.value for variable in solutions.variables]
    return [{name: row[name].value for name in names if row[name]} for row in solutions]


def canonical_nquads(quads: Iterable[ox.Quad]) -> bytes:
    """Return quads as canonical N-Quads (RDF Dataset Canonicalization, RDFC-1.0)."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = write(dataset, ox.RdfFormat.N_QUADS).splitlines(keepends=True)
    return b"".join(sorted(lines))


def moved(quad: ox.Quad, iri: Callable[[str], str]) -> ox.Quad:
    """Return `quad` with each of its IRIs mapped by `iri`; of literals, those that are IRIs."""

    def move(term: Any) -> Any:
        if isinstance(term, ox.Literal) and term.datatype == _ANY_URI:
            return ox.Literal(iri(term.value), datatype=_ANY_URI)
        return ox.NamedNode(iri(term.value)) if isinstance(term, ox.NamedNode) else term

    return ox.Quad(
        move(quad.subject), move(quad.predicate), move(quad.object), move(quad.graph_name)
    )


@lru_cache(maxsize=16384)
def natural(text: str) -> list[tuple[int, str]]:
    """Return a sort key by which article 9 comes before article 10; no two texts have the same."""
    # Numbers are compared by their length first: int() refuses more than a few thousand digits.
    return [
        (len(part.lstrip("0")) if place % 2 else 0, part)
        for place, part in enumerate(_NUMBERS.split(text))
    ]
