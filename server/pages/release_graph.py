"""A release as things that point to each other, each read once."""

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

import pyoxigraph as ox

from server.pages.wording import Ref, brief, link_to
from server.rdf.serialization import parse
from server.rdf.terms import graph_of, natural
from server.rdf.vocabulary import GRAPHS, LAYERS, expand, graph_iri, prefixes
from server.release.reader import Document, Release
from server.release.text_search import Index

_MAX_THINGS = 8192
_DATES = ("sl:openedForSignatureDate", "sl:adoptionDate", "sl:publicationDate",
          "sl:entryIntoForceDate", "sl:eventDate")  # fmt: skip
ALL = 10**6


class Thing:
    """What a release says of one resource; properties are named as `sl:partOf`."""

    def __init__(self, graph: "Graph", document: Document) -> None:
        self.graph, self.document = graph, document
        self.iri, self.label, self.type = document.iri, document.label, document.type

    @cached_property
    def _values(self) -> dict[str, dict[ox.NamedNode | ox.Literal, list[str]]]:
        """The values of each property, each with the layers that state it."""
        values: dict[str, dict[ox.NamedNode | ox.Literal, list[str]]] = {}
        subject = ox.NamedNode(self.iri)
        for q in parse(self.document.nquads):
            if isinstance(q.object, ox.NamedNode | ox.Literal) and q.subject == subject:
                terms = values.setdefault(q.predicate.value, {})
                terms.setdefault(q.object, []).append(self.graph.layers[graph_of(q)])
        return values

    def all(self, name: str) -> list[str]:
        """Return the values of a property in natural order: IRIs, or text of literals."""
        return sorted({t.value for t in self._values.get(self.graph.term(name), {})}, key=natural)

    def one(self, name: str) -> str:
        """Return the first value of a property, or ""."""
        return next(iter(self.all(name)), "")

    def refs(self, name: str, limit: int | None = None) -> list[Ref]:
        """Return the values of a property as links or text, each with the layers that state it."""
        values = self._values.get(self.graph.term(name), {})
        terms = sorted(values, key=lambda t: natural(t.value))[:limit]
        return [self._ref(t, values[t]) for t in terms]

    def said(self, *names: str) -> str:
        """Return the values of some properties in words, or ""."""
        return ", ".join(ref.text for name in names for ref in self.refs(name))

    def said_by(self, layer: str, name: str) -> list[Ref]:
        """Return the values of a property that one layer states, as links or text."""
        return [Ref(r.text, r.href) for r in self.refs(name) if layer in r.layers]

    def things(self, path: str) -> "list[Thing]":
        """Return the things at a property, or with ^ before it what points here by it."""
        if path.startswith("^"):
            return self.graph.into(self.iri, path[1:])
        return self.graph.things(self.all(path))

    def _ref(self, term: ox.NamedNode | ox.Literal, layers: list[str]) -> Ref:
        ordered = tuple(sorted(layers, key=GRAPHS.index))
        if isinstance(term, ox.NamedNode):
            return self.graph.ref(term.value, layers=ordered)
        return Ref(term.value, layers=ordered, language=term.language or "")

    @property
    def stated_in(self) -> set[str]:
        """The layers that say something of it."""
        return {name for terms in self._values.values() for ls in terms.values() for name in ls}

    @property
    def described_in(self) -> list[str]:
        """The layers of provenance that describe it, in the order of their precedence."""
        return [name for name in LAYERS if name in self.stated_in]

    @property
    def ref(self) -> Ref:
        """A link to it."""
        return Ref(self.label, link_to(self.iri, self.graph.base))

    @property
    def text(self) -> str:
        """Its definition or description, or ""."""
        return self.one("skos:definition") or self.one("dcterms:description")

    @property
    def caption(self) -> str:
        """What a part of a text is about: its caption or heading, or ""."""
        return self.one("sl:caption") or self.one("sl:heading")

    @property
    def date(self) -> str:
        """The first of its dates that is on record: signature, adoption, publication, or ""."""
        return next((date for name in _DATES if (date := self.one(name))), "")

    @property
    def year(self) -> str:
        """The year in its IRI, or ""."""
        return next(iter(re.findall(r"/(\d{4})/", self.iri)), "")

    @property
    def path(self) -> "list[Thing]":
        """The text that it is part of, then what lies between, and itself."""
        path = [self]
        while (above := path[0].things("sl:partOf")) and above[0] not in path:
            path.insert(0, above[0])
        return path

    @property
    def whole(self) -> "Thing":
        """What it is part of, however deep, or itself."""
        return self.path[0]

    @cached_property
    def parts(self) -> list[str]:
        """The IRIs of itself and of all that is part of it, however deep."""
        return self.graph.below(self.iri, "sl:partOf")


class Graph:
    """A release seen as things that point to each other; `index` tells how terms are used."""

    def __init__(self, release: Release) -> None:
        self.release, self.base = release, release.base
        self.index = Index(release.folder)
        self.layers = {graph_iri(name, release.base): name for name in GRAPHS}
        self._prefixes = prefixes(release.base)
        self._terms: dict[str, str] = {}  # by the names that code and templates ask for

    def term(self, name: str) -> str:
        """Return the IRI of a term, which is whole or has a prefix of dataset or descriptions."""
        if "://" in name:
            return name
        if name not in self._terms:
            prefix, _, local = name.partition(":")
            known = self._prefixes.get(prefix)
            self._terms[name] = known + local if known else expand(name)
        return self._terms[name]

    def thing(self, iri: str) -> Thing | None:
        """Return what the release says of `iri`, or None."""
        return _thing(self, iri)

    def things(self, iris: Iterable[str]) -> list[Thing]:
        """Return those of `iris` that the release describes, in their order, each once."""
        return [thing for iri in dict.fromkeys(iris) if (thing := self.thing(iri))]

    def of_type(self, name: str) -> list[Thing]:
        """Return all things that are listed under a class."""
        return self.things(e.iri for e in self.release.entries(self.term(name), limit=ALL))

    def ref(self, iri: str, note: str = "", layers: tuple[str, ...] = ()) -> Ref:
        """Return a link to `iri` under its label, or under its short form where it has none."""
        thing = self.thing(iri)
        return Ref(thing.label if thing else brief(iri), link_to(iri, self.base), note, layers)

    def into(self, iri: str, *names: str) -> list[Thing]:
        """Return what points to `iri` by one of the properties `names`."""
        return self.things(
            source for name in names for source in self.release.sources_of(iri, self.term(name))
        )

    def below(self, iri: str, name: str) -> list[str]:
        """Return `iri` and all that leads to it by a property, however deep."""
        reached, todo = {iri: None}, [iri]
        while todo:
            below = self.release.sources_of(todo.pop(), self.term(name))
            todo += [iri for iri in below if iri not in reached]
            reached |= dict.fromkeys(below)
        return list(reached)

    def ancestry(self, cls: str) -> list[str]:
        """Return a class and the classes above it, nearest first."""
        classes, todo = {cls: None}, [cls]
        while todo:
            at = self.thing(todo.pop(0))
            above = [c for c in at.all("rdfs:subClassOf") if c not in classes] if at else []
            todo += above
            classes |= dict.fromkeys(above)
        return list(classes)


@lru_cache(maxsize=_MAX_THINGS)
def _thing(graph: Graph, iri: str) -> Thing | None:
    document = graph.release.document(iri)
    return Thing(graph, document) if document else None


@lru_cache(maxsize=4)
def graph_for(release: Release) -> Graph:
    """Return the graph of a release, the same one each time."""
    return Graph(release)
