"""The generic part of a page: all statements about a resource, and what points to it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import pyoxigraph as ox

from server.pages.page_model import Property, Ref
from server.pages.wording import curie, link_to, words
from server.rdf.iris import path_of
from server.rdf.terms import Node, graph_of, natural
from server.rdf.vocabulary import (
    DCTERMS_DESCRIPTION,
    GRAPHS,
    RDF,
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_DEFINITION,
    SKOS_PREF_LABEL,
    graph_iri,
)
from server.release.reader import Link

Labels = Callable[[Iterable[str]], Mapping[str, str]]

_ABOVE_THE_TABLE = (RDFS_LABEL, SKOS_PREF_LABEL)
_FIRST = {p: i for i, p in enumerate((RDF_TYPE, SKOS_DEFINITION, DCTERMS_DESCRIPTION))}


def statements(
    iri: str, quads: Iterable[ox.Quad], labels: Labels, base: str
) -> tuple[Property, ...]:
    """Return the statements about `iri` among `quads` as properties with linked values.

    Type and definition come first, then all by label. Raises TypeError for a triple term.
    """
    return _Statements(list(quads), labels, base).properties(ox.NamedNode(iri))


class _Statements:
    def __init__(self, quads: list[ox.Quad], labels: Labels, base: str) -> None:
        terms = (t for q in quads for t in (q.predicate, q.object))
        self.labels = labels({t.value for t in terms if isinstance(t, ox.NamedNode)})
        self.base = base
        self.layers = {graph_iri(name, base): name for name in GRAPHS}
        self.shown: set[object] = set()
        self.by_subject: dict[object, list[ox.Quad]] = defaultdict(list)
        for quad in quads:
            self.by_subject[quad.subject].append(quad)

    def properties(self, subject: Node) -> tuple[Property, ...]:
        values: dict[str, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
        for q in self.by_subject[subject]:
            values[q.predicate.value][q.object].append(self.layers.get(graph_of(q), ""))
        if isinstance(subject, ox.NamedNode):
            for predicate in _ABOVE_THE_TABLE:
                values.pop(predicate, None)
        return tuple(
            Property(self.label(p), self.refs(values[p]), link_to(p, self.base))
            for p in sorted(values, key=lambda p: (_FIRST.get(p, 9), self.label(p), p))
        )

    def label(self, iri: str) -> str:
        return self.labels.get(iri) or (words(iri) if not iri.startswith(self.base) else iri)

    def refs(self, terms: Mapping[object, list[str]]) -> tuple[Ref, ...]:
        refs = [self.ref(t, tuple(sorted(terms[t], key=GRAPHS.index))) for t in terms]
        return tuple(sorted(refs, key=lambda ref: natural(ref.text)))

    def ref(self, term: object, layers: tuple[str, ...] = ()) -> Ref:
        if isinstance(term, ox.Literal):
            plain = term.datatype.value.endswith(("#string", "#langString"))
            datatype = "" if plain else curie(term.datatype.value)
            return Ref(term.value, "", datatype, layers, term.language or "")
        if isinstance(term, ox.NamedNode):
            text = self.labels.get(term.value, curie(term.value))
            return Ref(text, link_to(term.value, self.base), layers=layers)
        if not isinstance(term, ox.BlankNode):
            raise TypeError(f"{term} is no RDF 1.1 term")
        if term in self.shown:  # each node once, for it may lead back to itself
            return Ref("…", layers=layers)
        self.shown.add(term)
        members = self.members(term)
        inside = (Property("", members),) if members else self.properties(term)
        return Ref("", layers=layers, properties=inside)

    def members(self, head: ox.BlankNode) -> tuple[Ref, ...]:
        """Return the members of the list that begins at `head`; none if it is no list."""
        members, node = [], head
        cells: set[object] = set()
        while node not in cells:  # a list that leads back into itself ends where it began
            cells.add(node)
            cell = {q.predicate.value: q.object for q in self.by_subject[node]}
            if RDF + "first" not in cell:
                break
            members.append(self.ref(cell[RDF + "first"]))
            node = cell.get(RDF + "rest")  # type: ignore[assignment]
        return tuple(members)


def incoming(
    links: Iterable[Link], labels: Labels, base: str, titles: Mapping[str, str] | None = None
) -> tuple[Property, ...]:
    """Return links to a resource as properties, each under its title, or its label if none."""
    grouped: dict[str, list[Ref]] = defaultdict(list)
    for link in links:
        grouped[link.predicate].append(Ref(link.label, path_of(link.source, base)))
    known = {**labels(grouped), **(titles or {})}
    return tuple(
        Property(known.get(p) or words(p), tuple(refs), link_to(p, base))
        for p, refs in grouped.items()
    )
