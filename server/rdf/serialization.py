"""Serialization of a resource's description in each format of documents, readable and exact."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from server.problems import Problem
from server.rdf import jsonld
from server.rdf.formats import Format
from server.rdf.jsonld import Coercions
from server.rdf.tables import table
from server.rdf.terms import blank_nodes, graph_of, triple, write
from server.rdf.tree import order
from server.rdf.turtle import trig, turtle
from server.rdf.vocabulary import prefixes

# XML 1.0 section 2.2: a document cannot hold these, not even as references.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# An element name needs a letter to begin with (Namespaces in XML 1.0, NCName).
_WITH_TRIPLE_TERMS = ("ttl", "nt", "rdf")  # of RDF 1.2, among the formats of triples
_ENDS_IN_A_NAME = re.compile(r"[^\W\d][\w.-]*\Z")


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

    The statements about `focus` come first. Lexical forms are kept as they are. `known` are the
    coercions of compacted JSON-LD. Raises Problem 406 for what the format
    cannot express.
    """
    if fmt.kind == "quads":
        return _quads(quads, fmt, base, focus)
    triples = list(dict.fromkeys(triple(q) for q in quads))
    _check_terms(triples, fmt)
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
    return _rdf_xml(triples, used_prefixes(quads, base))


def _check_terms(triples: list[ox.Triple], fmt: Format) -> None:
    """Raise Problem 406 for terms of RDF 1.2 in a format that has none."""
    values = {type(t.object) for t in triples}
    if ox.Triple in values and fmt.key not in _WITH_TRIPLE_TERMS:
        raise Problem(406, f"{fmt.name} cannot hold the triple terms in this description.")
    if fmt.key == "n3" and any(isinstance(t.object, ox.Literal) and t.object.direction
                               for t in triples):  # fmt: skip
        raise Problem(406, "N3 cannot hold the base directions in this description.")


def _quads(quads: list[ox.Quad], fmt: Format, base: str, focus: str) -> bytes:
    if fmt.key == "nq":
        ordered = sorted(quads, key=lambda q: (str(q.graph_name), *order(focus, q)))
        return write(ordered, ox.RdfFormat.N_QUADS)
    if any(isinstance(q.graph_name, ox.BlankNode) for q in quads):
        raise Problem(406, "TriG names graphs by IRIs here, and one of these is a blank node.")
    graphs: dict[str, list[ox.Triple]] = defaultdict(list)
    for quad in quads:
        graphs[graph_of(quad)].append(triple(quad))
    return trig(graphs, prefixes(base), focus)


def _rdf_xml(triples: list[ox.Triple], namespaces: dict[str, str]) -> bytes:
    """Return RDF/XML with its namespace declarations sorted; the writer's order is not fixed."""
    if any(isinstance(t.object, ox.Literal) and _NOT_XML.search(t.object.value) for t in triples):
        raise Problem(406, "RDF/XML cannot hold the control characters in this description.")
    for t in triples:
        if not _ENDS_IN_A_NAME.search(t.predicate.value):
            raise Problem(406, f"RDF/XML cannot express the predicate <{t.predicate.value}>.")
    try:
        document = write(_relabelled(triples), ox.RdfFormat.RDF_XML, namespaces)
    except (ValueError, OSError) as error:
        raise Problem(406, f"RDF/XML cannot express this description: {error}.") from None
    document = document.replace(b"\r", b"&#xD;")  # else parsers make it a line feed
    return re.sub(
        rb"(?<=<rdf:RDF)(?: xmlns:[\w-]+=\"[^\"]*\")+",
        lambda match: b"".join(sorted(re.findall(rb" xmlns:[\w-]+=\"[^\"]*\"", match[0]))),
        document,
        count=1,
    )


def _relabelled(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return triples whose blank nodes have names of XML's (NCName) as labels."""
    nodes = dict.fromkeys(n for t in triples for x in (t.subject, t.object) for n in blank_nodes(x))
    if all(_ENDS_IN_A_NAME.match(node.value) for node in nodes):
        return triples
    labels = {node: ox.BlankNode(f"b{number}") for number, node in enumerate(nodes)}

    def label(term: Any) -> Any:
        if isinstance(term, ox.Triple):
            return ox.Triple(label(term.subject), term.predicate, label(term.object))
        return labels[term] if isinstance(term, ox.BlankNode) else term

    return [label(t) for t in triples]
