"""Pages of actors: what an actor adopted, bears and takes part in; for a State its treaties."""

from server.pages.page_model import Item, Section
from server.pages.page_parts import claims, listing, section
from server.pages.release_graph import Thing, day

FACTS = (
    ("Also called", "skos:altLabel"),
    ("ISO 3166", "sl:iso3166Alpha3"),
    ("Organ of", "sl:organOf"),
    ("Predecessor", "sl:predecessor"),
    ("Same as", "skos:exactMatch"),
)


def actor(thing: Thing) -> list[Section]:
    """Return the sections of an actor that the release says something for."""
    graph, iri = thing.graph, thing.iri
    return [
        *_acts(thing),
        *listing("adopted", "Instruments it adopted", graph.into(iri, "sl:adoptedBy")),
        *listing("issued", "Instruments it issued", graph.into(iri, "sl:issuedBy")),
        *listing("bears", "Norms it bears", graph.into(iri, "sl:bearer")),
        *listing("deposited", "Depositary of", graph.into(iri, "sl:depositary")),
        *listing("bodies", "Its bodies", graph.into(iri, "sl:organOf")),
        *claims(graph, [iri]),
    ]


def _acts(thing: Thing) -> list[Section]:
    """List the acts of a State by treaty and date; what the record of 2015 lists is no act."""
    found = []
    for act in thing.graph.into(thing.iri, "sl:participationOf"):
        when = act.one("sl:eventDate")
        treaty = next(iter(act.refs("sl:participationIn")), None)
        if treaty and not act.type.endswith("/ParticipationStatus"):
            kind = act.graph.ref(act.type).text
            item = Item(treaty, mark=f"{kind}, {day(when)}" if when else kind, about=(act.ref,))
            found.append((treaty.text, when, item))
    items = [item for *_, item in sorted(found, key=lambda f: f[:2])]
    lead = "The acts on record; the form above tells who was bound on any day."
    return section("acts", "Treaties", items, lead)
