"""Clients written in Java load identifiers, dumps and the ontology, and ask the endpoint."""

import pytest

from tests.clients.expected import SELECT, TREATY, statements
from tests.clients.java import JENA, OWL_API, RDF4J, java
from tests.clients.matrix import shows
from tests.command import Site
from tests.descriptions import rows
from tests.needs import needs

needs_jena = needs(JENA, "Jena (requirements/jena.txt)")
needs_rdf4j = needs(RDF4J, "RDF4J (tests/clients/pom.xml)")
PREFIXED = """PREFIX sl: <BASEdef/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


@shows("Jena", "loads identifiers of a thing and of the ontology", "all triples")
@needs_jena
@pytest.mark.parametrize("path", [TREATY, "def"])
def test_jena(site: Site, path: str) -> None:
    assert java("jena", JENA, site.base + path)["statements"] == statements(site, path)


@shows("RDF4J", "asks SELECT through SPARQLRepository", "the endpoint's rows")
@needs_rdf4j
def test_rdf4j_asks_the_endpoint(site: Site) -> None:
    query = PREFIXED.replace("BASE", site.base) + SELECT
    assert java("rdf4j_select", RDF4J, site.base + "sparql", query) == rows(site, SELECT)


@shows("RDF4J", "reads a document in five formats with Rio", "all triples in each")
@needs_rdf4j
@pytest.mark.parametrize("suffix", ["ttl", "nt", "rdf", "jsonld", "n3"])
def test_rdf4j_reads_each_format(site: Site, suffix: str) -> None:
    url = f"{site.base}doc/{TREATY}.{suffix}"
    assert java("rdf4j_read", RDF4J, url, suffix) == statements(site, TREATY)


@shows("OWL API", "loads the ontology by its IRI", "its IRI, classes and axioms")
@needs(any("owlapi-api" in jar.name for jar in OWL_API), "the OWL API (Debian: libowlapi-java)")
def test_the_owl_api_loads_the_ontology_by_its_iri(site: Site) -> None:
    found = java("owlapi", OWL_API, site.base + "def")
    assert found["iri"] == site.base + "def"
    assert site.base + "def/Treaty" in found["classes"]
    assert found["axioms"] > 500
