"""What the endpoint says of itself (SPARQL 1.1 Service Description), held against what it does."""

import pyoxigraph as ox
import pytest

from server.rdf.vocabulary import PREFIXES, graph_iri
from server.sparql.supervisor import WorkerEngine
from tests.command import Site, ask
from tests.endpoint import COUNTS, Endpoint
from tests.sparql.asking import BASE

ENTAILMENT = "http://www.w3.org/ns/entailment/"
FORMATS = "http://www.w3.org/ns/formats/"
MEDIA_TYPES = {
    "SPARQL_Results_JSON": "application/sparql-results+json",
    "SPARQL_Results_XML": "application/sparql-results+xml",
    "SPARQL_Results_CSV": "text/csv",
    "SPARQL_Results_TSV": "text/tab-separated-values",
    "Turtle": "text/turtle",
    "N3": "text/n3",
    "N-Triples": "application/n-triples",
    "JSON-LD": "application/ld+json",
    "RDF_XML": "application/rdf+xml",
    "TriG": "application/trig",
    "N-Quads": "application/n-quads",
}
RDF = list(MEDIA_TYPES.values())[4:]


def described(endpoint: Endpoint, accept: str = "text/turtle") -> ox.Store:
    """Return the description in one graph."""
    answer = endpoint.request("GET", "/sparql", {"Accept": accept})
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    fmt = ox.RdfFormat.from_media_type(answer.media_type)
    assert fmt, answer.media_type
    store = ox.Store()
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(answer.body, fmt))
    return store


def found(store: ox.Store, variables: str, pattern: str) -> list[tuple[str, ...]]:
    """Return the rows of these variables that a pattern has, sorted."""
    declared = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in ("sd", "void", "rdf"))
    rows = store.query(f"{declared} SELECT {variables} {{ {pattern} }}")
    return sorted(tuple(str(term.value) for term in row) for row in rows)  # type: ignore[union-attr]


@pytest.mark.parametrize("accept", [*RDF, "*/*"])
def test_2_the_endpoint_without_a_query_describes_itself(endpoint: Endpoint, accept: str) -> None:
    store = described(endpoint, accept)
    rows = found(store, "?s ?e", "?s a sd:Service ; sd:endpoint ?e")
    assert rows == [(f"{BASE}sparql#service", f"{BASE}sparql")]
    assert len(store) == len(described(endpoint))


def test_2_a_query_string_without_a_query_is_no_description(endpoint: Endpoint) -> None:
    answer = endpoint.request("GET", "/sparql?query=", {"Accept": "text/turtle"})
    answer.problem(400)


def test_3_each_result_format_is_there_and_no_other(endpoint: Endpoint) -> None:
    formats = found(described(endpoint), "?f", "?s sd:resultFormat ?f")
    assert {row[0].removeprefix(FORMATS) for row in formats} == MEDIA_TYPES.keys()
    for media_type in MEDIA_TYPES.values():
        query = "CONSTRUCT WHERE { ?s sl:q ?o }" if media_type in RDF else "ASK {}"
        assert endpoint.ask(query, media_type).media_type == media_type


def test_3_the_language_is_spoken(endpoint: Endpoint) -> None:
    languages = found(described(endpoint), "?l", "?s sd:supportedLanguage ?l")
    assert languages == [(PREFIXES["sd"] + "SPARQL11Query",)]


def test_3_each_named_graph_holds_what_is_said(endpoint: Endpoint) -> None:
    pattern = "?s sd:defaultDataset/sd:namedGraph ?x . ?x sd:name ?g ; sd:graph/void:triples ?n"
    counts = {g: int(n) for g, n in found(described(endpoint), "?g ?n", pattern)}
    assert counts == {graph_iri(name, BASE): number for name, number in COUNTS.items()}
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    assert {g: int(n) for g, n in endpoint.ask(query).rows()} == counts
    collected = found(described(endpoint), "?g", "?s sd:availableGraphs/sd:namedGraph/sd:name ?g")
    assert {row[0] for row in collected} == counts.keys()


def test_3_entailment_is_that_of_the_graphs(endpoint: Endpoint) -> None:
    store = described(endpoint)
    assert found(store, "?e", "?s sd:defaultEntailmentRegime ?e") == [(ENTAILMENT + "Simple",)]
    others = found(store, "?g ?e", "?x sd:entailmentRegime ?e ; sd:name ?g")
    assert others == [(graph_iri("inferred", BASE), ENTAILMENT + "OWL-RDF-Based")]


def test_3_each_function_is_known_to_the_engine(endpoint: Endpoint) -> None:
    listed = found(described(endpoint), "?f", "?s sd:extensionFunction ?f . ?f a sd:Function")
    assert {row[0] for row in listed} == {*WorkerEngine.functions}
    calls = " UNION ".join(
        f"{{ BIND(<{iri}>('x') AS ?x) }}" for iri in WorkerEngine.functions[-10:]
    )
    assert len(endpoint.ask(f"SELECT * {{ {calls} }}").rows()) == 10
    for iri in WorkerEngine.functions[:-10]:
        answer = endpoint.ask(f"SELECT (<{iri}>('x', 'y') AS ?x) {{}}")
        assert answer.status == 200 or b"requires between" in answer.body
    unknown = endpoint.ask(f"SELECT (<{WorkerEngine.functions[0]}x>('x') AS ?x) {{}}")
    assert unknown.problem(400)["reason"] == "function"


def test_the_description_and_void_lead_to_each_other(site: Site) -> None:
    answer = ask(site.base + "sparql", {"Accept": "text/turtle"})
    assert f'<{site.base}.well-known/void>; rel="describedby"' in answer.headers["Link"]
    void = ask(site.base + ".well-known/void.nt")
    assert f"<{PREFIXES['void']}sparqlEndpoint> <{site.base}sparql>" in void.body.decode()
