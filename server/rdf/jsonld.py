"""JSON-LD 1.1 in its compacted, expanded and flattened forms, every literal as it was written."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox

from server.rdf.terms import Node
from server.rdf.tree import Tree
from server.rdf.vocabulary import RDF_TYPE, XSD

# How the values of a property are read: "@id" (IRIs), a datatype, or "@" and a language tag.
Coercions = Mapping[str, str]
_ID = "@id"


def coercions(triples: Iterable[ox.Triple]) -> dict[str, str]:
    """Return how the values of each property can be read, where all have the same kind."""
    kinds: dict[str, set[str]] = defaultdict(set)
    for t in triples:
        kinds[t.predicate.value].add(_kind(t.object))
    plain = {"", XSD + "string"}
    return {
        predicate: next(iter(of_values))
        for predicate, of_values in sorted(kinds.items())
        if len(of_values) == 1 and not of_values & plain and predicate != RDF_TYPE
    }


def _kind(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        return _ID
    if isinstance(term, ox.Literal) and not term.direction:
        return f"@{term.language}" if term.language else term.datatype.value
    return ""


class _Names:
    """The context of a document: what it shortens IRIs and values by."""

    def __init__(self, prefixes: Mapping[str, str], known: Coercions) -> None:
        self.prefixes, self.known = prefixes, known
        self.used: dict[str, str] = {}
        self.typed: dict[str, str] = {}

    def short(self, iri: str) -> str:
        for prefix, namespace in self.prefixes.items():
            local = iri.removeprefix(namespace)
            # A local part that begins with two slashes would make the whole an absolute IRI.
            if local != iri and local and not local.startswith("//"):
                self.used[prefix] = namespace
                return f"{prefix}:{local}"
        return iri

    def coercion(self, predicate: str) -> str:
        """Return how values of `predicate` are read here, and note it for the context."""
        kind = self.known.get(predicate, "")
        name = self.short(predicate)
        if not kind or name == predicate:
            return ""
        self.typed[name] = kind
        return kind

    def context(self) -> dict[str, Any]:
        terms = {name: self.term(kind) for name, kind in sorted(self.typed.items())}
        return dict(sorted(self.used.items())) | terms

    def term(self, kind: str) -> dict[str, str]:
        if kind.startswith("@") and kind != _ID:
            return {"@language": kind[1:]}
        return {"@type": kind if kind == _ID else self.short(kind)}


def context(prefixes: Mapping[str, str], known: Coercions) -> bytes:
    """Return the context that the compacted documents of a release take theirs from."""
    names = _Names(prefixes, known)
    for predicate in known:
        names.coercion(predicate)
    return _bytes({"@context": dict(sorted(prefixes.items())) | names.context()})


def expanded(triples: Iterable[ox.Triple], focus: str) -> bytes:
    """Return triples as an expanded document (JSON-LD 1.1 section 9)."""
    tree = Tree(triples, focus)
    return _bytes([_Writer(tree).node(subject) for subject in tree.roots])


def compacted(
    triples: Iterable[ox.Triple],
    prefixes: Mapping[str, str],
    known: Coercions,
    focus: str,
    flat: bool = False,
) -> bytes:
    """Return triples as a compacted document, `flat` with each node at its top.

    The context is inside, so that a document stands by itself; it is a part of the published one.
    """
    triples = list(triples)
    every = (term for t in triples for term in (t.subject, t.object))
    named = frozenset(term for term in every if flat and isinstance(term, ox.BlankNode))
    tree, names = Tree(triples, focus, named), _Names(prefixes, known)
    nodes = [_Writer(tree, names).node(subject) for subject in tree.roots]
    body = nodes[0] if len(nodes) == 1 and not flat else {"@graph": nodes}
    return _bytes({"@context": names.context(), **body})


class _Writer:
    """Writes the nodes of a tree: compacted with the names of a context, else expanded."""

    def __init__(self, tree: Tree, names: _Names | None = None) -> None:
        self.tree, self.names = tree, names

    def node(self, subject: Node) -> dict[str, Any]:
        # A node's own IRI is no vocabulary: in full it reads better.
        result: dict[str, Any] = {} if subject in self.tree.nested else {_ID: _name(subject)}
        for predicate, values in self.tree.properties.get(subject, {}).items():
            if predicate == RDF_TYPE:
                types = [self.short(v.value) for v in values if isinstance(v, ox.NamedNode)]
                result |= {"@type": self.single(types)} if types else {}
                values = [v for v in values if not isinstance(v, ox.NamedNode)]
            if values:
                kind = self.names.coercion(predicate) if self.names else ""
                written = [self.value(v, kind) for v in values]
                result[self.short(predicate)] = self.single(written)
        return result

    def value(self, term: Any, kind: str) -> Any:
        """Return a value of a property whose values are read as `kind`."""
        if isinstance(term, ox.Literal):
            return self.literal(term, kind)
        members = self.tree.members(term)
        if members is not None:
            return {"@list": [self.value(member, kind) for member in members]}
        if term in self.tree.nested:
            return self.node(term)
        return _name(term) if kind == _ID else {_ID: _name(term)}

    def literal(self, term: ox.Literal, kind: str) -> Any:
        stated = f"@{term.language}" if term.language else term.datatype.value
        stated = "" if stated == XSD + "string" else stated
        if self.names and stated == kind and not term.direction:
            return term.value
        value = {"@value": term.value}
        if term.language:
            direction = {"@direction": str(term.direction)} if term.direction else {}
            return {**value, "@language": term.language, **direction}
        return {**value, "@type": self.short(stated)} if stated else value

    def short(self, iri: str) -> str:
        return self.names.short(iri) if self.names else iri

    def single(self, values: list[Any]) -> Any:
        return values[0] if self.names and len(values) == 1 else values


def _name(node: Node) -> str:
    return node.value if isinstance(node, ox.NamedNode) else str(node)


def _bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
