"""The designs of pages by kind: a class has that of the nearest class above it that has one."""

from collections.abc import Callable
from dataclasses import dataclass

from server.pages import actors, evidence, norm_pages, term_pages, text_pages
from server.pages.neighbours import neighbourhood
from server.pages.page_model import Design, Section
from server.pages.page_parts import facts, layers
from server.pages.release_graph import Graph, Thing, graph_for
from server.release.reader import Document, Release

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Kind:
    facts: Rows
    sections: Callable[[Thing], list[Section]]


_KINDS = {
    "sl:Instrument": _Kind(text_pages.FACTS, text_pages.instrument),
    "sl:Provision": _Kind(text_pages.PROVISION_FACTS, text_pages.provision),
    "sl:Norm": _Kind(norm_pages.FACTS, norm_pages.norm),
    "sl:KeyPoint": _Kind(norm_pages.KEY_POINT_FACTS, lambda _: []),
    "sl:Claim": _Kind(evidence.CLAIM_FACTS, evidence.claim),
    "sl:Citation": _Kind(evidence.CITATION_FACTS, evidence.citation),
    "sl:Footnote": _Kind(evidence.FOOTNOTE_FACTS, evidence.footnote),
    "sl:Erratum": _Kind(evidence.ERRATUM_FACTS, evidence.erratum),
    "sl:Actor": _Kind(actors.FACTS, actors.actor),
    "skos:Concept": _Kind((("Scheme", "skos:inScheme"),), evidence.concept),
    "skos:ConceptScheme": _Kind((), evidence.concept),
    "owl:Ontology": _Kind((("Version", "owl:versionInfo"),), term_pages.ontology),
    "owl:Class": _Kind(term_pages.CLASS_FACTS, term_pages.cls),
    "owl:ObjectProperty": _Kind(term_pages.PROPERTY_FACTS, term_pages.prop),
    "owl:DatatypeProperty": _Kind(term_pages.PROPERTY_FACTS, term_pages.prop),
    "sh:NodeShape": _Kind(term_pages.SHAPE_FACTS, term_pages.shape),
    "sh:PropertyShape": _Kind(term_pages.SHAPE_FACTS, term_pages.shape),
}


def design(release: Release, document: Document) -> Design:
    """Return what the page of a resource shows first; its `kind` is "" for the generic page."""
    graph = graph_for(release)
    name, kind = _kind(graph, document.type)
    said = layers(graph, document)
    thing = graph.thing(document.iri)
    if thing is None:
        return Design("", (), (), said)
    sections = kind.sections(thing) if kind else []
    if not any(s.drawing for s in sections):
        sections += neighbourhood(thing)
    return Design(name, tuple(facts(thing, kind.facts)) if kind else (), tuple(sections), said)


def _kind(graph: Graph, cls: str) -> tuple[str, _Kind | None]:
    known = {graph.term(name): (name, kind) for name, kind in _KINDS.items()}
    for iri in graph.ancestry(cls):
        if iri in known:
            name, kind = known[iri]
            return name.partition(":")[2].lower(), kind
    return "", None
