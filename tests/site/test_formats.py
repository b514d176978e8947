"""All resources of the release in all formats, over HTTP, say what the sources say of them."""

import pyoxigraph as ox
import pytest
import rdflib

from server.compile import conformance
from server.rdf.iris import rebase
from server.rdf.vocabulary import CANONICAL_BASE, XSD, graph_iri
from tests.command import ROOT, Site, ask

MEDIA_TYPES = [
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
    "application/trig",
    "application/n-quads",
]
SAMPLE = "id/treaty/1967/outer-space/article/9"


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_client_that_is_not_ours_reads_each_format(site: Site, media_type: str) -> None:
    location = ask(site.base + SAMPLE).headers["Location"]
    answer = ask(location, {"Accept": media_type})
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=answer.body, format=media_type)
    article = rdflib.URIRef(site.base + SAMPLE)
    assert (article, rdflib.RDF.type, rdflib.URIRef(site.base + "def/Article")) in dataset


def test_rdflib_follows_an_identifier_by_itself(site: Site) -> None:
    graph = rdflib.Graph().parse(site.base + "id/treaty/1967/outer-space")
    assert rdflib.URIRef(site.base + "id/treaty/1967/outer-space") in set(graph.subjects())


def test_the_store_holds_exactly_what_the_sources_state(site: Site) -> None:
    _, quads = conformance.dataset(ROOT, lambda _: None)
    for layer in ("official", "paper", "editor", "derived", "ontology"):
        own = [q for q in quads if q.graph_name.value == graph_iri(layer)]  # type: ignore[union-attr]
        expected = {
            (_moved(q.subject, site), _moved(q.predicate, site), _moved(q.object, site))
            for q in own
            if not _anonymous(q)
        }
        query = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <graph/{layer}> {{ ?s ?p ?o }} }}"
        answer = ask(
            site.base + "sparql",
            {"Content-Type": "application/sparql-query", "Accept": "application/n-triples"},
            query.encode(),
        )
        got = {
            (str(t.subject), str(t.predicate), str(t.object))
            for t in ox.parse(answer.body, ox.RdfFormat.N_TRIPLES)
            if not _anonymous(t)
        }
        assert got == expected, layer


def _anonymous(statement: ox.Quad | ox.Triple) -> bool:
    return any(isinstance(t, ox.BlankNode) for t in (statement.subject, statement.object))


def _moved(term: object, site: Site) -> str:
    """Return a term as the store gives it back: under its base, decimals without idle zeros."""
    if isinstance(term, ox.NamedNode):
        return f"<{rebase(term.value, site.base)}>"
    if isinstance(term, ox.Literal) and term.datatype.value == f"{XSD}decimal":
        whole, _, part = term.value.partition(".")
        shortest = f"{whole}.{part}".rstrip("0").rstrip(".")
        return str(ox.Literal(shortest, datatype=term.datatype))
    return str(term)


def test_no_canonical_iri_is_left_in_what_is_served(site: Site) -> None:
    query = (
        f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?s ?p ?o }} "
        f'FILTER(STRSTARTS(STR(?s), "{CANONICAL_BASE}") || '
        f'(isIRI(?o) && STRSTARTS(STR(?o), "{CANONICAL_BASE}"))) }}'
    )
    answer = ask(
        site.base + "sparql",
        {"Content-Type": "application/sparql-query", "Accept": "text/csv"},
        query.encode(),
    )
    assert answer.body.split() == [b"n", b"0"]
