"""What editors of queries ask an endpoint for: which class has which property of which values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from server.compile.counts import key_of
from server.rdf.terms import graph_of, subject_of, triple
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    DCTERMS,
    PREFIXES,
    RDF_TYPE,
    XSD,
    expand,
    graph_iri,
)  # fmt: skip

DECLARED = ox.NamedNode(graph_iri("catalog"))
_FRAGMENT = ".well-known/void#class-"
Path = tuple[ox.NamedNode, ...]  # a class, a property, a class or datatype of its values


def catalogued(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Yield what the catalogue tells editors: nested partitions, and the prefixes of queries.

    The partitions are blank nodes: they have no documents of their own, but identifiers, by
    which the dataset is canonicalized as fast as without them.
    """
    found = partitions(quads, CANONICAL_BASE)
    nodes: dict[object, ox.BlankNode] = {
        q.subject: ox.BlankNode(f"p{n}") for n, q in enumerate(found)
    }
    for q in found:
        yield ox.Quad(nodes[q.subject], q.predicate, nodes.get(q.object) or q.object, DECLARED)
    for iri, node in nodes.items():
        name = ox.Literal(str(iri)[1:-1].partition(_FRAGMENT)[2])
        yield ox.Quad(node, ox.NamedNode(DCTERMS + "identifier"), name, DECLARED)
    for prefix, namespace in PREFIXES.items():  # SHACL section 5.2.1
        space = ox.Literal(namespace, datatype=ox.NamedNode(XSD + "anyURI"))
        node = ox.BlankNode(f"prefix-{prefix}")
        yield ox.Quad(DECLARED, ox.NamedNode(expand("sh:declare")), node, DECLARED)
        yield ox.Quad(node, ox.NamedNode(expand("sh:prefix")), ox.Literal(prefix), DECLARED)
        yield ox.Quad(node, ox.NamedNode(expand("sh:namespace")), space, DECLARED)


def partitions(quads: Iterable[ox.Quad], base: str) -> list[ox.Quad]:
    """Return nested partitions (VoID section 4.3) of all things; the catalogue does not count."""
    left_out = {graph_iri("catalog", base), graph_iri("inferred", base)}
    statements = dict.fromkeys(triple(q) for q in quads if graph_of(q) not in left_out)
    types: dict[object, list[ox.NamedNode]] = defaultdict(list)
    for t in statements:
        if t.predicate.value == RDF_TYPE and isinstance(t.object, ox.NamedNode):
            types[t.subject].append(t.object)
    properties, values = Counter[Path](), Counter[Path]()
    for t in statements:
        if subject_of(t).value.startswith(f"{base}id/"):
            kinds = [t.object.datatype] if isinstance(t.object, ox.Literal) else types[t.object]
            for cls in types[t.subject]:
                properties[cls, t.predicate] += 1
                values.update((cls, t.predicate, kind) for kind in kinds)
    return list(_described(properties, values, base))


def _described(properties: Counter[Path], values: Counter[Path], base: str) -> Iterator[ox.Quad]:
    def node(*path: ox.NamedNode) -> ox.NamedNode:
        return ox.NamedNode(base + _FRAGMENT + "-".join(key_of(i.value, base) for i in path))

    def said(path: Path, name: str, value: ox.NamedNode | ox.Literal) -> ox.Quad:
        return ox.Quad(node(*path), ox.NamedNode(expand(name)), value)

    for cls in dict.fromkeys(cls for cls, _ in properties):
        yield said((cls,), "void:class", cls)
    for path, count in properties.items():
        yield said(path[:1], "void:propertyPartition", node(*path))
        yield said(path, "void:property", path[1])
        yield said(path, "void:triples", _count(count))
    for path, count in values.items():
        is_datatype = path[2].value.startswith(XSD) or path[2].value.endswith("#langString")
        kind = "voidext:datatype" if is_datatype else "void:class"
        yield said(path[:2], f"{kind}Partition", node(*path))
        yield said(path, kind, path[2])
        yield said(path, "void:triples", _count(count))


def _count(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(XSD + "nonNegativeInteger"))
