"""Building blocks of designed pages: facts, lists and who describes a thing."""

from collections.abc import Iterable, Sequence

from server.pages.page_model import Fact, Item, Layer, Ref, Section
from server.pages.release_graph import Graph, Thing
from server.rdf.serialization import parse
from server.rdf.terms import graph_of
from server.rdf.vocabulary import DCTERMS, LAYERS
from server.release.reader import Document

# What a list on a page has at most; the rest is reached under what points here, page by page.
_LONGEST = 60


def facts(thing: Thing, rows: Iterable[tuple[str, str]]) -> list[Fact]:
    """Return a fact for each (label, property) that has values; `^` before it means inverse."""
    found = []
    for label, name in rows:
        inverse = name.startswith("^")
        refs = (
            [t.ref for t in thing.graph.into(thing.iri, name[1:])] if inverse else thing.refs(name)
        )
        if refs:
            found.append(Fact(label, tuple(refs)))
    return found


def layers(graph: Graph, document: Document) -> tuple[Layer, ...]:
    """Return who describes a resource, with the sources, places and confidence of each layer."""
    found: dict[str, dict[str, list[str]]] = {}
    for q in parse(document.nquads):
        name = graph.layer(graph_of(q))
        if name in LAYERS and str(q.subject) == f"<{document.iri}>":
            own = found.setdefault(name, {})
            own.setdefault(q.predicate.value, []).append(q.object.value)  # type: ignore[union-attr]
    return tuple(_layer(graph, name, found[name]) for name in LAYERS if name in found)


def _layer(graph: Graph, name: str, own: dict[str, list[str]]) -> Layer:
    confidence = [graph.ref(iri).text for iri in own.get(graph.term("sl:confidence"), ())]
    return Layer(
        name,
        tuple(graph.ref(iri) for iri in sorted(own.get(DCTERMS + "source", ()))),
        "; ".join(sorted(own.get(graph.term("sl:locator"), ()))),
        ", ".join(confidence),
    )


def listing(key: str, title: str, things: Sequence[Thing], lead: str = "") -> list[Section]:
    """Return a section that lists things with what is said of them, or none for no things."""
    return section(key, title, [Item(t.ref, t.text) for t in things], lead)


def section(key: str, title: str, items: Sequence[Item], lead: str = "") -> list[Section]:
    """Return a section of items, cut where it grows long, or none for no items."""
    if not items:
        return []
    counted = f"{title} ({len(items):,})" if len(items) > 1 else title
    more = Ref(f"all {len(items):,} under what points here", "#incoming")
    cut = len(items) > _LONGEST
    return [Section(key, counted, lead, items=tuple(items[:_LONGEST]), more=more if cut else None)]


def claims(graph: Graph, iris: Sequence[str]) -> list[Section]:
    """Return the claims about any of some resources, those of influence with their support."""
    names = ("sl:claimSubject", "sl:claimObject", "sl:about")
    found = {t.iri: t for iri in iris for t in graph.into(iri, *names)}
    kinds = {
        graph.term("sl:InfluenceClaim"),
        graph.term("sl:RelationClaim"),
        graph.term("sl:Claim"),
    }
    items = [Item(t.ref, t.text, mark=support(t)) for t in found.values() if t.type in kinds]
    lead = "Reported, not adopted: what the paper asserts."
    return section("claims", "Claims about it", items, lead)


def support(claim: Thing) -> str:
    """Return in words whether texts support a claim of influence; "" for other claims."""
    if not claim.one("sl:textualSupport"):
        return ""
    if claim.one("sl:textualSupport") == "true":
        return "a citation supports it"
    return "no citation found" if claim.one("sl:betweenTexts") == "true" else "not between texts"
