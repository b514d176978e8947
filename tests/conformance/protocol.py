"""The suites of the SPARQL 1.1 Protocol and Service Description, as requests to the endpoint."""

from functools import cache
from typing import Any

import pyoxigraph as ox

from server.rdf.vocabulary import RDF
from tests.conformance.sparql import ROOT, iri_of
from tests.conformance.suites import MF, Case, cases
from tests.endpoint import Answer, Endpoint
from tests.sparql.asking import BASE

HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
SD = "http://www.w3.org/ns/sparql-service-description#"
TABLES = {
    "application/sparql-results+json", "application/sparql-results+xml", "text/csv",
    "text/tab-separated-values",
}  # fmt: skip
RDF_TYPES = {"text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json"}
# Section 3 of the service description's vocabulary: the classes that properties lead to.
_VALUES = {
    "defaultDataset": "Dataset", "defaultGraph": "Graph", "namedGraph": "NamedGraph",
    "graph": "Graph", "availableGraphs": "GraphCollection",
}  # fmt: skip
_INSTANCES = {
    "supportedLanguage": {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"},
    "feature": {
        "DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs",
        "BasicFederatedQuery",
    },
}  # fmt: skip


@cache
def tests_of(suite: str) -> dict[str, Case]:
    """Return the tests of a folder of SPARQL 1.1, "protocol" or "service-description"."""
    manifest = ROOT / "sparql11" / suite / "manifest.ttl"
    return {c.name: c for c in cases(manifest, iri_of(manifest), f"sparql11/{suite}")}


def run_protocol(endpoint: Endpoint, case: Case) -> None:
    """Send the requests of a test; raises AssertionError where one is answered otherwise."""
    action = case.one("action")
    for request in case.graph.items(case.graph.one(action, HT + "requests")):
        answer = send(endpoint, case, request)
        compare(answer, case, case.graph.one(request, HT + "resp"))


def send(endpoint: Endpoint, case: Case, request: Any) -> Answer:
    """Send one request as the manifest has it."""
    graph = case.graph
    path = graph.one(request, HT + "absolutePath").value
    headers = {"Accept": "*/*"}
    for header in graph.items(graph.one(request, HT + "headers")):
        name = graph.one(header, HT + "fieldName").value
        headers[name] = graph.one(header, HT + "fieldValue").value
    content, body = graph.one(request, HT + "body"), None
    if content is not None:
        encoding = graph.one(content, CNT + "characterEncoding").value
        body = graph.one(content, CNT + "chars").value.encode(encoding)
    method = graph.one(request, HT + "methodName").value
    target = "/sparql" + path.removeprefix("/sparql").removeprefix("/")
    return endpoint.request(method, target, headers, body)


def compare(answer: Answer, case: Case, expected: Any) -> None:
    """Compare status, format and truth value with those that a test expects."""
    statuses = [status.value[-3] for status in case.graph.all(expected, MF + "expectedStatus")]
    assert str(answer.status)[0] in statuses, (answer.status, answer.body.decode())
    fmt = case.graph.one(expected, MF + "expectedFormat")
    truth = case.graph.one(expected, MF + "expectedBoolean")
    if fmt is not None:
        wanted = RDF_TYPES if fmt.value == "RDF" else TABLES
        assert answer.media_type in wanted
    if truth is not None:
        found = ox.parse_query_results(
            answer.body, format=ox.QueryResultsFormat.from_media_type(answer.media_type)
        )
        assert bool(found) == (truth.value == "true")


def run_description(endpoint: Endpoint, case: Case) -> None:
    """Check the description of the service, as the name of a test asks."""
    answer = endpoint.request("GET", "/sparql", {"Accept": "text/turtle"})
    assert (answer.status, answer.media_type) == (200, "text/turtle")
    store = ox.Store()
    store.extend(ox.Quad(*t) for t in ox.parse(answer.body, ox.RdfFormat.TURTLE))
    match case.name.rpartition("#")[2]:
        case "has-endpoint-triple":
            endpoint_iri = ox.NamedNode(f"{BASE}sparql")
            assert list(store.quads_for_pattern(None, ox.NamedNode(SD + "endpoint"), endpoint_iri))
        case "conforms-to-schema":
            conforms(store)
        case _:
            assert len(store)


def conforms(store: ox.Store) -> None:
    """Check that the vocabulary's properties lead to what it says."""
    a, name = ox.NamedNode(RDF + "type"), ox.NamedNode(SD + "name")
    for quad in store:
        prop = quad.predicate.value.removeprefix(SD)
        if prop in _VALUES:
            assert ox.Quad(quad.object, a, ox.NamedNode(SD + _VALUES[prop])) in store, quad
        if prop in _INSTANCES:
            value = quad.object.value
            assert value.removeprefix(SD) in _INSTANCES[prop] or not value.startswith(SD), quad
        if prop == "namedGraph":
            assert len(list(store.quads_for_pattern(quad.object, name, None))) == 1, quad
