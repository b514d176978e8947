"""What a site says of itself, and what its endpoint counts."""

import csv
import io
from urllib.parse import quote

import rdflib

from server.rdf.vocabulary import expand
from tests.command import Site, ask


def rows(site: Site, query: str) -> list[list[str]]:
    answer = ask(f"{site.base}sparql?query={quote(query)}", {"Accept": "text/csv"})
    assert answer.status == 200, answer.body
    return list(csv.reader(io.StringIO(answer.body.decode())))[1:]


def described(site: Site, path: str) -> rdflib.Graph:
    answer = ask(site.base + path, {"Accept": "application/n-triples"})
    assert answer.status == 200
    return rdflib.Graph().parse(data=answer.body, format="nt")


def term(name: str) -> rdflib.URIRef:
    return rdflib.URIRef(expand(name))


def counts(site: Site) -> dict[str, int]:
    """Return the number of triples of each graph, of what is stated, and of all quads."""
    graphs = rows(site, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    found = {g.rpartition("/")[2]: int(n) for g, n in graphs}
    ((stated,),) = rows(site, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    return found | {"quads": sum(found.values()), "spacelaw": int(stated)}


# https://developers.google.com/search/docs/appearance/structured-data/dataset, as of 2025: what it
# requires and recommends. `funder` is left out because nobody funds the dataset.
