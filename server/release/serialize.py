"""Serialization of a resource's description in each RDF format, readable and exact."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from server.formats import Format
from server.quads import Statement, subject_of, triple, write
from server.vocab import DCTERMS, RDF_TYPE, RDFS_LABEL, SKOS_DEFINITION, SKOS_PREF_LABEL, prefixes

_WRITERS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
}
_FIRST = (
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_PREF_LABEL,
    SKOS_DEFINITION,
    DCTERMS + "title",
    DCTERMS + "identifier",
    DCTERMS + "description",
)
_RANK = {predicate: rank for rank, predicate in enumerate(_FIRST)}


def parse(nquads: bytes) -> list[ox.Quad]:
    """Return the quads of an N-Quads document."""
    return list(ox.parse(nquads, ox.RdfFormat.N_QUADS))


def _order(focus: str, statement: Statement) -> tuple[object, ...]:
    """Sort key: the resource itself first, blank nodes last, type and label before the rest."""
    subject, predicate = subject_of(statement), statement.predicate.value
    return (
        subject.value != focus,
        isinstance(subject, ox.BlankNode),
        str(subject),
        _RANK.get(predicate, len(_RANK)),
        predicate,
        str(statement.object),
    )


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


def serialize(quads: list[ox.Quad], fmt: Format, base: str, focus: str = "") -> bytes:
    """Return `quads` in an RDF format; in a triples format the named graphs are merged.

    The statements about `focus` come first. Lexical forms are kept as they are.
    """
    if fmt.kind == "quads":
        statements: list[Any] = sorted(quads, key=lambda q: (str(q.graph_name), *_order(focus, q)))
    else:
        merged = {triple(q) for q in quads}
        statements = sorted(merged, key=lambda t: _order(focus, t))
    if fmt.key == "jsonld":
        return _json_ld(statements, used_prefixes(quads, base))
    return _in_order(write(statements, _WRITERS[fmt.key], used_prefixes(quads, base)))


def _in_order(document: bytes) -> bytes:
    """Sort the namespace declarations, which the writer gives in an order of its own each time."""
    if document.startswith(b"@prefix"):
        end = re.search(rb"^(?!@prefix)", document, re.MULTILINE)
        head = document[: end.start() if end else None]
        return b"".join(sorted(head.splitlines(keepends=True))) + b"\n" + document[len(head) :]
    return re.sub(
        rb"(?<=<rdf:RDF)(?: xmlns:[\w-]+=\"[^\"]*\")+",
        lambda match: b"".join(sorted(re.findall(rb" xmlns:[\w-]+=\"[^\"]*\"", match[0]))),
        document,
        count=1,
    )


def _json_ld(triples: list[ox.Triple], context: dict[str, str]) -> bytes:
    """Return compacted JSON-LD with the prefixes alone as context, so that values stay exact."""
    expanded = json.loads(write(triples, ox.RdfFormat.JSON_LD))
    nodes = [_compact(node, context) for node in expanded]
    document = (
        {"@context": context, **nodes[0]}
        if len(nodes) == 1
        else {"@context": context, "@graph": nodes}
    )
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _compact(value: Any, context: dict[str, str]) -> Any:
    """Shorten an expanded node: IRIs to compact IRIs, arrays of one to their member."""
    if isinstance(value, list):
        return [_compact(v, context) for v in value]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, member in value.items():
        if key == RDF_TYPE:
            result["@type"] = _single([_curie(v["@id"], context) for v in member])
        elif key in ("@id", "@type") and isinstance(member, str):
            # The IRI of a node is not vocabulary: compact IRIs would do, full ones read better.
            result[key] = _curie(member, context) if key == "@type" else member
        elif key.startswith("@"):
            result[key] = _compact(member, context)
        else:
            result[_curie(key, context)] = _single(_compact(member, context))
    return result["@value"] if set(result) == {"@value"} else result


def _single(values: Any) -> Any:
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _curie(iri: str, context: dict[str, str]) -> str:
    return _shortened(iri, tuple(context.items()))


@lru_cache(maxsize=8192)
def _shortened(iri: str, context: tuple[tuple[str, str], ...]) -> str:
    for prefix, namespace in context:
        local = iri.removeprefix(namespace)
        if local != iri and local and not local.startswith("//"):
            return f"{prefix}:{local}"
    return iri
