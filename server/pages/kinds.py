"""The pages of resources: what kinds.yaml says of their kind, then all statements about them."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from server.pages import sections, term_sections
from server.pages.page_model import Layer, Page, Property, Ref, Section
from server.pages.release_graph import Graph, Thing, graph_for
from server.pages.statements import statements
from server.pages.wording import curie, words
from server.rdf.serialization import parse
from server.rdf.vocabulary import LAYERS, RDF_TYPE
from server.release.reader import Document, Release

_FILE = Path(__file__).with_suffix(".yaml")


@lru_cache(maxsize=1)
def configuration() -> Mapping[str, Any]:
    """Return what kinds.yaml says."""
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return loaded


def page(release: Release, document: Document) -> Page:
    """Return what the page of a resource shows."""
    graph = graph_for(release)
    thing = Thing(graph, document)
    name, kind = _kind(graph, thing.type)
    listed = [s for section in kind.get("sections", ()) for s in _sections(thing, section)]
    if not any(section.drawing for section in listed):
        listed += sections.neighbourhood(thing)
    quads = parse(document.nquads)
    said = statements(thing.iri, quads, release.labels, release.base)
    return Page(
        thing.iri,
        thing.label,
        tuple(_in_words(ref) for p in said if p.href == RDF_TYPE for ref in p.values),
        thing.text,
        name.partition(":")[2].lower(),
        tuple(_facts(thing, kind.get("facts", {}))),
        tuple(listed),
        said,
        tuple(_layers(thing)),
    )


def _kind(graph: Graph, cls: str) -> tuple[str, Mapping[str, Any]]:
    """Return the nearest kind at or above a class, with its name, or an empty one."""
    kinds = {graph.term(name): (name, kind) for name, kind in configuration()["kinds"].items()}
    return next((kinds[iri] for iri in graph.ancestry(cls) if iri in kinds), ("", {}))


def _facts(thing: Thing, facts: Mapping[str, str]) -> list[Property]:
    refs = {
        label: [t.ref for t in thing.things(path)] if path.startswith("^") else thing.refs(path)
        for label, path in facts.items()
    }
    return [Property(label, tuple(refs[label])) for label in facts if refs[label]]


def _sections(thing: Thing, section: str | Mapping[str, str]) -> list[Section]:
    """Return the sections that a function makes, or those of a title with a property."""
    if isinstance(section, str):
        module = sections if hasattr(sections, section) else term_sections
        make: Callable[[Thing], list[Section]] = getattr(module, section)
        return make(thing)
    ((title, path),) = section.items()
    return sections.listing(title, thing.things(path))


def _in_words(kind: Ref) -> Ref:
    """Return a type with a name to read, where it has no label but only its short form."""
    return Ref(words(kind.href), kind.href) if kind.text == curie(kind.href) else kind


def _layers(thing: Thing) -> list[Layer]:
    """Return who describes a thing: each layer's sources, the places in them, its confidence."""

    def of(layer: str, name: str) -> tuple[Ref, ...]:
        refs = (ref for ref in thing.refs(name) if layer in ref.layers)
        return tuple(Ref(ref.text, ref.href) for ref in refs)

    return [
        Layer(
            name,
            of(name, "dcterms:source"),
            of(name, "sl:locator"),
            of(name, "sl:confidence"),
        )
        for name in LAYERS
        if name in thing.stated_in
    ]
