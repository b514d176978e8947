"""What follows from the sources: by the project's own rules, and by OWL 2 RL."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox
import rdflib
import reasonable

from server.rdf.terms import store_of, triple, write
from server.rdf.vocabulary import CANONICAL_BASE, OWL, RDF, RDFS, graph_iri

# Entailments that hold of everything and tell nothing.
_TRIVIAL = {OWL + "Thing", RDFS + "Resource", RDFS + "Literal", OWL + "NamedIndividual"}


def derive(quads: Iterable[ox.Quad], rules: Path) -> list[ox.Quad]:
    """Return what the CONSTRUCT queries in the folder `rules` compute, in graph/derived.

    The rules run in the order of their file names and each sees the results of those before it.
    """
    store = store_of(quads)
    derived: dict[ox.Triple, None] = {}
    for rule in sorted(rules.glob("*.rq")):
        results = store.query(rule.read_text("utf-8"))
        if not isinstance(results, ox.QueryTriples):
            raise TypeError(f"{rule} is not a CONSTRUCT query")
        found = list(results)
        derived.update(dict.fromkeys(found))
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in found)
    graph = ox.NamedNode(graph_iri("derived"))
    return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in derived]


def infer(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return the OWL 2 RL closure of `quads` less what they state, in graph/inferred.

    Only what is entailed of this dataset's own named resources is kept.
    """
    stated = {triple(q) for q in quads}
    entailed = {
        ox.Triple(*(ox.NamedNode(str(term)) for term in (s, p, o)))
        for s, p, o in _closure(stated)
        if _tells_something(s, p, o) and str(s).startswith(CANONICAL_BASE)
    }
    graph = ox.NamedNode(graph_iri("inferred"))
    return [
        ox.Quad(t.subject, t.predicate, t.object, graph) for t in sorted(entailed - stated, key=str)
    ]


def _closure(triples: Iterable[ox.Triple]) -> list[tuple[rdflib.term.Node, ...]]:
    """Run the reasoner, which reads files only; N-Triples are Turtle as well."""
    reasoner = reasonable.PyReasoner()
    with tempfile.NamedTemporaryFile(suffix=".ttl") as file:
        file.write(write(triples, ox.RdfFormat.N_TRIPLES))
        file.flush()
        reasoner.load_file(file.name)
    return list(reasoner.reason())


def _tells_something(s: object, p: object, o: object) -> bool:
    named = all(isinstance(term, rdflib.URIRef) for term in (s, p, o))
    return (
        named
        and str(o) not in _TRIVIAL
        and not (s == o and str(p).startswith((OWL, RDFS)))
        and not (str(p) == RDF + "type" and str(o).startswith((OWL, RDF, RDFS)))
    )
