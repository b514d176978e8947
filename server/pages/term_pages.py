"""Pages of the ontology and of shapes: hierarchy, use, and what constrains a term, in words."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from server.pages.ontology_overview import overview
from server.pages.page_model import Item, Ref, Section, Step
from server.pages.page_parts import listing, section
from server.pages.properties import curie
from server.pages.release_graph import Graph, Thing
from server.release.text_search import Index

CLASS_FACTS = (
    ("Broader", "rdfs:subClassOf"),
    ("Narrower", "^rdfs:subClassOf"),
    ("Disjoint with", "owl:disjointWith"),
    ("Same as", "owl:equivalentClass"),
    ("Close to", "skos:closeMatch"),
)
PROPERTY_FACTS = (
    ("Broader", "rdfs:subPropertyOf"),
    ("Narrower", "^rdfs:subPropertyOf"),
    ("Stated of", "rdfs:domain"),
    ("Leads to", "rdfs:range"),
    ("Same as", "owl:equivalentProperty"),
)
SHAPE_FACTS = (
    ("For each", "sh:targetClass"),
    ("For each that has", "sh:targetSubjectsOf"),
    ("Of", "sh:targetNode"),
    ("On", "sh:path"),
    ("At least", "sh:minCount"),
    ("At most", "sh:maxCount"),
    ("Kind", "sh:class"),
    ("Datatype", "sh:datatype"),
    ("Pattern", "sh:pattern"),
)
_PROPERTIES = {
    "owl:ObjectProperty": "Properties that lead to things",
    "owl:DatatypeProperty": "Properties that lead to values",
    "owl:AnnotationProperty": "Annotations",
}


def cls(thing: Thing) -> list[Section]:
    """Return the sections of a class: its properties, its shapes in words and its use."""
    graph = thing.graph
    above = graph.ancestry(thing.iri)
    return [
        *listing("properties", "Properties stated of it", graph.into(thing.iri, "rdfs:domain")),
        *listing("leading", "Properties that lead to it", graph.into(thing.iri, "rdfs:range")),
        *_constraints(graph, "sh:targetClass", above),
        *_use(thing),
    ]


def prop(thing: Thing) -> list[Section]:
    """Return the sections of a property: its shapes in words and its use."""
    return [*_constraints(thing.graph, "sh:path", [thing.iri]), *_use(thing)]


def _use(thing: Thing) -> list[Section]:
    index = _index(thing.graph)
    count = index.use(thing.iri)
    items = [Item(thing.graph.ref(iri)) for iri, _ in index.examples(thing.iri)]
    many = "thing uses" if count == 1 else "things use"
    found = section("use", "Examples", items, f"{count:,} {many} this term.")
    return found or [Section("use", "Use", "Nothing in this release uses this term.")]


@lru_cache(maxsize=4)
def _index(graph: Graph) -> Index:
    return Index(graph.release.folder)


@lru_cache(maxsize=4)
def _by_target(graph: Graph) -> dict[tuple[str, str], list[Thing]]:
    """Return the shapes that aim at a class or a property, by how and at what."""
    found: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for kind in ("sh:NodeShape", "sh:PropertyShape"):
        for entry in graph.release.entries(graph.term(kind), limit=10**6):
            for shape in graph.things([entry.iri]):
                for name in ("sh:targetClass", "sh:path"):
                    for iri in shape.all(name):
                        found[name, iri].append(shape)
    return found


def _constraints(graph: Graph, name: str, iris: Iterable[str]) -> list[Section]:
    shapes = [s for iri in iris for s in _by_target(graph).get((name, iri), ())]
    parts = [p for s in shapes for p in (s, *graph.things(s.all("sh:property")))]
    items = [Item(p.ref, p.one("sh:message")) for p in parts if p.one("sh:message")]
    lead = "Every release meets these; a source that does not is refused."
    return section("constraints", "Constraints", items, lead)


def shape(thing: Thing) -> list[Section]:
    """Return the sections of a shape: its message, and the shapes of its properties."""
    message = thing.one("sh:message")
    parts = thing.graph.things([*thing.all("sh:property"), *thing.all("sh:node")])
    items = [Item(p.ref, p.one("sh:message")) for p in parts]
    stated = [Section("message", "In words", message)] if message else []
    return [*stated, *section("parts", "Its parts", items)]


def ontology(thing: Thing) -> list[Section]:
    """Return the sections of the ontology: its classes as a tree, its properties by kind."""
    graph = thing.graph
    classes = graph.things(_terms(graph, "owl:Class"))
    own = {c.iri for c in classes}
    tops = [c for c in classes if not own & {*c.all("rdfs:subClassOf")}]
    drawn = Section(
        "overview",
        "Overview",
        "The topmost classes with the number of their things. Arcs are properties between them and "
        "what is below them; point at one for its name, all are listed below.",
        drawing=overview(graph, tops, lambda iri: _things(graph, iri)),
    )
    tree = Section("classes", f"Classes ({len(classes)})", outline=_tree(graph, tops))
    return [drawn, tree, *(s for name in _PROPERTIES for s in _properties(graph, name))]


def _things(graph: Graph, iri: str) -> int:
    """Return how many things a class has, those of the classes below it among them."""
    below = graph.into(iri, "rdfs:subClassOf")
    return _index(graph).use(iri) + sum(_things(graph, c.iri) for c in below)


def _terms(graph: Graph, kind: str) -> list[str]:
    return [e.iri for e in graph.release.entries(graph.term(kind), limit=10**6)]


def _tree(graph: Graph, classes: Iterable[Thing]) -> tuple[Step, ...]:
    index = _index(graph)
    return tuple(
        Step(
            c.label,
            Ref(c.label, c.ref.href),
            f"{c.text} ({index.use(c.iri):,})" if index.use(c.iri) else c.text,
            _tree(graph, graph.into(c.iri, "rdfs:subClassOf")),
        )
        for c in sorted(classes, key=lambda c: c.label.lower())
    )


def _properties(graph: Graph, kind: str) -> list[Section]:
    found = sorted(graph.things(_terms(graph, kind)), key=lambda p: p.label.lower())
    items = tuple(Item(p.ref, p.text, mark=curie(p.iri)) for p in found)
    name = _PROPERTIES[kind]
    key = kind.partition(":")[2].lower()
    return [Section(key, f"{name} ({len(items)})", items=items)] if items else []
