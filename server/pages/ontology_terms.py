"""Terms of the ontology and shapes as pages select and order them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from server.pages.release_graph import Graph, Thing


def class_constraints(cls: Thing) -> list[Thing]:
    """Return the shapes with a message that the things of a class must meet."""
    return _constraints(cls.graph, "sh:targetClass", cls.graph.ancestry(cls.iri))


def property_constraints(term: Thing) -> list[Thing]:
    """Return the shapes with a message that the values of a property must meet."""
    return _constraints(term.graph, "sh:path", [term.iri])


def _constraints(graph: Graph, name: str, iris: Iterable[str]) -> list[Thing]:
    shapes = [s for iri in iris for s in _shapes_by_target(graph).get((name, iri), ())]
    return [p for s in shapes for p in (s, *s.things("sh:property")) if p.one("sh:message")]


@lru_cache(maxsize=4)
def _shapes_by_target(graph: Graph) -> dict[tuple[str, str], list[Thing]]:
    """Return the shapes that aim at a class or a property, by how and at what."""
    shapes: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for shape in (*graph.of_type("sh:NodeShape"), *graph.of_type("sh:PropertyShape")):
        for name in ("sh:targetClass", "sh:path"):
            for iri in shape.all(name):
                shapes[name, iri].append(shape)
    return shapes


def overview(
    tops: Sequence[Thing],
) -> tuple[list[tuple[Thing, int]], list[tuple[int, int, str]]]:
    """Return classes, the most joined first, with the number of their things, and what joins them.

    A join has the places of two classes and the names of the properties between them.
    """
    names = _properties_between(tops[0].graph, {t.iri for t in tops}) if tops else {}
    degree = Counter(iri for pair in names for iri in set(pair))
    ranked = sorted(tops, key=lambda t: (-degree[t.iri], t.label))
    rows = {t.iri: row for row, t in enumerate(ranked)}
    edges = [(rows[a], rows[b], ", ".join(names[a, b])) for a, b in sorted(names)]
    return [(t, _count(t)) for t in ranked], edges


def _properties_between(graph: Graph, tops: set[str]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the labels of the properties between classes below two of `tops`, by these two."""
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for term in graph.of_type("owl:ObjectProperty"):
        starts, ends = (
            {top for cls in term.all(name) for top in graph.ancestry(cls) if top in tops}
            for name in ("rdfs:domain", "rdfs:range")
        )
        for start in starts:
            for end in ends:
                labels[start, end].append(term.label)
    return {pair: sorted(names) for pair, names in labels.items()}


def topmost(classes: Sequence[Thing]) -> list[Thing]:
    """Return the classes that are below none of these."""
    iris = {c.iri for c in classes}
    return [c for c in classes if iris.isdisjoint(c.all("rdfs:subClassOf"))]


def _count(cls: Thing) -> int:
    """Return how many things a class has, those of the classes below it among them."""
    return sum(map(cls.graph.index.use, cls.graph.below(cls.iri, "rdfs:subClassOf")))
