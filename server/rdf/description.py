"""What a dataset says of each resource: its description, with hash, label and type."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyoxigraph as ox

from server.rdf.terms import Node, canonical_nquads, natural, subject_of
from server.rdf.vocabulary import OWL, RDF_TYPE, RDFS_LABEL, SH, SKOS_PREF_LABEL


@dataclass(frozen=True)
class Resource:
    """A resource with the quads of its description; `type` is "" where none is stated."""

    iri: str
    label: str
    type: str
    quads: list[ox.Quad] = field(repr=False)

    @cached_property
    def nquads(self) -> bytes:
        """The description in canonical N-Quads (RDFC-1.0)."""
        return canonical_nquads(self.quads)

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the description in canonical N-Quads."""
        return hashlib.sha256(self.nquads).hexdigest()

    @cached_property
    def own(self) -> list[ox.Quad]:
        """The statements about the resource itself, without those about its blank nodes."""
        return [q for q in self.quads if subject_of(q).value == self.iri]

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """The values of each property of the resource itself: IRIs, and texts of literals."""
        return values_of(self.own)


def resources(quads: Iterable[ox.Quad], base: str) -> Iterator[Resource]:
    """Yield each resource under `base` that `quads` describe, in the natural order of IRIs."""
    described = describe(quads, base)
    ranks = depths(q for description in described.values() for q in description)
    for iri, description in described.items():
        yield resource(iri, description, ranks)


def resource(iri: str, quads: list[ox.Quad], ranks: Mapping[str, int]) -> Resource:
    """Return a resource by its description; `ranks` tells how deep each class stands."""
    return Resource(iri, label_of(iri, quads), type_of(iri, quads, ranks), quads)


def describe(quads: Iterable[ox.Quad], base: str) -> dict[str, list[ox.Quad]]:
    """Return, for each resource under `base`, the quads of its description.

    A description is the resource's own statements and, through blank nodes, theirs: the concise
    bounded description of the W3C member submission of 2005.
    """
    by_subject: dict[Node, list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        by_subject[subject_of(quad)].append(quad)
    return {
        subject.value: list(_bounded(subject, by_subject))
        for subject in sorted(by_subject, key=lambda node: natural(node.value))
        if isinstance(subject, ox.NamedNode) and subject.value.startswith(base)
    }


def _bounded(
    subject: ox.NamedNode,
    by_subject: dict[Node, list[ox.Quad]],
) -> Iterator[ox.Quad]:
    todo: list[Node] = [subject]
    seen = set(todo)
    while todo:
        for quad in by_subject[todo.pop()]:
            yield quad
            if isinstance(quad.object, ox.BlankNode) and quad.object not in seen:
                seen.add(quad.object)
                todo.append(quad.object)


def values_of(quads: Iterable[ox.Quad]) -> dict[str, list[str]]:
    """Return the values of each property: IRIs, and texts of literals."""
    values: dict[str, list[str]] = defaultdict(list)
    for q in quads:
        values[q.predicate.value].append(q.object.value)  # type: ignore[union-attr]
    return dict(values)


def label_of(iri: str, quads: Iterable[ox.Quad]) -> str:
    """Return the English label of a description, or the end of the IRI where it has none."""
    named = {
        (q.predicate.value, q.object.language != "en"): q.object.value
        for q in quads
        if subject_of(q).value == iri and isinstance(q.object, ox.Literal)
    }
    for predicate in (RDFS_LABEL, SKOS_PREF_LABEL, SH + "name"):
        for other in (False, True):
            if (predicate, other) in named:
                return named[predicate, other]
    return iri.rstrip("/").rpartition("/")[2]


def type_of(iri: str, quads: Iterable[ox.Quad], ranks: Mapping[str, int]) -> str:
    """Return the most specific type that a description states, ours before others'."""
    types = {
        q.object.value
        for q in quads
        if subject_of(q).value == iri
        and q.predicate.value == RDF_TYPE
        and isinstance(q.object, ox.NamedNode)
    }
    types -= {OWL + "FunctionalProperty"} if len(types) > 1 else set()
    return min(types, key=lambda t: (-ranks.get(t, 0), t.startswith(OWL), t), default="")


def depths(quads: Iterable[ox.Quad]) -> dict[str, int]:
    """Return how deep each class stands below the top of the class hierarchy, from 1."""
    parents: dict[str, set[str]] = defaultdict(set)
    for q in quads:
        if q.predicate.value.endswith("#subClassOf") and isinstance(q.object, ox.NamedNode):
            parents[subject_of(q).value].add(q.object.value)

    def depth(cls: str, path: tuple[str, ...] = ()) -> int:
        above = parents[cls] - {*path, cls} if cls in parents else set()
        return 1 + max((depth(p, (*path, cls)) for p in above), default=0)

    return {cls: depth(cls) for cls in list(parents) + [p for ps in parents.values() for p in ps]}
