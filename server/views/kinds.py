"""The designs of pages by kind: a class has that of the nearest class above it that has one."""

from collections.abc import Callable
from dataclasses import dataclass

from server.release.reader import Document, Release
from server.views import actors, evidence, norms, terms, text
from server.views.graph import Graph, Thing, graph_for
from server.views.model import Design, Section
from server.views.neighbours import neighbourhood
from server.views.parts import facts, layers

Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Kind:
    facts: Rows
    sections: Callable[[Thing], list[Section]]


_KINDS = {
    "sl:Instrument": _Kind(text.FACTS, text.instrument),
    "sl:Provision": _Kind(text.PROVISION_FACTS, text.provision),
    "sl:Norm": _Kind(norms.FACTS, norms.norm),
    "sl:KeyPoint": _Kind(norms.KEY_POINT_FACTS, lambda _: []),
    "sl:Claim": _Kind(evidence.CLAIM_FACTS, evidence.claim),
    "sl:Citation": _Kind(evidence.CITATION_FACTS, evidence.citation),
    "sl:Footnote": _Kind(evidence.FOOTNOTE_FACTS, evidence.footnote),
    "sl:Erratum": _Kind(evidence.ERRATUM_FACTS, evidence.erratum),
    "sl:Actor": _Kind(actors.FACTS, actors.actor),
    "skos:Concept": _Kind((("Scheme", "skos:inScheme"),), evidence.concept),
    "skos:ConceptScheme": _Kind((), evidence.concept),
    "owl:Ontology": _Kind((("Version", "owl:versionInfo"),), terms.ontology),
    "owl:Class": _Kind(terms.CLASS_FACTS, terms.cls),
    "owl:ObjectProperty": _Kind(terms.PROPERTY_FACTS, terms.prop),
    "owl:DatatypeProperty": _Kind(terms.PROPERTY_FACTS, terms.prop),
    "sh:NodeShape": _Kind(terms.SHAPE_FACTS, terms.shape),
    "sh:PropertyShape": _Kind(terms.SHAPE_FACTS, terms.shape),
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
