"""Pages of claims, citations, footnotes and errata: what is said, where, and what supports it."""

from server.pages.diagram import Arm, drawing
from server.pages.page_model import Item, Ref, Section
from server.pages.page_parts import claims, listing, section, support
from server.pages.release_graph import Thing

_PLACE = (
    ("Asserted by", "sl:assertedBy"),
    ("Section", "sl:inSection"),
    ("Footnote", "sl:inFootnote"),
)
CLAIM_FACTS = (
    ("Kind", "sl:claimKind"),
    ("Subject", "sl:claimSubject"),
    ("Relation", "sl:claimRelation"),
    ("Object", "sl:claimObject"),
    ("About", "sl:about"),
    *_PLACE,
)
FOOTNOTE_FACTS = (
    ("Of", "sl:footnoteOf"),
    ("Section", "sl:inSection"),
    ("Refers to", "sl:refersTo"),
    ("Cited as", "sl:citedAs"),
    ("Official place", "sl:officialLocus"),
    ("Place checked", "sl:locusVerification"),
    ("Cited address", "sl:citedUrl"),
)
ERRATUM_FACTS = (
    ("Severity (1 gravest)", "sl:severity"),
    ("Confidence", "sl:confidence"),
    ("Evidence", "sl:evidence"),
    ("Section", "sl:inSection"),
)
CITATION_FACTS = (
    ("Citing text", "sl:citingText"),
    ("Cited text", "sl:citedText"),
    ("How", "sl:citationMode"),
)


def claim(thing: Thing) -> list[Section]:
    """Return the sections of a claim: the relation drawn, and what supports it."""
    return [*_relation(thing), *_support(thing), *_context(thing)]


def _relation(thing: Thing) -> list[Section]:
    subjects, objects = thing.refs("sl:claimSubject"), thing.refs("sl:claimObject")
    relation = next(iter(thing.refs("sl:claimRelation")), None)
    if not relation or not subjects or not objects:
        return []
    unsupported = thing.one("sl:textualSupport") == "false"
    left = [Arm("subject", subjects, unsupported)]
    right = [Arm("object", objects, unsupported)]
    shown = drawing(thing.label, left, relation, right)
    return [Section("relation", "What is claimed", drawing=shown)]


def _support(thing: Thing) -> list[Section]:
    verdict = support(thing)
    if not verdict:
        return []
    leads = {
        "a citation supports it": "The texts bear this claim out: a citation joins them.",
        "no citation found": "Both sides rest on texts, and no citation that we read joins them.",
        "not between texts": "A citation cannot tell here: not both sides rest on existing texts.",
    }
    items = [
        Item(c.ref, mark=", ".join(r.text for r in c.refs("sl:citationMode")))
        for c in thing.graph.things(thing.all("sl:supportedBy"))
    ]
    return [Section("support", "Evidence in the texts", leads[verdict], items=tuple(items))]


def _context(thing: Thing) -> list[Section]:
    things = thing.graph.things([*thing.all("sl:claimSubject"), *thing.all("sl:claimObject")])
    return listing("about", "What it speaks of", [t for t in things if t.text])


def footnote(thing: Thing) -> list[Section]:
    """Return the sections of a footnote: what it refers to and what rests on it."""
    graph = thing.graph
    cited = graph.things(thing.all("sl:refersTo"))
    used = graph.into(thing.iri, "sl:inFootnote")
    return [
        *listing("refers", "What it refers to", cited),
        *listing("used", "What the paper rests on it", used),
    ]


def erratum(thing: Thing) -> list[Section]:
    """Return the sections of an erratum: the fault beside what is right, and what it concerns."""
    written, right = thing.one("sl:asWritten"), thing.one("sl:correctValue")
    pairs = (("As written", written), ("Correct", right))
    concerned = thing.graph.things(thing.all("sl:corrects"))
    return [
        Section("correction", "The correction", pairs=pairs),
        *section("concerns", "What it concerns", [Item(t.ref, t.text) for t in concerned]),
    ]


def citation(thing: Thing) -> list[Section]:
    """Return the sections of a citation: the two texts, and the claims that it supports."""
    mode = next(iter(thing.refs("sl:citationMode")), Ref("cites"))
    shown = drawing(
        thing.label,
        [Arm("citing text", thing.refs("sl:citingText"))],
        mode,
        [Arm("cited text", thing.refs("sl:citedText"))],
    )
    supported = thing.graph.into(thing.iri, "sl:supportedBy")
    return [
        Section("citation", "What cites what", drawing=shown),
        *listing("supports", "Claims that it supports", supported),
    ]


def concept(thing: Thing) -> list[Section]:
    """Return the sections of a concept: the claims about it, and what belongs to its scheme."""
    members = thing.graph.into(thing.iri, "skos:inScheme")
    narrower = thing.graph.into(thing.iri, "skos:broader")
    return [
        *listing("members", "Members", members),
        *listing("narrower", "Narrower", narrower),
        *claims(thing.graph, [thing.iri]),
    ]
