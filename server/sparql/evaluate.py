"""Evaluation of queries in this process by pyoxigraph, over stores in memory or on disk."""

import re
from functools import lru_cache, partial
from typing import IO, Any, cast

import pyoxigraph as ox

from server.rdf.formats import Format
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, graph_iri, prefixes
from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.result_xml import FitForXml, named
from server.sparql.spool import Enough, Result, Spool, TooLarge
from server.sparql.stores import Dataset
from server.sparql.syntax_errors import fault

_UNKNOWN_FUNCTION = re.compile(r"custom function (<.*>)")

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


def evaluate(
    dataset: Dataset, request: QueryRequest, fmt: Format, base: str, spool: Spool
) -> Result:
    """Return the serialized result of a query; prefixes of the dataset need no declaration.

    A result is cut where `spool` has enough. Raises QueryFailed for a syntax error or a result
    that is too large.
    """
    whole = True
    file = cast("IO[bytes]", FitForXml(spool) if fmt.key in ("rdf", "srx") else spool)
    try:
        results = _results(dataset, request, base)
        if isinstance(results, ox.QueryTriples):
            if fmt.key == "rdf":
                results = cast(ox.QueryTriples, named(results))
            ox.serialize(results, file, RDF_FORMATS[fmt.key], prefixes=_prefixes(base))
        else:
            results.serialize(file, RESULTS[fmt.key])
    except Enough:
        whole = False
    except TooLarge as error:
        raise QueryFailed("size", str(error)) from None
    except SyntaxError as error:
        raise fault(request.query, str(error), lambda text: _report(text, base)) from None
    except RuntimeError as error:
        if match := _UNKNOWN_FUNCTION.search(str(error)):
            raise QueryFailed("function", f"There is no function {match[1]} here.") from None
        raise
    return spool.result(whole)


def _results(
    dataset: Dataset, request: QueryRequest, base: str
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    store, default = _default_graph(dataset.store_for(request), request, base)
    ask = partial(
        store.query,
        request.query,
        base_iri=base,
        default_graph=default,
        named_graphs=_named_graphs(request),
    )
    try:  # most queries declare what they use, and each prefix beside costs the parser time
        return ask()
    except SyntaxError:
        return ask(prefixes=_prefixes(base))


_prefixes = lru_cache(maxsize=1)(prefixes)


def _report(text: str, base: str) -> str | None:
    """Return what the parser says against a query, None if nothing."""
    try:
        ox.Store().query(text, base_iri=base, prefixes=prefixes(base))
    except SyntaxError as error:
        return str(error)
    except (OSError, ValueError, RuntimeError):
        return None
    return None


def _graphs(store: ox.Store) -> set[str]:
    return {g.value for g in store.named_graphs() if isinstance(g, ox.NamedNode)}


def _default_graph(
    store: ox.Store, request: QueryRequest, base: str
) -> tuple[ox.Store, list[Any] | None]:
    """Return the store to ask, and the default graph: a merge, in which no triple counts twice.

    It is None where the request names no dataset (SPARQL 1.1 Protocol section 2.1.4). A merge of
    some graphs only is made for the query, in memory, for the store may be on disk and in use.
    """
    asked = [ox.NamedNode(iri) for iri in request.default_graphs]
    if not asked and not request.named_graphs:
        return store, None
    if len(asked) < 2:
        return store, asked
    left_out = {graph_iri(name, base) for name in NOT_IN_DEFAULT_GRAPH}
    if set(request.default_graphs) & _graphs(store) == _graphs(store) - left_out:
        return store, [ox.DefaultGraph()]
    merge = ox.Store()
    for graph in asked:
        quads = store.quads_for_pattern(None, None, None, graph)
        merge.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
    for iri in request.named_graphs:
        merge.extend(store.quads_for_pattern(None, None, None, ox.NamedNode(iri)))
    return merge, [ox.DefaultGraph()]


def _named_graphs(request: QueryRequest) -> list[Any] | None:
    if not request.default_graphs and not request.named_graphs:
        return None
    return [ox.NamedNode(iri) for iri in request.named_graphs]
