"""Sections of the page of a topic: provisions in order of time, words that pass, norms, claims."""

from collections import defaultdict
from collections.abc import Collection

from server.pages.law_sections import number_in
from server.pages.page_model import Item, Ref, Section, Step
from server.pages.release_graph import Graph, Thing
from server.pages.sections import claims_about, support
from server.pages.wording import day

_MAX_NORMS = 40
_MAX_WITH_NARROWER = 120  # provisions; a topic with more shows those under its own name alone


def topic_provisions(thing: Thing) -> list[Section]:
    """Return the provisions on a topic by text, the earliest text first."""
    by_text: dict[Thing, list[Thing]] = defaultdict(list)
    for provision in _provisions(thing).values():
        by_text[provision.whole].append(provision)
    steps = tuple(
        Step(
            text.label,
            text.ref,
            ", ".join(filter(None, (day(text.date), nature(text)))),
            tuple(Step(number_in(p, text), p.ref, p.caption or p.text) for p in parts),
        )
        for text, parts in sorted(by_text.items(), key=lambda entry: _place(entry[0]))
    )
    lead = "The earliest text first. Provisions on narrower topics are among them."
    return [Section("Provisions in order of time", lead, outline=steps)] if steps else []


def topic_thread(thing: Thing) -> list[Section]:
    """Return how one text on a topic led to the next: words that it used again, and claims."""
    provisions = _provisions(thing)
    places = {t.iri for p in provisions.values() for t in _upwards(p)}
    reuses = passages(thing.graph, places)
    items = [(_place(r.things("sl:laterText")[0].whole), _passage(r)) for r in reuses]
    texts = places | {p.whole.iri for p in provisions.values()}
    items += [
        (_place(c.things("sl:claimObject")[0].whole), Item(c.ref, c.text, support(c)))
        for c in _influences(thing, texts)
    ]
    lead = (
        "By the date of the later text: provisions that use words of an earlier one again, with "
        "the share of the earlier words, and what scholars claim of influence."
    )
    ordered = tuple(item for _, item in sorted(items, key=lambda entry: entry[0]))
    return [Section("From policy to law", lead, ordered, len(ordered))] if ordered else []


def topic_norms(thing: Thing) -> list[Section]:
    """Return the norms that provisions on a topic lay down, by the date of their texts."""
    norms = {n.iri: n for p in _provisions(thing).values() for n in p.things("^sl:ground")}
    ordered = sorted(norms.values(), key=lambda n: _place(n.things("sl:ground")[0].whole))
    items = [Item(n.ref, n.text, n.said("sl:normKind", "sl:bearer")) for n in ordered[:_MAX_NORMS]]
    if len(ordered) > len(items):
        key = thing.iri.removeprefix(f"{thing.graph.base}id/")
        items.append(Item(Ref(f"All norms on {thing.label}", f"/norms?topic={key}")))
    title = "Who must, may or should do what"
    return [Section(title, "", tuple(items), len(items))] if items else []


def topic_claims(thing: Thing) -> list[Section]:
    """Return the claims about a topic, provisions on it and norms that these lay down."""
    provisions = _provisions(thing)
    norms = [n.iri for p in provisions.values() for n in p.things("^sl:ground")]
    claims = claims_about(thing.graph, (*provisions, *norms))
    items = tuple(Item(c.ref, c.text, support(c)) for c in claims)
    title = "What scholars claim about these provisions"
    return [Section(title, "Reported, not adopted.", items, len(items))] if items else []


def passages(graph: Graph, places: Collection[str]) -> list[Thing]:
    """Return for each two of some provisions that share words the measurement that finds most."""
    best: dict[tuple[str, str], Thing] = {}
    for reuse in (r for iri in sorted(places) for r in graph.into(iri, "sl:laterText")):
        pair = reuse.one("sl:laterText"), reuse.one("sl:earlierText")
        if pair[1] in places and (pair not in best or share(best[pair]) < share(reuse)):
            best[pair] = reuse
    return list(best.values())


def _provisions(topic: Thing) -> dict[str, Thing]:
    """Return the provisions on a topic and on narrower ones, in natural order."""
    topics = topic.graph.things(topic.graph.below(topic.iri, "skos:broader"))
    provisions = {iri: p for t in topics for iri, p in _under(t).items()}
    return provisions if len(provisions) <= _MAX_WITH_NARROWER else _under(topic)


def _under(topic: Thing) -> dict[str, Thing]:
    return {t.iri: t for t in topic.things("^dcterms:subject") if t.one("sl:partOf")}


def _upwards(provision: Thing) -> list[Thing]:
    """Return a provision and what it is part of, but for the whole text."""
    return [provision, *(t for t in provision.things("sl:partOf") if t.one("sl:partOf"))]


def _place(text: Thing) -> tuple[str, str]:
    return text.date or "9", text.iri


def nature(text: Thing) -> str:
    """Return the legal nature of a text in words, or ""."""
    return next((ref.text for ref in text.refs("sl:legalNature")), "")


def share(reuse: Thing) -> float:
    """Return the share of the earlier words that stand in the later text."""
    return float(reuse.one("sl:earlierShare"))


def _passage(reuse: Thing) -> Item:
    earlier, later = reuse.things("sl:earlierText")[0], reuse.things("sl:laterText")[0]
    text = f"uses again {share(reuse):.0%} of the words of {earlier.label}"
    mark = ", ".join(filter(None, (later.whole.date[:4], nature(later.whole))))
    return Item(later.ref, text, mark, Ref("measurement", reuse.ref.href, reuse.label))


def _influences(topic: Thing, texts: set[str]) -> list[Thing]:
    """Return the claims that one of these texts influenced another."""
    graph = topic.graph
    claims = {c.iri: c for iri in sorted(texts) for c in graph.into(iri, "sl:claimObject")}
    return [c for c in claims.values() if not texts.isdisjoint(c.all("sl:claimSubject"))]
