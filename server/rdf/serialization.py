"""Serialization of a resource's description in each format of documents, readable and exact."""

from collections import defaultdict
from collections.abc import Iterable

import pyoxigraph as ox

from server.problems import Problem
from server.rdf import jsonld
from server.rdf.formats import Format
from server.rdf.jsonld import Coercions
from server.rdf.rdf_xml import rdf_xml, writable
from server.rdf.tables import table
from server.rdf.terms import graph_of, stated, write
from server.rdf.tree import order
from server.rdf.turtle import trig, turtle
from server.rdf.vocabulary import prefixes

_HOLDING_ALL = ("ttl", "nt", "trig", "nq")  # that RDF 1.2 has


def parse(nquads: bytes) -> list[ox.Quad]:
    """Return the quads of an N-Quads document."""
    return list(ox.parse(nquads, ox.RdfFormat.N_QUADS))


def used_prefixes(quads: Iterable[ox.Quad], base: str) -> dict[str, str]:
    """Return the prefixes of the dataset whose namespaces occur in `quads`."""
    iris = {t.value for q in quads for t in _terms(q)}
    return {p: ns for p, ns in prefixes(base).items() if any(i.startswith(ns) for i in iris)}


def _terms(quad: ox.Quad) -> Iterable[ox.NamedNode]:
    for term in (quad.subject, quad.predicate, quad.object):
        if isinstance(term, ox.NamedNode):
            yield term
        elif isinstance(term, ox.Literal):
            yield term.datatype


def serialize(
    quads: list[ox.Quad], fmt: Format, base: str, focus: str = "", known: Coercions | None = None
) -> bytes:
    """Return `quads` in an RDF format or as CSV; in a triples format the named graphs are merged.

    The statements about `focus` come first. In a quads format its document has what is stated in
    the default graph too, where clients look that know of no named graphs. Lexical forms are kept
    as they are. `known` are the coercions of compacted JSON-LD. Raises Problem 406 for what the
    format cannot express.
    """
    if fmt.kind == "quads":
        if focus:
            quads = list(dict.fromkeys((*stated(quads, base), *quads)))
        return _quads(quads, fmt, base, focus)
    triples = list(holdable(dict.fromkeys(q.triple for q in quads), fmt))
    match fmt.key:
        case "ttl" | "n3":
            return turtle(triples, prefixes(base), focus)
        case "jsonld" | "flattened.jsonld":
            flat = fmt.key != "jsonld"
            return jsonld.compacted(triples, prefixes(base), known or {}, focus, flat)
        case "expanded.jsonld":
            return jsonld.expanded(triples, focus)
        case "csv":
            return table(triples, focus)
    triples.sort(key=lambda t: order(focus, t))
    if fmt.key == "nt":
        return write(triples, ox.RdfFormat.N_TRIPLES)
    return rdf_xml(triples, used_prefixes(quads, base))


def holdable(triples: Iterable[ox.Triple], fmt: Format) -> Iterable[ox.Triple]:
    """Return triples as a format can hold them; to read them raises Problem 406 where it cannot."""
    if fmt.key == "rdf":
        return writable(triples)
    return triples if fmt.key in _HOLDING_ALL else _checked(triples, fmt)


def _checked(triples: Iterable[ox.Triple], fmt: Format) -> Iterable[ox.Triple]:
    for t in triples:
        if isinstance(t.object, ox.Triple):
            raise Problem(406, f"{fmt.name} cannot hold the triple terms in this; ask for Turtle.")
        if fmt.key == "n3" and isinstance(t.object, ox.Literal) and t.object.direction:
            raise Problem(406, "N3 cannot hold triple terms and base directions; ask for Turtle.")
        yield t


def _quads(quads: list[ox.Quad], fmt: Format, base: str, focus: str) -> bytes:
    if fmt.key == "nq":
        ordered = sorted(quads, key=lambda q: (str(q.graph_name), *order(focus, q)))
        return write(ordered, ox.RdfFormat.N_QUADS)
    if any(isinstance(q.graph_name, ox.BlankNode) for q in quads):
        raise Problem(406, "TriG names graphs by IRIs here, and one of these is a blank node.")
    graphs: dict[str, list[ox.Triple]] = defaultdict(list)
    for quad in quads:
        graphs[graph_of(quad)].append(quad.triple)
    return trig(graphs, prefixes(base), focus)
