"""Evaluation of queries in this process by pyoxigraph, over stores in memory or on disk."""

import contextlib
import io
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import IO, Any, cast

import pyoxigraph as ox

from server.problems import Problem
from server.rdf.formats import Format
from server.rdf.serialization import holdable
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes
from server.sparql.engine import QueryFailed
from server.sparql.query_repairs import repaired, with_columns
from server.sparql.request import QueryRequest
from server.sparql.spool import Enough, Result, Spool, TooLarge
from server.sparql.stores import Dataset
from server.sparql.syntax_errors import syntax_failure

_UNKNOWN_FUNCTION = re.compile(r"custom function (<.*>)")
# Control characters, U+FFFE and U+FFFF, which XML 1.0 cannot hold (its section 2.2).
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


_Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


def evaluate(
    dataset: Dataset, request: QueryRequest, fmt: Format, base: str, spool: Spool
) -> Result:
    """Return the serialized result of a query; prefixes of the dataset need no declaration.

    A result is cut where `spool` has enough. Raises QueryFailed for a syntax error, and for a
    result that is too large or that the format cannot hold.
    """
    try:
        _serialize(_solutions(dataset, request, base), fmt, base, spool)
    except Enough:
        return spool.result(whole=False)
    except TooLarge as error:
        raise QueryFailed("size", str(error)) from None
    except Problem as problem:
        raise QueryFailed("format", problem.detail) from None
    except SyntaxError as error:
        raise syntax_failure(request.query, str(error), partial(_report, base)) from None
    except RuntimeError as error:
        if match := _UNKNOWN_FUNCTION.search(str(error)):
            raise QueryFailed("function", f"There is no function {match[1]} here.") from None
        raise
    return spool.result()


def _solutions(dataset: Dataset, request: QueryRequest, base: str) -> _Results:
    store, default, named = _dataset(dataset.store_for(request), request, base)
    query = partial(store.query, base_iri=base, default_graph=default, named_graphs=named)

    def run(text: str, functions: Mapping[str, Any]) -> _Results:
        # Most queries declare what they use, and each further prefix costs the parser time.
        with contextlib.suppress(SyntaxError):
            return query(text, **functions)
        return query(text, prefixes=_prefixes(base), **functions)

    text, functions = repaired(request.query) or (request.query, {})
    try:
        results = run(text, functions)
    except SyntaxError:
        return run(request.query, {})  # raises the same, with the place in what was written
    if isinstance(results, ox.QuerySolutions):  # it has not begun yet
        names = [variable.value for variable in results.variables]
        if ordered := with_columns(text, names):
            return run(ordered, functions)
    return results


_prefixes = lru_cache(maxsize=1)(prefixes)


def _report(base: str, text: str) -> str | None:
    """Return what the parser reports of a query, None if nothing."""
    try:
        ox.Store().query(text, base_iri=base, prefixes=_prefixes(base))
    except SyntaxError as error:
        return str(error)
    except (OSError, ValueError, RuntimeError):
        return None
    return None


def _dataset(
    store: ox.Store, request: QueryRequest, base: str
) -> tuple[ox.Store, list[Any] | None, list[Any] | None]:
    """Return the store to query, and the default and named graphs in it.

    These are None where the request names no dataset (SPARQL 1.1 Protocol section 2.1.4). The
    engine makes no merge of graphs: a triple that two of them state would count twice. So a merge
    is made for the query in memory, unless it is the one that the store has as its default graph.
    """
    default = [ox.NamedNode(iri) for iri in request.default_graphs]
    named = [ox.NamedNode(iri) for iri in request.named_graphs]
    if not default and not named:
        return store, None, None
    if len(default) < 2:
        return store, default, named
    graphs = {g.value for g in store.named_graphs() if isinstance(g, ox.NamedNode)}
    stated = graphs - {graph_iri(name, base) for name in NOT_IN_DEFAULT_GRAPH}
    if set(request.default_graphs) & graphs == stated:
        return store, [ox.DefaultGraph()], named
    merge = ox.Store()
    for graph in default:
        quads = store.quads_for_pattern(None, None, None, graph)
        merge.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    for graph in named:
        merge.extend(store.quads_for_pattern(None, None, None, graph))
    return merge, [ox.DefaultGraph()], named


def _serialize(
    results: _Results,
    fmt: Format, base: str, spool: Spool,
) -> None:  # fmt: skip
    file = cast("IO[bytes]", _XmlFilter(spool) if fmt.key in ("rdf", "srx") else spool)
    if isinstance(results, ox.QueryTriples):
        rdf_format = ox.RdfFormat.from_media_type(fmt.media_type)
        triples = cast(ox.QueryTriples, holdable(results, fmt))
        ox.serialize(triples, file, rdf_format, prefixes=_prefixes(base))
    else:
        results.serialize(file, ox.QueryResultsFormat.from_media_type(fmt.media_type))


class _XmlFilter(io.RawIOBase):
    """A writable file that hands XML on to a spool, with carriage returns as references.

    The engine writes them as they are, and then every parser reads line feeds (section 2.11).
    """

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self.spool = spool
        self.last_bytes = b""  # a forbidden character may come in two pieces

    def writable(self) -> bool:
        """Tell that this is written to."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; raises QueryFailed for a character that XML has not, and what Spool does."""
        piece = bytes(data)  # type: ignore[call-overload]
        if _NOT_IN_XML.search(self.last_bytes + piece):
            detail = "XML has no way to write a control character; ask for another format."
            raise QueryFailed("format", detail)
        self.last_bytes = piece[-2:]
        self.spool.write(piece.replace(b"\r", b"&#xD;"))
        return len(piece)
