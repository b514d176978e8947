"""The generic page of a resource: labelled properties with linked values, from its quads."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import pyoxigraph as ox

from server.rdf.iris import path_of
from server.rdf.terms import Node, graph_of, natural
from server.rdf.vocabulary import (
    DCTERMS_DESCRIPTION,
    GRAPHS,
    PREFIXES,
    RDF,
    RDF_TYPE,
    RDFS_LABEL,
    SKOS_DEFINITION,
    SKOS_PREF_LABEL,
    graph_iri,
)
from server.release.reader import Document, Link

Labels = Callable[[Iterable[str]], Mapping[str, str]]

_ABOVE_THE_TABLE = (RDFS_LABEL, SKOS_PREF_LABEL)
_FIRST = {p: i for i, p in enumerate((RDF_TYPE, SKOS_DEFINITION, DCTERMS_DESCRIPTION))}


@dataclass(frozen=True)
class Value:
    """An object as shown: text, a link if it has one, its annotation and the graphs that say so."""

    text: str
    href: str = ""
    note: str = ""
    language: str = ""
    graphs: tuple[str, ...] = ()
    properties: tuple["Property", ...] = ()


@dataclass(frozen=True)
class Property:
    """A predicate as shown, with its values."""

    label: str
    href: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Page:
    """What the page of one resource shows."""

    iri: str
    label: str
    types: tuple[Value, ...]
    description: str
    properties: tuple[Property, ...]
    incoming: tuple[Property, ...] = ()


def words(iri: str) -> str:
    """Return a readable name for a term of another vocabulary: its local name in words."""
    local = re.split(r"[/#]", iri.rstrip("/#"))[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower() or iri


def curie(iri: str) -> str:
    """Return `iri` shortened by a prefix of the dataset, or as it is."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def link_to(iri: str, base: str) -> str:
    """Return where a link to `iri` leads: a path here, a web address, or "" for no link at all."""
    if iri.startswith(base):
        return path_of(iri, base)
    return iri if iri.startswith(("http://", "https://")) else ""


@dataclass
class _Builder:
    quads: list[ox.Quad]
    labels: Mapping[str, str]
    base: str
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.names = {graph_iri(g, self.base): g for g in GRAPHS}
        self.by_subject: dict[str, list[ox.Quad]] = defaultdict(list)
        for quad in self.quads:
            self.by_subject[str(quad.subject)].append(quad)

    def href(self, iri: str) -> str:
        return link_to(iri, self.base)

    def label(self, iri: str) -> str:
        return self.labels.get(iri) or (words(iri) if not iri.startswith(self.base) else iri)

    def properties(self, subject: Node) -> tuple[Property, ...]:
        grouped: dict[str, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
        for q in self.by_subject[str(subject)]:
            graph = self.names.get(graph_of(q), "")
            grouped[q.predicate.value][q.object].append(graph)
        ordered = sorted(grouped, key=lambda p: (_FIRST.get(p, 9), self.label(p), p))
        return tuple(
            Property(self.label(p), self.href(p), self.values(grouped[p]))
            for p in ordered
            if p not in _ABOVE_THE_TABLE or isinstance(subject, ox.BlankNode)
        )

    def values(self, objects: Mapping[object, list[str]]) -> tuple[Value, ...]:
        shown = [
            self.value(term, tuple(sorted(graphs, key=GRAPHS.index)))
            for term, graphs in objects.items()
        ]
        return tuple(sorted(shown, key=lambda v: natural(v.text)))

    def value(self, term: object, graphs: tuple[str, ...] = ()) -> Value:
        if isinstance(term, ox.Literal):
            plain = term.datatype.value.endswith(("#string", "#langString"))
            return Value(
                term.value,
                note="" if plain else curie(term.datatype.value),
                language=term.language or "",
                graphs=graphs,
            )
        if isinstance(term, ox.BlankNode):
            return self.anonymous(term, graphs)
        if not isinstance(term, ox.NamedNode):
            raise TypeError(f"{term} is no RDF 1.1 term")
        known = term.value in self.labels
        text = self.labels[term.value] if known else curie(term.value)
        return Value(text, self.href(term.value), graphs=graphs)

    def anonymous(self, node: ox.BlankNode, graphs: tuple[str, ...]) -> Value:
        """Show a list by its members, another blank node by its properties, each node once."""
        if str(node) in self.seen:
            return Value("…", graphs=graphs)
        self.seen.add(str(node))
        members = self.members(node)
        if members:
            return Value("", graphs=graphs, properties=(Property("", "", tuple(members)),))
        return Value("", graphs=graphs, properties=self.properties(node))

    def members(self, node: Node) -> list[Value]:
        values, met = [], set()
        link: object = node
        while str(link) not in met:  # a list that leads back into itself ends where it began
            met.add(str(link))
            cell = {q.predicate.value: q.object for q in self.by_subject[str(link)]}
            if RDF + "first" not in cell:
                break
            values.append(self.value(cell[RDF + "first"]))
            link = cell.get(RDF + "rest")
        return values


def _mentioned(quads: Iterable[ox.Quad]) -> set[str]:
    return {t.value for q in quads for t in (q.predicate, q.object) if isinstance(t, ox.NamedNode)}


def _in_words(kind: Value) -> Value:
    """Return a type with a name to read, where it has no label but only its short form."""
    return replace(kind, text=words(kind.href)) if kind.text == curie(kind.href) else kind


def page(iri: str, label: str, quads: list[ox.Quad], labels: Labels, base: str) -> Page:
    """Return the page of `iri` from the quads of its document."""
    known = {**labels(_mentioned(quads)), iri: label}
    builder = _Builder(quads, known, base)
    subject = ox.NamedNode(iri)
    properties = builder.properties(subject)
    types = (_in_words(v) for p in properties if p.href == RDF_TYPE for v in p.values)
    lead = {
        q.predicate.value: q.object.value
        for q in quads
        if q.subject == subject and isinstance(q.object, ox.Literal)
    }
    return Page(
        iri,
        label,
        tuple(types),
        lead.get(SKOS_DEFINITION) or lead.get(DCTERMS_DESCRIPTION, ""),
        properties,
    )


@dataclass(frozen=True)
class Notice:
    """An erratum about the resource of a page: what its source wrote and what is right."""

    label: str
    href: str
    as_written: str
    correct: str


def notices(documents: Iterable[Document], base: str) -> tuple[Notice, ...]:
    """Return the errata among `documents` as notices, the gravest first."""
    found = []
    for document in documents:
        values = {
            q.predicate.value.rpartition("/")[2]: q.object.value
            for q in ox.parse(document.nquads, ox.RdfFormat.N_QUADS)
            if isinstance(q.object, ox.Literal)
        }
        notice = Notice(
            document.label,
            path_of(document.iri, base),
            values.get("asWritten", ""),
            values.get("correctValue", ""),
        )
        found.append((values.get("severity", ""), document.iri, notice))
    return tuple(notice for *_, notice in sorted(found, key=lambda f: f[:2]))


def incoming(links: Iterable[Link], labels: Labels, base: str) -> tuple[Property, ...]:
    """Return links to a resource as properties: the predicate, then what points here by it."""
    grouped: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        grouped[link.predicate].append(link)
    known = labels(grouped)
    return tuple(
        Property(
            known.get(p) or words(p),
            link_to(p, base),
            tuple(Value(link.label, path_of(link.source, base)) for link in found),
        )
        for p, found in grouped.items()
    )
