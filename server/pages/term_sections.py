"""Sections of pages that kinds.yaml names: of the ontology, its terms, and shapes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from server.pages.page_model import Item, Overview, Ref, Section, Step
from server.pages.release_graph import Graph, Thing
from server.pages.sections import section
from server.pages.wording import curie

_PROPERTIES = {
    "owl:ObjectProperty": "Properties that lead to other records",
    "owl:DatatypeProperty": "Properties that lead to values",
    "owl:AnnotationProperty": "Annotations",
}


def class_constraints(thing: Thing) -> list[Section]:
    """Return what shapes require of the things of a class, in words."""
    return _constraints(thing.graph, "sh:targetClass", thing.graph.ancestry(thing.iri))


def property_constraints(thing: Thing) -> list[Section]:
    """Return what shapes require of the values of a property, in words."""
    return _constraints(thing.graph, "sh:path", [thing.iri])


def _constraints(graph: Graph, name: str, iris: Iterable[str]) -> list[Section]:
    shapes = [s for iri in iris for s in _shapes_by_target(graph).get((name, iri), ())]
    parts = [part for s in shapes for part in (s, *s.things("sh:property"))]
    items = [Item(p.ref, p.one("sh:message")) for p in parts if p.one("sh:message")]
    lead = "Every release meets these; a source that does not is refused."
    return section("Constraints", items, lead)


@lru_cache(maxsize=4)
def _shapes_by_target(graph: Graph) -> dict[tuple[str, str], list[Thing]]:
    """Return the shapes that aim at a class or a property, by how and at what."""
    shapes: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for shape in (*graph.of_type("sh:NodeShape"), *graph.of_type("sh:PropertyShape")):
        for name in ("sh:targetClass", "sh:path"):
            for iri in shape.all(name):
                shapes[name, iri].append(shape)
    return shapes


def use(thing: Thing) -> list[Section]:
    """Return how many things use a term, and examples."""
    index = thing.graph.index
    count = index.use(thing.iri)
    lead = f"{count:,} {'record uses' if count == 1 else 'records use'} this term."
    items = tuple(Item(thing.graph.ref(iri)) for iri, _ in index.examples(thing.iri))
    if not items:
        return [Section("Use", "Nothing in this release uses this term.")]
    return [Section("Examples", lead, items, len(items))]


def shape_message(thing: Thing) -> list[Section]:
    """Return what a shape requires, in words."""
    message = thing.one("sh:message")
    return [Section("In words", message)] if message else []


def shape_parts(thing: Thing) -> list[Section]:
    """Return the shapes of which a shape is made."""
    parts = thing.graph.things([*thing.all("sh:property"), *thing.all("sh:node")])
    return section("Its parts", [Item(p.ref, p.one("sh:message")) for p in parts])


def classes_overview(thing: Thing) -> list[Section]:
    """Return the topmost classes drawn with the properties that join them."""
    lead = (
        "The topmost classes with the number of records. Arcs are properties between them and "
        "what is below them; point at one for its name, all are listed below."
    )
    tops = _topmost(thing.graph.of_type("owl:Class"))
    return [Section("Overview", lead, overview=_overview(thing.graph, tops))]


def _overview(graph: Graph, tops: list[Thing]) -> Overview:
    """Return the classes `tops`, the most joined first, and what joins them."""
    names = _properties_between(graph, {t.iri for t in tops})
    degree = Counter(iri for pair in names for iri in set(pair))
    ranked = sorted(tops, key=lambda t: (-degree[t.iri], t.label))
    rows = {t.iri: row for row, t in enumerate(ranked)}
    return Overview(
        [(replace(t.ref, note=t.text), _count(t)) for t in ranked],
        [(rows[a], rows[b], ", ".join(names[a, b])) for a, b in sorted(names)],
    )


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


def classes(thing: Thing) -> list[Section]:
    """Return the classes of an ontology as a tree."""
    every = thing.graph.of_type("owl:Class")
    return [Section(f"Classes ({len(every)})", outline=_tree(_topmost(every)))]


def properties(thing: Thing) -> list[Section]:
    """Return the properties of an ontology by kind."""
    sections = []
    for kind, title in _PROPERTIES.items():
        terms = sorted(thing.graph.of_type(kind), key=lambda p: p.label.lower())
        items = tuple(Item(p.ref, p.text, curie(p.iri)) for p in terms)
        sections += [Section(title, items=items, total=len(items))] if items else []
    return sections


def _topmost(every: list[Thing]) -> list[Thing]:
    iris = {c.iri for c in every}
    return [c for c in every if iris.isdisjoint(c.all("rdfs:subClassOf"))]


def _count(cls: Thing) -> int:
    """Return how many things a class has, those of the classes below it among them."""
    return sum(map(cls.graph.index.use, cls.graph.below(cls.iri, "rdfs:subClassOf")))


def _tree(terms: Iterable[Thing]) -> tuple[Step, ...]:
    steps = []
    for term in sorted(terms, key=lambda t: t.label.lower()):
        count = term.graph.index.use(term.iri)
        text = f"{term.text} ({count:,})" if count else term.text
        below = _tree(term.things("^rdfs:subClassOf"))
        steps.append(Step(term.label, Ref(term.label, term.ref.href), text, below))
    return tuple(steps)
