"""Readable Turtle and TriG: prefixes, subjects grouped, blank nodes nested, lists in short form."""

import re
from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from server.rdf.tree import Properties, Tree, shared
from server.rdf.vocabulary import RDF_TYPE, XSD

# Names that need no escapes (Turtle section 6.5, production PN_LOCAL); others are written in full.
_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# Literals that Turtle writes bare, with exactly the lexical forms that a parser gives back.
_BARE = {
    XSD + "integer": re.compile(r"-?(?:0|[1-9][0-9]*)"),  # others are read as these by some
    XSD + "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD + "boolean": re.compile(r"true|false"),
}
_INDENT = "    "


class _Writer:
    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = prefixes
        self.known: dict[str, str] = {}
        self.used: set[str] = set()

    def iri(self, iri: str) -> str:
        if iri not in self.known:
            self.known[iri] = self._short(iri)
        return self.known[iri]

    def _short(self, iri: str) -> str:
        for prefix, namespace in self.prefixes.items():
            if iri.startswith(namespace) and _LOCAL.fullmatch(iri, len(namespace)):
                self.used.add(prefix)
                return f"{prefix}:{iri[len(namespace) :]}"
        return f"<{iri}>"

    def literal(self, term: ox.Literal) -> str:
        datatype = term.datatype.value
        if datatype in _BARE and _BARE[datatype].fullmatch(term.value):
            return term.value
        full = str(term)
        suffix = f"^^<{datatype}>"
        return full.removesuffix(suffix) + "^^" + self.iri(datatype) if suffix in full else full

    def value(self, term: object, tree: Tree, depth: int) -> str:
        if isinstance(term, ox.NamedNode):
            return self.iri(term.value)
        if isinstance(term, ox.Literal):
            return self.literal(term)
        if isinstance(term, ox.Triple):
            parts = (term.subject, term.predicate, term.object)
            return f"<<( {' '.join(self.value(part, tree, depth) for part in parts)} )>>"
        members = tree.members(term)
        if members is not None:
            return f"( {' '.join(self.value(m, tree, depth) for m in members)} )"
        if term not in tree.nested:
            return str(term)
        nested = tree.properties.get(term, {})  # type: ignore[call-overload]
        if not nested:
            return "[]"
        inner = self.properties(nested, tree, depth + 1)
        return f"[\n{inner}\n{_INDENT * depth}]"

    def properties(self, properties: Properties, tree: Tree, depth: int) -> str:
        """Write the properties of a subject, one a line."""
        lines = []
        for predicate, values in properties.items():
            name = "a" if predicate == RDF_TYPE else self.iri(predicate)
            shown = ", ".join(self.value(v, tree, depth) for v in values)
            lines.append(f"{_INDENT * depth}{name} {shown}")
        return " ;\n".join(lines)

    def tree(self, tree: Tree, depth: int) -> Iterable[str]:
        for subject in tree.roots:
            name = self.iri(subject.value) if isinstance(subject, ox.NamedNode) else str(subject)
            body = self.properties(tree.properties[subject], tree, depth + 1)
            yield f"{_INDENT * depth}{name}\n{body} ."

    def head(self) -> str:
        """Declare the prefixes that what was written so far uses."""
        return "".join(f"@prefix {p}: <{self.prefixes[p]}> .\n" for p in sorted(self.used))


def turtle(triples: Iterable[ox.Triple], prefixes: Mapping[str, str], focus: str) -> bytes:
    """Return triples as Turtle; the statements about `focus` come first."""
    writer = _Writer(prefixes)
    body = [f"{s}\n" for s in writer.tree(Tree(triples, focus), 0)]
    return _whole([writer.head(), *body])


def trig(graphs: Mapping[str, list[ox.Triple]], prefixes: Mapping[str, str], focus: str) -> bytes:
    """Return the triples of each graph, by its IRI, as TriG; "" stands for the default graph."""
    writer = _Writer(prefixes)
    named = shared(graphs.values())
    blocks = []
    for graph, triples in sorted(graphs.items()):
        depth = 1 if graph else 0
        inside = "\n\n".join(writer.tree(Tree(triples, focus, named), depth))
        blocks.append(f"{writer.iri(graph)} {{\n{inside}\n}}\n" if graph else f"{inside}\n")
    return _whole([writer.head(), *blocks])


def _whole(blocks: list[str]) -> bytes:
    return "\n".join(block for block in blocks if block).encode()
