"""The neighbourhood of a thing as a drawing: what points to it, and what it points to."""

from collections.abc import Iterable

from server.pages.diagram import Arm, drawing
from server.pages.page_model import Ref, Section
from server.pages.properties import words
from server.pages.release_graph import Thing

_ARMS, _EACH = 4, 2
# What every description has tells no one anything about the thing.
_COMMON = ("rdf:type", "dcterms:source", "sl:confidence", "rdfs:isDefinedBy", "dcterms:license")


def neighbourhood(thing: Thing) -> list[Section]:
    """Return a section with the drawing, or none for a thing that stands alone."""
    left, right = _incoming(thing), _outgoing(thing)
    if not left and not right:
        return []
    shown = drawing(f"What is next to {thing.label}", left, Ref(thing.label), right)
    return [Section("neighbours", "Its neighbours", drawing=shown)]


def _left_out(thing: Thing) -> set[str]:
    return {thing.graph.term(name) for name in _COMMON}


def _incoming(thing: Thing) -> list[Arm]:
    release, common = thing.graph.release, _left_out(thing)
    counts = [(p, n) for p, n in release.incoming_counts(thing.iri) if p not in common]
    return [
        _arm(
            thing,
            p,
            [t.ref for t in thing.graph.things(release.sources_of(thing.iri, p, _EACH))],
            n,
        )
        for p, n in sorted(counts, key=lambda c: (-c[1], c[0]))[:_ARMS]
    ]


def _outgoing(thing: Thing) -> list[Arm]:
    common, found = _left_out(thing), []
    own = thing.graph.base
    for predicate, iris in sorted(thing.links(), key=lambda x: (not x[0].startswith(own), x[0])):
        if predicate not in common and (things := thing.graph.things(iris[: _EACH + 1])):
            found.append(_arm(thing, predicate, [t.ref for t in things[:_EACH]], len(iris)))
    return found[:_ARMS]


def _arm(thing: Thing, predicate: str, refs: Iterable[Ref], count: int) -> Arm:
    known, shown = thing.graph.thing(predicate), tuple(refs)
    name = known.label if known else words(predicate)
    return Arm(f"{name} ({count:,})" if count > len(shown) else name, shown)
