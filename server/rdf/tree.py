"""Statements as a tree: the resource first, blank nodes and lists inside of what refers to them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from server.rdf.terms import Node, Statement, blank_nodes, natural, subject_of
from server.rdf.vocabulary import (
    DCTERMS,
    RDF,
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_DEFINITION,
    SKOS_PREF_LABEL,
)

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
_REST, _NIL = RDF + "rest", RDF + "nil"

Properties = dict[str, list[Any]]


def order(focus: str, statement: Statement) -> tuple[object, ...]:
    """Sort key: the resource itself first, blank nodes last, type and label before the rest."""
    subject, predicate = subject_of(statement), statement.predicate.value
    return (
        subject.value != focus,
        isinstance(subject, ox.BlankNode),
        str(subject),
        _RANK.get(predicate, len(_RANK)),
        predicate,
        natural(str(statement.object)),
    )


class Tree:
    """The statements of one graph by subject, with what may stand inside of something else.

    A blank node may be nested where one statement alone refers to it; one that several refer to,
    or that stands in a cycle, is named. `named` are blank nodes that must be, for reasons outside.
    """

    def __init__(
        self, triples: Iterable[ox.Triple], focus: str, named: frozenset[ox.BlankNode] = frozenset()
    ) -> None:
        self.properties: dict[Node, Properties] = {}
        references: Counter[ox.BlankNode] = Counter()
        for t in sorted(triples, key=lambda t: order(focus, t)):
            by_predicate = self.properties.setdefault(subject_of(t), defaultdict(list))
            by_predicate[t.predicate.value].append(t.object)
            if isinstance(t.object, ox.BlankNode):
                references[t.object] += 1
            elif isinstance(t.object, ox.Triple):  # it refers by name
                references.update(2 * [*blank_nodes(t.object)])
        self.nested = {n for n, count in references.items() if count == 1} - named
        self.roots = list(self._roots())

    def _roots(self) -> Iterator[Node]:
        """Name the subjects that stand on their own; a cycle of blank nodes is cut at one."""
        reached: set[Node] = set()
        for subject in self.properties:
            if subject not in self.nested:
                yield subject
                self._reach(subject, reached)
        for subject in self.properties:
            if subject not in reached:
                self.nested.discard(subject)
                yield subject
                self._reach(subject, reached)

    def _reach(self, start: Node, reached: set[Node]) -> None:
        todo = [start]
        while todo:
            subject = todo.pop()
            reached.add(subject)
            for values in self.properties.get(subject, {}).values():
                todo += [v for v in values if v in self.nested and v not in reached]

    def members(self, node: Any) -> list[Any] | None:
        """Return the members of the list that `node` heads, or None where it heads none.

        Each cell must be a nested blank node with one first, one rest and nothing else, so that
        the list's short form says exactly what the cells do.
        """
        members = []
        while node in self.nested:
            cell = self.properties.get(node, {})
            if set(cell) != {RDF + "first", _REST} or any(len(v) != 1 for v in cell.values()):
                return None
            members.append(cell[RDF + "first"][0])
            node = cell[_REST][0]
        is_end = isinstance(node, ox.NamedNode) and node.value == _NIL
        return members if is_end else None


def shared(graphs: Iterable[Iterable[ox.Triple]]) -> frozenset[ox.BlankNode]:
    """Return the blank nodes that occur in more than one of `graphs`."""
    seen: Counter[ox.BlankNode] = Counter()
    for triples in graphs:
        terms = {term for t in triples for term in (t.subject, t.object)}
        seen.update(t for t in terms if isinstance(t, ox.BlankNode))
    return frozenset(node for node, count in seen.items() if count > 1)
