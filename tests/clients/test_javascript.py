"""Clients written in JavaScript read identifiers and dumps, ask the endpoint, and follow links."""

import json

import pytest

from tests.clients.expected import COUNT, SELECT, TREATY, dumps, statements
from tests.clients.matrix import shows
from tests.clients.npm import ask_with, needs_npm, run
from tests.command import Site
from tests.descriptions import rows

pytestmark = needs_npm

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"


def comunica(source: str, query: str) -> list[str]:
    done = run("comunica-sparql", source, "-q", query, "-t", "text/csv")
    return done.stdout.splitlines()[1:] or [done.stderr]


@shows(
    "@comunica/query-sparql",
    "queries an identifier, the ontology and a graph by IRI",
    "what is said there",
)
@pytest.mark.parametrize(
    ("path", "about"),
    [(TREATY, TREATY), ("def", "def/Treaty"), ("graph/official", "graph/official")],
)
def test_comunica_finds_what_an_identifier_leads_to(site: Site, path: str, about: str) -> None:
    query = f"SELECT ?label {{ <{site.base}{about}> <{LABEL}> ?label }}"
    (label,) = (row[0] for row in rows(site, query))
    assert comunica(site.base + path, query) == [label]


@shows(
    "@comunica/query-sparql",
    "queries a dump in Turtle, N-Triples, RDF/XML, JSON-LD",
    "the endpoint's count",
)
@shows("@comunica/query-sparql", "queries the endpoint", "the endpoint's own answer")
@pytest.mark.parametrize("place", ["ttl", "nt", "rdf", "jsonld", "sparql"])
def test_comunica_queries_a_dump_and_the_endpoint(site: Site, place: str) -> None:
    source = site.base + "sparql"
    if place != "sparql":
        (source,) = (u for u in dumps(site) if u.endswith(f"/spacelaw.{place}"))
    query = COUNT.format(site.base)
    assert comunica(source, query) == rows(site, query)[0]
    assert comunica(source, query) != ["0"]


@shows(
    "@comunica/query-sparql-link-traversal",
    "follows links from an article and joins three resources",
    "one row, all labels",
)
def test_comunica_follows_links_and_joins_three_resources(site: Site) -> None:
    query = """PREFIX sl: <BASEdef/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    SELECT DISTINCT ?article ?treaty ?organ WHERE {
      <BASEid/treaty/1967/outer-space/article/9> rdfs:label ?article ; PART ?t .
      ?t rdfs:label ?treaty ; sl:adoptedBy ?body .
      ?body rdfs:label ?organ }""".replace("BASE", site.base)
    query = query.replace("PART", "dcterms:isPartOf|sl:partOf")
    start = f"{site.base}{TREATY}/article/9"
    done = run("comunica-sparql-link-traversal", start, "-q", query,
               "-t", "application/sparql-results+json", "--lenient")  # fmt: skip
    found = json.loads(done.stdout)["results"]["bindings"]
    assert [{name: cell["value"] for name, cell in row.items()} for row in found] == [
        {"article": "Outer Space Treaty, Article IX", "treaty": "Outer Space Treaty",
         "organ": "General Assembly of the United Nations"}]  # fmt: skip


@shows("ldflex", "reads a property of an identifier", "its value")
def test_ldflex_reads_a_property(site: Site) -> None:
    assert ask_with("ldflex", site.base + TREATY, LABEL) == "Outer Space Treaty"


@shows("rdf-dereference", "dereferences an identifier", "all triples, in the default graph")
@shows("rdf-ext", "fetches an identifier", "all triples, in the default graph")
@pytest.mark.parametrize("task", ["rdfDereference", "rdfExt"])
def test_an_identifier_has_its_triples_in_the_default_graph(site: Site, task: str) -> None:
    for path in (TREATY, "id/state/chn"):
        assert ask_with(task, site.base + path)["inDefaultGraph"] == statements(site, path)


@shows("jsonld", "reads a document by its address and turns it into RDF", "all triples")
def test_jsonld_js_reads_a_document(site: Site) -> None:
    found = ask_with("jsonld", f"{site.base}doc/{TREATY}.jsonld")
    assert found["all"] == statements(site, TREATY)


@shows("fetch-sparql-endpoint", "asks SELECT and CONSTRUCT", "the endpoint's rows and triples")
@shows("sparql-http-client", "asks SELECT and CONSTRUCT", "the endpoint's rows and triples")
@pytest.mark.parametrize(
    ("select", "construct"),
    [("fetchSparqlEndpoint", "fetchSparqlTriples"), ("sparqlHttpClient", "sparqlHttpConstruct")],
)
def test_clients_of_endpoints(site: Site, select: str, construct: str) -> None:
    endpoint = site.base + "sparql"
    assert ask_with(select, endpoint, SELECT) == rows(site, SELECT)
    query = f"CONSTRUCT {{ <{site.base}{TREATY}> ?p ?o }} WHERE {{ <{site.base}{TREATY}> ?p ?o }}"
    assert ask_with(construct, endpoint, query)["all"] == statements(site, TREATY)
