"""Evaluation of queries in this process by pyoxigraph, over a store in memory."""

import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.engine.interface import QueryFailed
from server.formats import Format
from server.protocol import QueryRequest
from server.quads import store_of
from server.vocab import prefixes

RDF_FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
}
RESULTS = {
    "srj": ox.QueryResultsFormat.JSON,
    "srx": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}

_SYNTAX = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


class _Bounded(io.BytesIO):
    """A buffer that refuses to grow over a limit, so that a result is whole or a failure."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit

    def write(self, data: object, /) -> int:
        written = super().write(data)  # type: ignore[arg-type]
        if self.tell() > self.limit:
            raise QueryFailed("size", f"The result is larger than {self.limit} bytes.")
        return written


def load(nquads: Path, base: str) -> ox.Store:
    """Return a store in memory of a release's quads."""
    return store_of(ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS), base)


def evaluate(
    store: ox.Store, request: QueryRequest, fmt: Format, base: str, result_limit: int
) -> bytes:
    """Return the serialized result of a query; prefixes of the dataset need no declaration.

    Raises QueryFailed for a syntax error or a result over `result_limit` bytes.
    """
    buffer = _Bounded(result_limit)
    try:
        results = store.query(
            request.query,
            base_iri=base,
            prefixes=prefixes(base),
            default_graph=_nodes(request.default_graphs, request),
            named_graphs=_nodes(request.named_graphs, request),
        )
        if isinstance(results, ox.QueryTriples):
            ox.serialize(results, buffer, RDF_FORMATS[fmt.key], prefixes=prefixes(base))
        else:
            results.serialize(buffer, RESULTS[fmt.key])
    except SyntaxError as error:
        raise _syntax_error(str(error)) from None
    return buffer.getvalue()


def _nodes(iris: Iterable[str], request: QueryRequest) -> list[Any] | None:
    """Return graph names, or None where the protocol names no dataset (section 2.1.4)."""
    if not request.default_graphs and not request.named_graphs:
        return None
    try:
        return [ox.NamedNode(iri) for iri in iris]
    except ValueError as error:
        raise QueryFailed("syntax", f"A graph parameter is not an IRI: {error}.") from None


def _syntax_error(message: str) -> QueryFailed:
    match = _SYNTAX.match(message)
    if not match:
        return QueryFailed("syntax", message)
    line, column, expected = int(match[1]), int(match[2]), " ".join(match[3].split())
    return QueryFailed("syntax", f"Line {line}, column {column}: {expected[:300]}", line, column)
