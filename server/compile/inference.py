"""What follows from the sources: by the project's own rules, and by OWL 2 RL."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pyoxigraph as ox
import rdflib
import reasonable

from server.rdf.terms import store_of, write
from server.rdf.vocabulary import CANONICAL_BASE, OWL, RDF, RDFS, graph_iri

# Entailments that hold of everything and tell nothing.
_TRIVIAL = {OWL + "Thing", RDFS + "Resource", RDFS + "Literal", OWL + "NamedIndividual"}


_CHAINS = f"SELECT ?whole ?one ?two {{ ?whole <{OWL}propertyChainAxiom> ( ?one ?two ) }}"


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
        inferred = list(results)
        derived.update(dict.fromkeys(inferred))
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in inferred)
    graph = ox.NamedNode(graph_iri("derived"))
    return [ox.Quad(t.subject, t.predicate, t.object, graph) for t in derived]


def infer(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return the OWL 2 RL closure of `quads` less what they state, in graph/inferred.

    Only what is entailed of this dataset's own named resources is kept.
    """
    stated = {q.triple for q in quads}
    entailed = {
        ox.Triple(*(ox.NamedNode(str(term)) for term in (s, p, o)))
        for s, p, o in _closure(stated | _chained(stated))
        if _tells_something(s, p, o) and str(s).startswith(CANONICAL_BASE)
    }
    graph = ox.NamedNode(graph_iri("inferred"))
    return [
        ox.Quad(t.subject, t.predicate, t.object, graph) for t in sorted(entailed - stated, key=str)
    ]


def _chained(stated: Iterable[ox.Triple]) -> set[ox.Triple]:
    """Return what property chains of two steps entail; the reasoner leaves them out (prp-spo2)."""
    store = store_of(ox.Quad(t.subject, t.predicate, t.object) for t in stated)
    chains = [tuple(map(str, row)) for row in cast("ox.QuerySolutions", store.query(_CHAINS))]
    patterns = [
        f"CONSTRUCT {{ ?x {whole} ?z }} {{ ?x {_path(store, one)} ?y . ?y {_path(store, two)} ?z }}"
        for whole, one, two in chains
    ]
    chained: set[ox.Triple] = set()
    while True:
        results = [cast("ox.QueryTriples", store.query(pattern)) for pattern in patterns]
        new = {t for triples in results for t in triples} - chained
        if not new:
            return chained - set(stated)
        chained |= new
        store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in new)


def _path(store: ox.Store, step: str) -> str:
    """Return a property as a path that heeds its inverses and whether it is transitive."""
    query = f"SELECT ?q {{ ?q <{OWL}inverseOf>|^<{OWL}inverseOf> {step} }}"
    inverses = cast("ox.QuerySolutions", store.query(query))
    ways = "|".join([step, *(f"^{row['q']}" for row in inverses)])
    transitive = store.query(f"ASK {{ {step} a <{OWL}TransitiveProperty> }}")
    return f"({ways})+" if transitive else f"({ways})"


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
