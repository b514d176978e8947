"""A query finds in the store that is chosen for it all that it would find in the whole."""

from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.rdf.vocabulary import graph_iri
from server.sparql.request import QueryRequest
from server.sparql.stores import Dataset, load

BASE = "http://localhost/"
TEXT = "graph { from { ?s ?p ?o } }"
DATA = f"""
@base <{BASE}> .
<graph/official> {{ <id/a> a <def/Treaty> ; <def/part> <id/b>, [ <def/part> <id/c> ] . }}
<graph/paper> {{ <id/a> a <def/Treaty> ; <def/says> "{TEXT}" . <id/b> <def/part> <id/c> . }}
<graph/inferred> {{ <id/a> a <def/Text> . }}
"""
DEFAULT_GRAPH = [
    "SELECT * { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s a ?type }",
    "SELECT * { ?s <def/part>+ ?o }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?o <def/part> ?x } }",
    "SELECT * { ?s ?p ?o MINUS { ?s a ?type } }",
    "SELECT * { { SELECT ?s { ?s a ?type } } OPTIONAL { ?s <def/part> ?o } }",
    "ASK { ?s a <def/Text> }",
    "CONSTRUCT { ?o <def/of> ?s } { ?s <def/part> ?o }",
    "DESCRIBE <id/a>",
    "DESCRIBE ?s { ?s <def/part> <id/c> }",
]
OTHER_GRAPHS = [
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { gRaPh <graph/inferred> { ?s ?p ?o } }",
    "SELECT * FROM <graph/inferred> { ?s ?p ?o }",
    "SELECT * from named <graph/paper> { graph ?g { ?s ?p ?o } }",
    "DESCRIBE <id/a> FROM <graph/inferred>",
    "ASK { FILTER EXISTS { GRAPH <graph/inferred> { ?s ?p ?o } } }",
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = Path(tmp_path_factory.mktemp("dataset")) / "dataset.nq"
    quads = ox.parse(DATA, ox.RdfFormat.TRIG)
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return load(path, BASE)


def found(store: ox.Store, query: str) -> object:
    result = store.query(query, base_iri=BASE)
    return bool(result) if isinstance(result, ox.QueryBoolean) else Counter(map(str, result))


@pytest.mark.parametrize("query", DEFAULT_GRAPH)
def test_the_default_graph_alone_has_all_that_is_asked(dataset: Dataset, query: str) -> None:
    assert dataset.store_for(QueryRequest(query, query.split()[0])) is dataset.default
    assert found(dataset.default, query) == found(dataset.whole, query)


@pytest.mark.parametrize("query", OTHER_GRAPHS)
def test_what_names_other_graphs_is_asked_of_all(dataset: Dataset, query: str) -> None:
    assert dataset.store_for(QueryRequest(query, query.split()[0])) is dataset.whole
    assert found(dataset.whole, query)


def test_what_might_name_other_graphs_by_escapes_is_asked_of_all(dataset: Dataset) -> None:
    request = QueryRequest(r"SELECT * { \u0047RAPH ?g { ?s ?p ?o } }", "SELECT")
    assert dataset.store_for(request) is dataset.whole


def test_what_the_protocol_names_is_asked_of_all(dataset: Dataset) -> None:
    for request in (
        QueryRequest("ASK {}", "ASK", ("a",)),
        QueryRequest("ASK {}", "ASK", (), ("a",)),
    ):
        assert dataset.store_for(request) is dataset.whole


def test_words_in_a_string_do_no_harm(dataset: Dataset) -> None:
    request = QueryRequest(f'SELECT ?s {{ ?s <def/says> "{TEXT}" }}', "SELECT")
    assert found(dataset.store_for(request), request.query) == found(dataset.default, request.query)
    assert found(dataset.default, request.query)


def test_what_is_inferred_is_in_the_whole_alone(dataset: Dataset) -> None:
    inferred = ox.NamedNode(graph_iri("inferred", BASE))
    assert inferred in set(dataset.whole.named_graphs())
    assert not set(dataset.default.named_graphs())
    assert len(dataset.default) == 6
    assert len(dataset.whole) == len(dataset.default) + 8
