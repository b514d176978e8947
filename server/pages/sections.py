"""Sections of pages that kinds.yaml names: of norms, claims, citations, errata, actors."""

from collections.abc import Iterable, Sequence

from server.pages.page_model import Arm, Drawing, Item, Ref, Section
from server.pages.release_graph import Graph, Thing
from server.pages.wording import author, day

# More entries are in the whole record and among the records that refer to it, page by page.
MAX_ITEMS = 60


_EVIDENCE = {
    "a citation supports it": "The texts bear this claim out: a citation joins them.",
    "no citation found": "Both sides rest on texts, and no citation that we read joins them.",
    "not between texts": "A citation cannot tell here: not both sides rest on existing texts.",
}


def listing(title: str, things: Sequence[Thing], lead: str = "") -> list[Section]:
    """Return a section that lists things with what is said of them, or none for no things."""
    return section(title, [Item(t.ref, t.text) for t in things], lead)


def section(title: str, items: Sequence[Item], lead: str = "") -> list[Section]:
    """Return a section of items, cut where it grows long, or none for no items."""
    return [Section(title, lead, tuple(items[:MAX_ITEMS]), len(items))] if items else []


def claims(thing: Thing) -> list[Section]:
    """Return the claims about a thing or its parts, those of influence with their support."""
    items = [
        Item(t.ref, t.text, support(t), Ref(author(t.one("sl:assertedBy")), t.ref.href))
        for t in claims_about(thing.graph, thing.parts)
    ]
    return section("What scholars claim about it", items, "Reported, not adopted.")


def claims_about(graph: Graph, iris: Iterable[str]) -> list[Thing]:
    """Return the claims about some things."""
    names = ("sl:claimSubject", "sl:claimObject", "dcterms:subject")
    about = {t.iri: t for iri in iris for t in graph.into(iri, *names)}
    return [t for t in about.values() if graph.term("sl:Claim") in graph.ancestry(t.type)]


def support(claim: Thing) -> str:
    """Return in words whether texts support a claim of influence; "" for other claims."""
    if not claim.one("sl:textualSupport"):
        return ""
    if claim.one("sl:textualSupport") == "true":
        return "a citation supports it"
    return "no citation found" if claim.one("sl:betweenTexts") == "true" else "not between texts"


def derivation(thing: Thing) -> list[Section]:
    """Return a norm drawn between its ground and its bearers."""
    derived = [t.ref for t in thing.things("^sl:derivesFrom")]
    left = [
        Arm("rests on", thing.refs("sl:ground")),
        Arm("derives from", thing.refs("sl:derivesFrom"), dashed=True),
    ]
    right = [
        Arm("binds or entitles", thing.refs("sl:bearer")),
        Arm("source of", derived, dashed=True),
    ]
    lead = (
        "Solid: the text it rests on, and whom it binds. Dashed: derivation, as a scholar has it."
    )
    shown = Drawing(f"Derivation of “{thing.label}”", left, thing.ref, right)
    title = "Where it comes from, and whom it binds"
    is_empty = not any(arm.refs for arm in (*left, *right))
    return [] if is_empty else [Section(title, lead, drawing=shown)]


def claimed_relation(thing: Thing) -> list[Section]:
    """Return the relation of a claim drawn between its sides, dashed where no text supports it."""
    subjects, objects = thing.refs("sl:claimSubject"), thing.refs("sl:claimObject")
    relation = thing.refs("sl:claimRelation")
    if not relation or not subjects or not objects:
        return []
    dashed = thing.one("sl:textualSupport") == "false"
    left, right = [Arm("subject", subjects, dashed)], [Arm("object", objects, dashed)]
    return [Section("What is claimed", drawing=Drawing(thing.label, left, relation[0], right))]


def evidence(thing: Thing) -> list[Section]:
    """Return whether the texts support a claim, and the citations that do."""
    verdict = support(thing)
    items = [Item(c.ref, mark=c.said("sl:citationMode")) for c in thing.things("sl:supportedBy")]
    title = "Evidence in the texts"
    return [Section(title, _EVIDENCE[verdict], tuple(items))] if verdict else []


def disputes(thing: Thing) -> list[Section]:
    """Return who disputes a claim, and on which grounds."""
    items = [
        Item(t.ref, t.text, record=Ref(author(t.one("sl:assertedBy")), t.ref.href))
        for t in thing.things("^cito:disputes")
    ]
    lead = (
        "Reported, not adopted."
        if items
        else "No dispute of it is on record here; that is no sign of agreement."
    )
    return [Section("Who disputes it", lead, tuple(items), len(items))]


def related_things(thing: Thing) -> list[Section]:
    """Return the things that a claim joins, with what is said of them."""
    sides = thing.graph.things([*thing.all("sl:claimSubject"), *thing.all("sl:claimObject")])
    return listing("What it speaks of", [t for t in sides if t.text])


def citation(thing: Thing) -> list[Section]:
    """Return a citation drawn between the citing and the cited text."""
    mode = next(iter(thing.refs("sl:citationMode")), Ref("cites"))
    left = [Arm("citing text", thing.refs("sl:citingText"))]
    right = [Arm("cited text", thing.refs("sl:citedText"))]
    return [Section("What cites what", drawing=Drawing(thing.label, left, mode, right))]


def correction(thing: Thing) -> list[Section]:
    """Return the fault of an erratum beside what is right."""
    names = (("As written", "sl:asWritten"), ("Correct", "sl:correctValue"))
    return [Section("The correction", pairs=tuple((text, thing.one(name)) for text, name in names))]


def acts(thing: Thing) -> list[Section]:
    """Return the acts and statements of a State by treaty and date; a derived status is none."""
    by_treaty: dict[Ref, list[Item]] = {}
    dated = [(treaty, act.one("sl:eventDate"), act) for act in thing.things("^sl:participationOf")
             for treaty in act.refs("sl:participationIn")[:1]]  # fmt: skip
    for treaty, when, act in sorted(dated, key=lambda d: (d[0].text, d[1])):
        if act.type.endswith("/ParticipationStatus"):
            continue
        kind = act.said("sl:treatyStatementKind") or act.graph.ref(act.type).text
        if act.type.endswith("/RecordConflict"):
            kind = "sources disagree"
        said = ", ".join(filter(None, (kind, day(when))))
        by_treaty.setdefault(Ref(treaty.text, treaty.href), []).append(
            Item(Ref(said, act.ref.href))
        )
    items = [Item(treaty, places=tuple(places)) for treaty, places in by_treaty.items()]
    return section("Its acts and statements by treaty", items)
