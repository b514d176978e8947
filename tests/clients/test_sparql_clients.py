"""Clients of SPARQL endpoints work as their users have them, on a small graph."""

import io
from collections.abc import Iterator
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (  # fmt: skip
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
    SPARQLWrapper2,
)

from server.rdf.vocabulary import graph_iri
from server.release.reader import Release
from tests.clients.java import JENA, java
from tests.clients.matrix import shows
from tests.clients.npm import needs_npm, run
from tests.endpoint import COUNTS, Endpoint
from tests.needs import needs
from tests.served import served
from tests.sparql.asking import BASE
from tests.tinysource import BASE as TINY_BASE

STATED = COUNTS["official"] + COUNTS["paper"] - 1  # one triple is stated in both
LABELS = "SELECT ?z ?a { ?z sl:q ?a }"
GRAPH = "CONSTRUCT { ?s sl:q ?o } { ?s sl:q ?o }"


@pytest.fixture
def url(endpoint: Endpoint) -> str:
    return f"http://127.0.0.1:{endpoint.port}/sparql"


# SPARQLWrapper (the keys of formats are constants of its own)


def converted(wrapper: SPARQLWrapper) -> Any:
    """Return a result as the wrapper makes it of each format."""
    return wrapper.query().convert()


@shows("SPARQLWrapper", "SELECT as JSON, XML, CSV, TSV by GET", "the rows")
@shows("SPARQLWrapper", "SELECT as JSON, XML, CSV, TSV by POST", "the rows")
@shows("SPARQLWrapper", "SELECT as JSON, XML, CSV, TSV by POSTDIRECTLY", "the rows")
@pytest.mark.parametrize("method", [GET, POST])
@pytest.mark.parametrize("how", [URLENCODED, POSTDIRECTLY])
@pytest.mark.parametrize("fmt", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_select(url: str, method: str, how: str, fmt: str) -> None:
    wrapper = SPARQLWrapper(url)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(how)
    wrapper.setReturnFormat(fmt)
    wrapper.setQuery(LABELS)
    result = converted(wrapper)
    if fmt == JSON:
        assert result["head"]["vars"] == ["z", "a"]
        assert [row["a"]["value"] for row in result["results"]["bindings"]] == ["only"]
    else:
        text = result.toxml() if fmt == XML else result.decode()
        assert "only" in text


@shows("SPARQLWrapper", "CONSTRUCT as RDF/XML, Turtle, N3, JSON-LD", "the triples")
@pytest.mark.parametrize("fmt", [XML, RDFXML, TURTLE, N3, JSONLD])
def test_sparqlwrapper_construct(url: str, fmt: str) -> None:
    wrapper = SPARQLWrapper(url, returnFormat=fmt)
    wrapper.setQuery(GRAPH)
    result = converted(wrapper)
    kinds = {TURTLE: "turtle", N3: "n3"}
    graph = rdflib.Graph().parse(data=result, format=kinds[fmt]) if fmt in kinds else result
    assert {str(o) for o in graph.objects()} == {"only"}


@shows("SPARQLWrapper", "ASK, a default graph, a timeout in milliseconds", "the answer")
def test_sparqlwrapper_ask_graphs_and_timeout(url: str) -> None:
    wrapper = SPARQLWrapper(url, defaultGraph=graph_iri("paper", BASE), returnFormat=JSON)
    wrapper.setTimeout(5)
    wrapper.addParameter("timeout", "5000")
    wrapper.setQuery("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert converted(wrapper)["results"]["bindings"][0]["n"]["value"] == "2"
    wrapper.setQuery("ASK {}")
    assert converted(wrapper) == {"head": {}, "boolean": True}


@shows("SPARQLWrapper", "SPARQLWrapper2: bindings as objects", "the rows")
def test_sparqlwrapper_2(url: str) -> None:
    wrapper = SPARQLWrapper2(url)
    wrapper.setQuery(LABELS)
    result: Any = wrapper.query()
    assert [row["a"].value for row in result.bindings] == ["only"]


# rdflib


@shows("rdflib", "asks through SPARQLStore in four formats, by GET and POST", "rows and triples")
@pytest.mark.parametrize("fmt", ["xml", "json", "csv", "tsv"])
@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_asks_the_endpoint(url: str, fmt: str, method: str) -> None:
    store = SPARQLStore(url, returnFormat=fmt, method=method)
    graph = rdflib.Graph(store)
    rows: Any = graph.query(LABELS)
    assert [str(row[1]) for row in rows] == ["only"]
    assert len(list(graph.triples((rdflib.URIRef(BASE + "id/a"), None, None)))) == 2


@shows("rdflib", "parses the default graph and a named one at the endpoint", "all triples")
def test_rdflib_reads_a_graph(url: str) -> None:
    assert len(rdflib.Graph().parse(f"{url}?default")) == STATED
    paper = rdflib.Graph().parse(f"{url}?graph={graph_iri('paper', BASE)}")
    assert len(paper) == COUNTS["paper"]


# pandas


@shows("pandas", "read_csv of the endpoint with format, output, results, _format", "the rows")
@pytest.mark.parametrize("parameter", ["format", "output", "results", "_format", "_mediatype"])
def test_pandas_reads_a_table(url: str, parameter: str) -> None:
    query = "SELECT%20%2A%20%7B%20%3Fs%20sl%3An%20%3Fo%20%7D"
    table = pd.read_csv(f"{url}?query={query}&{parameter}=csv")
    assert list(table.columns) == ["s", "o"]
    assert len(table) == COUNTS["official"] - 1


def test_pandas_reads_what_sparqlwrapper_fetched(url: str) -> None:
    wrapper = SPARQLWrapper(url, returnFormat=CSV)
    wrapper.setQuery(LABELS)
    table = pd.read_csv(io.BytesIO(converted(wrapper)))
    assert list(table["a"]) == ["only"]


# Jena


@shows("Jena", "SELECT, ASK, and graphs by the graph store protocol (GSP)", "as told")
@needs(JENA, "Jena (requirements/jena.txt)")
def test_jena_selects_and_fetches(url: str) -> None:
    found = java("endpoint", JENA, url, LABELS, graph_iri("paper", BASE))
    assert found == {"rows": 1, "default": STATED, "graph": COUNTS["paper"], "ask": True}


# Dumps and documents of a small release


@pytest.fixture(scope="module")
def tiny(plain_release: Release) -> Iterator[tuple[str, Release]]:
    """Serve a small release at its own address, with an engine."""
    with served(plain_release.folder.parent, TINY_BASE, SPACELAW_WEB_WORKERS="1") as client:
        yield f"http://127.0.0.1:{client.port}/", plain_release


@shows("rdflib", "parses packed dumps (.gz) by their address in five formats", "all statements")
@pytest.mark.parametrize("key", ["nq", "trig", "ttl", "jsonld", "rdf"])
def test_rdflib_loads_a_dump_in_gzip(tiny: tuple[str, Release], key: str) -> None:
    base, release = tiny
    address = f"{base}dumps/{release.manifest.release}/spacelaw.{key}.gz"
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(address)
    expected = release.manifest.quads if key in ("nq", "trig") else 1
    assert len(list(dataset.quads())) >= expected


@shows("Jena", "loads packed dumps (.nq.gz, .trig.gz) by their address", "all quads")
@needs(JENA, "Jena (requirements/jena.txt)")
def test_jena_loads_a_dump_in_gzip(tiny: tuple[str, Release]) -> None:
    base, release = tiny
    for key in ("nq", "trig"):
        address = f"{base}dumps/{release.manifest.release}/spacelaw.{key}.gz"
        assert java("dumps", JENA, address) == {address: release.manifest.quads}


@shows("@comunica/query-sparql", "queries documents in every format", "what they state")
@needs_npm
@pytest.mark.parametrize("suffix", [".nq", ".trig", ".jsonld", ".ttl", ".nt", ".rdf", ""])
def test_comunica_finds_what_a_document_states_without_its_graphs(
    tiny: tuple[str, Release], suffix: str
) -> None:
    base, release = tiny
    iri = next(iri for iri in release.iris() if "/id/" in iri)
    path = iri.removeprefix(TINY_BASE)
    address = f"{base}doc/{path}{suffix}"
    query = f"SELECT ?label {{ <{iri}> <http://www.w3.org/2000/01/rdf-schema#label> ?label }}"
    done = run("comunica-sparql", address, "-q", query, "-t", "text/csv")
    assert len(done.stdout.split()) > 1, done.stderr


@needs_npm
def test_comunica_asks_the_endpoint(url: str) -> None:
    done = run("comunica-sparql", f"sparql@{url}", "-q",
               f"SELECT ?o {{ ?s <{BASE}def/q> ?o }}", "-t", "text/csv")  # fmt: skip
    assert "only" in done.stdout, done.stderr
