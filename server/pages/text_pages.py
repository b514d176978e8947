"""Pages of instruments and provisions: facts, outline, citations, norms and claims."""

from collections.abc import Sequence

from server.pages.page_model import Item, Section, Step
from server.pages.page_parts import claims, listing, section
from server.pages.release_graph import Graph, Thing

FACTS = (
    ("Full title", "dcterms:title"),
    ("Also called", "skos:altLabel"),
    ("Symbol", "sl:symbol"),
    ("Nature", "sl:legalNature"),
    ("Adopted", "sl:adoptionDate"),
    ("Adopted by", "sl:adoptedBy"),
    ("Issued by", "sl:issuedBy"),
    ("Published", "sl:publicationDate"),
    ("Opened for signature", "sl:openedForSignatureDate"),
    ("Opened at", "sl:openedForSignatureAt"),
    ("In force", "sl:entryIntoForceDate"),
    ("Rule of entry into force", "sl:entryIntoForceRule"),
    ("Depositary", "sl:depositary"),
    ("Carried by", "^sl:carriesInAnnex"),
    ("Carries in its annex", "sl:carriesInAnnex"),
    ("UNTS volume", "sl:untsVolume"),
    ("UNTS page", "sl:untsPage"),
    ("UNTS registration", "sl:untsRegistrationNumber"),
    ("Authentic languages", "sl:authenticLanguage"),
    ("Group", "sl:memberOfGroup"),
    ("Official text", "sl:officialText"),
)
PROVISION_FACTS = (
    ("Of", "sl:partOf"),
    ("Number", "sl:number"),
    ("Heading", "sl:heading"),
    ("Cited as", "sl:citedAs"),
    ("Official place", "sl:officialLocus"),
    ("Place checked", "sl:locusVerification"),
)


def instrument(thing: Thing) -> list[Section]:
    """Return the sections of an instrument, its provisions counted in."""
    graph, whole = thing.graph, thing.graph.below(thing.iri)
    members = graph.into(thing.iri, "sl:memberOfGroup")
    return [
        *_provisions(thing),
        *listing("members", "Members of this group", members),
        *_citations(graph, whole, "sl:citingText", "sl:citedText", "cites", "What it cites"),
        *_citations(graph, whole, "sl:citedText", "sl:citingText", "cited", "What cites it"),
        *_norms(graph, whole),
        *claims(graph, whole),
    ]


def provision(thing: Thing) -> list[Section]:
    """Return the sections of a provision: those of an instrument, and its neighbours."""
    return instrument(thing)


def _provisions(thing: Thing) -> list[Section]:
    steps = outline(thing.graph, thing.iri, (thing.label,))
    counted = thing.one("sl:provisionCount")
    lead = (
        f"The text has {counted} provisions at its first level; those described here:"
        if counted
        else ""
    )
    return [Section("provisions", "Provisions", lead, outline=steps)] if steps else []


def outline(graph: Graph, iri: str, above: tuple[str, ...]) -> tuple[Step, ...]:
    """Return what is part of `iri` as an outline; `above` are the labels of what it is part of."""
    parts = sorted(graph.into(iri, "sl:partOf"), key=_place)
    return tuple(
        Step(
            _number(p, above),
            p.ref,
            p.one("sl:heading") or p.text,
            outline(graph, p.iri, (*above, p.label)),
        )
        for p in parts
    )


def _place(part: Thing) -> tuple[int, int, str]:
    """Preambles come first, then the order that the text has."""
    preamble = "preamble" in part.iri.rpartition("/")[2]
    position = part.one("sl:position")
    return (0 if preamble else 1, int(position) if position.isdigit() else 0, part.iri)


def _number(part: Thing, above: tuple[str, ...]) -> str:
    """Return the name of a part within the whole: its label without the longest one above it."""
    whole = max((label for label in above if part.label.startswith(label)), key=len, default="")
    short = part.label.removeprefix(whole).lstrip(" ,")
    return short or part.label


def _citations(
    graph: Graph, whole: Sequence[str], here: str, there: str, key: str, title: str
) -> list[Section]:
    """List what citations of one direction join to any part of a text."""
    items = []
    for citation in (c for iri in whole for c in graph.into(iri, here)):
        place = graph.things(citation.all(here))
        mode = ", ".join(r.text for r in citation.refs("sl:citationMode"))
        note = "" if place[0].iri == whole[0] else place[0].label
        items += [
            Item(o.ref, note, (citation.ref,), mode) for o in graph.things(citation.all(there))
        ]
    return section(key, title, items, "From the citations that were read in the texts.")


def _norms(graph: Graph, whole: Sequence[str]) -> list[Section]:
    found = {t.iri: t for iri in whole for t in graph.into(iri, "sl:ground")}
    items = [
        Item(t.ref, t.text, mark=", ".join(r.text for r in t.refs("sl:normKind")))
        for t in found.values()
    ]
    return section("norms", "Norms grounded in it", items)
