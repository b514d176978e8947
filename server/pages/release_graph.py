"""Reading of a release for pages: values of a resource by property, and what points to it."""

from collections.abc import Iterable
from datetime import date
from functools import cached_property, lru_cache

import pyoxigraph as ox

from server.pages.page_model import Ref
from server.pages.properties import curie, link_to
from server.rdf.iris import path_of
from server.rdf.serialization import parse
from server.rdf.terms import graph_of, natural
from server.rdf.vocabulary import GRAPHS, XSD, graph_iri, prefixes
from server.release.reader import Document, Release

_MANY = 8192


def day(text: str) -> str:
    """Return an xsd:date in words, such as 27 January 1967, or `text` if it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.day} {found:%B %Y}"


class Thing:
    """What a release says of one resource; properties are named as `sl:partOf`."""

    def __init__(self, graph: "Graph", document: Document) -> None:
        self.graph, self.iri, self.label = graph, document.iri, document.label
        self.type = document.type
        self._nquads = document.nquads

    @cached_property
    def _values(self) -> dict[str, dict[ox.NamedNode | ox.Literal, list[str]]]:
        found: dict[str, dict[ox.NamedNode | ox.Literal, list[str]]] = {}
        own = f"<{self.iri}>"
        for q in parse(self._nquads):
            if isinstance(q.object, ox.NamedNode | ox.Literal) and str(q.subject) == own:
                terms = found.setdefault(q.predicate.value, {})
                terms.setdefault(q.object, []).append(self.graph.layer(graph_of(q)))
        return found

    def all(self, name: str) -> list[str]:
        """Return the values of a property in natural order: IRIs, or text of literals."""
        return sorted({t.value for t in self._values.get(self.graph.term(name), {})}, key=natural)

    def one(self, name: str) -> str:
        """Return the first value of a property, or ""."""
        return next(iter(self.all(name)), "")

    def refs(self, name: str) -> list[Ref]:
        """Return the values of a property as links or text, each with the layers that say so."""
        found = self._values.get(self.graph.term(name), {})
        return [self._ref(t, found[t]) for t in sorted(found, key=lambda t: natural(t.value))]

    def links(self) -> list[tuple[str, list[str]]]:
        """Return the properties that lead to things, with the IRIs of these in natural order."""
        found = {
            p: sorted((t.value for t in terms if isinstance(t, ox.NamedNode)), key=natural)
            for p, terms in self._values.items()
        }
        return sorted((p, iris) for p, iris in found.items() if iris)

    def _ref(self, term: ox.NamedNode | ox.Literal, layers: list[str]) -> Ref:
        said = tuple(sorted(layers, key=GRAPHS.index))
        if isinstance(term, ox.NamedNode):
            return self.graph.ref(term.value, layers=said)
        dated = term.datatype.value == XSD + "date"
        return Ref(day(term.value) if dated else term.value, layers=said)

    @property
    def ref(self) -> Ref:
        """A link to it."""
        return Ref(self.label, path_of(self.iri, self.graph.base))

    @property
    def text(self) -> str:
        """Its definition or description, or ""."""
        return self.one("skos:definition") or self.one("dcterms:description")


class Graph:
    """A release seen as things that point to each other."""

    def __init__(self, release: Release) -> None:
        self.release, self.base = release, release.base
        self._prefixes = prefixes(release.base)
        self._layers = {graph_iri(name, release.base): name for name in GRAPHS}

    def term(self, name: str) -> str:
        """Return the IRI of a term written with a prefix of the dataset."""
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local

    def layer(self, graph: str) -> str:
        """Return the name of a named graph."""
        return self._layers[graph]

    def thing(self, iri: str) -> Thing | None:
        """Return what the release says of `iri`, or None."""
        return _thing(self, iri)

    def things(self, iris: Iterable[str]) -> list[Thing]:
        """Return those of `iris` that the release describes, in their order, each once."""
        return [found for iri in dict.fromkeys(iris) if (found := self.thing(iri))]

    def ref(self, iri: str, note: str = "", layers: tuple[str, ...] = ()) -> Ref:
        """Return a link to `iri` under its label, or under its short form without one."""
        found = self.thing(iri)
        text = found.label if found else curie(iri)
        return Ref(text, link_to(iri, self.base), note, layers)

    def into(self, iri: str, *names: str) -> list[Thing]:
        """Return what points to `iri` by one of the properties `names`."""
        return self.things(
            source for name in names for source in self.release.sources_of(iri, self.term(name))
        )

    def below(self, iri: str) -> list[str]:
        """Return `iri` and all that is part of it, however deep."""
        found, todo = {iri: None}, [iri]
        while todo:
            parts = self.release.sources_of(todo.pop(), self.term("sl:partOf"))
            todo += [p for p in parts if p not in found]
            found |= dict.fromkeys(parts)
        return list(found)

    def ancestry(self, cls: str) -> list[str]:
        """Return a class and the classes above it, nearest first."""
        found, todo = {cls: None}, [cls]
        while todo:
            at = self.thing(todo.pop(0))
            above = [c for c in at.all("rdfs:subClassOf") if c not in found] if at else []
            todo += above
            found |= dict.fromkeys(above)
        return list(found)


@lru_cache(maxsize=_MANY)
def _thing(graph: Graph, iri: str) -> Thing | None:
    document = graph.release.document(iri)
    return Thing(graph, document) if document else None


@lru_cache(maxsize=4)
def graph_for(release: Release) -> Graph:
    """Return the graph of a release, the same one each time."""
    return Graph(release)
