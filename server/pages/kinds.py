"""What pages tell of resources: by kinds.yaml, all statements, and what points to them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.declared import declared_in
from server.pages import law_records
from server.pages.release_graph import Graph, Thing, graph_for
from server.pages.wording import Property, Ref, curie, link_to, words
from server.rdf.iris import path_of
from server.rdf.serialization import parse
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
from server.release.reader import Document, Link, Release

MAX_VALUES = 30  # of a line at the head; all are in the list of statements
CONFIGURATION: Mapping[str, Any] = declared_in(Path(__file__).with_suffix(".yaml"))


@lru_cache(maxsize=8)
def names(release: Release, of: str) -> Mapping[str, str]:
    """Return the names in words of `classes`, or what stands over `incoming` links, by the term."""
    graph = graph_for(release)
    return {graph.term(name): said for name, said in CONFIGURATION[of].items()}


def page(release: Release, document: Document) -> dict[str, Any]:
    """Return what the template of a resource shows of its description, by the design of its kind.

    `kind` is "" where that has none. `design` are its sections: each a macro of sections.html, or a
    title with the property whose things are listed under it.
    """
    graph = graph_for(release)
    thing = Thing(graph, document)
    name, kind = _nearest(graph, thing.type, CONFIGURATION["kinds"]) or ("", {})
    said = statements(thing.iri, parse(document.nquads), release.labels, release.base)
    is_law = name in ("sl:Instrument", "sl:Provision")
    sections = ({s: ""} if isinstance(s, str) else s for s in kind.get("sections", ()))
    return {
        "thing": thing,
        "types": [_in_words(release, r) for p in said if p.href == RDF_TYPE for r in p.values],
        "description": _description(thing, name),
        "kind": name.partition(":")[2].lower(),
        "facts": _facts(thing, kind.get("facts", {})),
        "design": [section for named in sections for section in named.items()],
        "statements": said,
        "path": _path(thing),
        "citation": law_records.citation(thing) if is_law else "",
    }


def _nearest(graph: Graph, cls: str, by_class: Mapping[str, Any]) -> tuple[str, Any] | None:
    named = {graph.term(name): (name, by_class[name]) for name in by_class if ":" in name}
    return next((named[iri] for iri in graph.ancestry(cls) if iri in named), None)


def _description(thing: Thing, kind: str) -> str:
    """Return what introduces a thing; a scholar's remark introduces no State or organization."""
    name = "skos:definition" if thing.one("skos:definition") else "dcterms:description"
    said = [
        ref.text
        for ref in thing.refs(name)
        if kind not in ("sl:Actor", "sl:State") or set(ref.layers) != {"paper"}
    ]
    return next(iter(said), "")


def _path(thing: Thing) -> list[Ref]:
    """Return the list that has the things of this kind, and the texts that this is part of."""
    *above, _ = thing.path
    whole = thing.whole
    lists, start = CONFIGURATION["lists"], f"{thing.graph.base}id/"
    folder, genre = thing.iri.removeprefix(start).partition("/")[0], whole.one("sl:genre")
    refs = lists.get(folder) or lists.get(genre.removeprefix(start))
    if not refs and (nearest := _nearest(thing.graph, whole.type, lists)):
        refs = nearest[1]
    path = [Ref(name, href) for href, name in (refs or {}).items()]
    return path + [Ref(law_records.number_in(t, whole), t.ref.href) for t in above]


def _facts(thing: Thing, facts: Mapping[str, str]) -> list[Property]:
    """Return the lines at the head; where all agree on who says so, a line need not tell it."""
    values = {label: _values(thing, path) for label, path in facts.items()}
    layers = Counter(name for refs in values.values() for ref in refs for name in ref.layers)
    main = next(iter(layers.most_common(1)), ("",))[0]
    # No value names the layers that state it where the main one or a rule does.
    plain = {main, "derived"}
    return [
        Property(
            label,
            tuple(replace(r, layers=()) if plain & {*r.layers} else r for r in refs[:MAX_VALUES]),
        )
        for label, refs in values.items()
        if refs
    ]


def _values(thing: Thing, path: str) -> list[Ref]:
    if ":" not in path:
        named: list[Ref] = getattr(law_records, path)(thing)
        return named
    if path.startswith("^"):
        return [t.ref for t in thing.things(path)]
    return thing.refs(path, MAX_VALUES + 1)


def _in_words(release: Release, kind: Ref) -> Ref:
    """Return a type with a name to read, where its own would puzzle or is only its short form."""
    plain = words(kind.href) if kind.text == curie(kind.href) else kind.text
    return Ref(_class_names(release).get(kind.href, plain), kind.href)


@lru_cache(maxsize=4)
def _class_names(release: Release) -> Mapping[str, str]:
    """Return the names of classes in words by where links to them lead."""
    return {link_to(iri, release.base): name for iri, name in names(release, "classes").items()}


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
