"""SPARQL servers that are not ours ask ours, and load what we publish."""

import json
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.clients.expected import TREATY, statements
from tests.clients.matrix import shows
from tests.command import Site, ask
from tests.descriptions import counts
from tests.needs import needs
from tests.sparql.servers import FUSEKI, OXIGRAPH, VIRTUOSO, fuseki, oxigraph, virtuoso

JSON = {"Accept": "application/sparql-results+json"}


@pytest.fixture(scope="module")
def other_oxigraph() -> Iterator[str]:
    with oxigraph() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def other_fuseki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fuseki(tmp_path_factory.mktemp("fuseki")) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def other_virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as endpoint:
        yield endpoint


def answer(endpoint: str, query: str) -> str:
    """Return the one value of a query's one row."""
    sent = ask(f"{endpoint}?{urlencode({'query': query})}", JSON)
    assert sent.status == 200, sent.body
    (row,) = json.loads(sent.body)["results"]["bindings"]
    (cell,) = row.values()
    return str(cell["value"])


def federated(site: Site) -> str:
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    pattern = f"<{site.base}{TREATY}> <{label}> ?label"
    return f"SELECT ?label {{ SERVICE <{site.base}sparql> {{ {pattern} }} }}"


@shows("oxigraph", "federates: SERVICE with our endpoint", "the endpoint's row")
@needs(OXIGRAPH.exists(), "Oxigraph (PyPI: oxigraph)")
def test_oxigraph_federates(site: Site, other_oxigraph: str) -> None:
    assert answer(other_oxigraph, federated(site)) == "Outer Space Treaty"


@shows("Fuseki", "federates: SERVICE with our endpoint", "the endpoint's row")
@needs(FUSEKI, "Apache Jena Fuseki (make .venv/peers.stamp, with Maven and Java 17)")
def test_fuseki_federates(site: Site, other_fuseki: str) -> None:
    assert answer(other_fuseki, federated(site)) == "Outer Space Treaty"


@shows("oxigraph", "loads a document and a dump by address (LOAD)", "all triples")
@needs(OXIGRAPH.exists(), "Oxigraph (PyPI: oxigraph)")
def test_oxigraph_loads(site: Site, other_oxigraph: str) -> None:
    check_loads(site, other_oxigraph)


@shows("Fuseki", "loads a document and a dump by address (LOAD)", "all triples")
@needs(FUSEKI, "Apache Jena Fuseki (make .venv/peers.stamp, with Maven and Java 17)")
def test_fuseki_loads(site: Site, other_fuseki: str) -> None:
    check_loads(site, other_fuseki)


def check_loads(site: Site, endpoint: str) -> None:
    """Have a server load a document and a dump, and count what it has then."""
    release = (site.releases / "current").resolve().name
    for number, (url, expected) in enumerate(
        [(f"{site.base}doc/{TREATY}.ttl", statements(site, TREATY)),
         (f"{site.base}dumps/{release}/paper.ttl", counts(site)["paper"])]
    ):  # fmt: skip
        graph = f"urn:x:{number}"
        update = f"LOAD <{url}> INTO GRAPH <{graph}>".encode()
        request = urllib.request.Request(
            endpoint.replace("/query", "/update"),
            update,
            {"Content-Type": "application/sparql-update"},
        )
        urllib.request.urlopen(request, timeout=600).close()
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        assert answer(endpoint, query) == str(expected)


@shows("Virtuoso", "federates: SERVICE with our endpoint", "the endpoint's row")
@needs(VIRTUOSO, "Virtuoso (Debian: virtuoso-opensource-7)")
def test_virtuoso_federates(site: Site, other_virtuoso: str) -> None:
    assert "Outer Space Treaty" in signed_in(other_virtuoso, federated(site))


@shows("Virtuoso", "loads a document by the address of its thing (LOAD)", "all triples")
@needs(VIRTUOSO, "Virtuoso (Debian: virtuoso-opensource-7)")
def test_virtuoso_loads(site: Site, other_virtuoso: str) -> None:
    signed_in(other_virtuoso, f"LOAD <{site.base}{TREATY}> INTO GRAPH <urn:x:loaded>")
    query = "SELECT (COUNT(*) AS ?n) { GRAPH <urn:x:loaded> { ?s ?p ?o } }"
    assert answer(other_virtuoso, query) == str(statements(site, TREATY))


def signed_in(endpoint: str, query: str) -> str:
    """Ask as dba, who alone may federate and load; return the answer."""
    manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    manager.add_password(None, endpoint.rpartition("/")[0], "dba", "dba")
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(manager))
    data, url = urlencode({"query": query}).encode(), endpoint.replace("/sparql", "/sparql-auth")
    with opener.open(urllib.request.Request(url, data, JSON), timeout=600) as found:
        return str(found.read().decode())
