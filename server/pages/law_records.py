"""Records of law as pages select and order them: texts, provisions, norms, citations, claims."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from server.pages.release_graph import Graph, Thing
from server.pages.wording import LANGUAGES, Ref, author, day
from server.rdf.datatypes import FIRST_DAY, Day
from server.rdf.datatypes import day as read_day
from server.rdf.terms import natural

_DAYS = ("sl:eventDate", "sl:effectiveDate", "sl:asOf")
_MAX_WITH_NARROWER = 120  # provisions; a topic with more shows those under its own name alone


def citation(thing: Thing) -> str:
    """Return how a lawyer cites a text or a provision, or "" where nothing more is known of it."""
    whole, *between = thing.path
    cited = _of_text(whole)
    if not between or not cited:
        return cited
    number = number_in(thing, whole)
    return f"{number}, {cited}" if whole.one("sl:untsVolume") else f"{cited}, {number}"


def _of_text(text: Thing) -> str:
    title, adopted = text.one("dcterms:title") or text.label, day(text.one("sl:adoptionDate"))
    if volume := text.one("sl:untsVolume"):
        opened, in_force = (
            day(text.one(f"sl:{name}Date")) for name in ("openedForSignature", "entryIntoForce")
        )
        dates = [f"opened for signature {opened}"] if opened else []
        dates += [f"entered into force {in_force}"] if in_force else []
        return f"{title}, {volume} UNTS {text.one('sl:untsPage')} ({', '.join(dates)})"
    carriers = text.things("^sl:carriesInAnnex")
    annex = "annex to " if carriers else ""
    carrier = next(iter((*carriers, *text.things("sl:adoptingResolution"))), text)
    symbol = carrier.one("sl:symbol") or text.one("sl:symbol")
    return ", ".join(filter(None, (title, annex + symbol, adopted))) if symbol else ""


def number_in(part: Thing, *above: Thing) -> str:
    """Return the name of a part within the whole: its label without the longest one above it."""
    names = (name for whole in above for name in (whole.label, *whole.all("skos:altLabel")))
    before = max((name for name in names if part.label.startswith(name)), key=len, default="")
    return part.label.removeprefix(before).lstrip(" ,") or part.label


def languages(thing: Thing) -> list[Ref]:
    """Return the languages in which a text is authentic, in words."""
    return [Ref(LANGUAGES.get(tag, tag)) for tag in thing.all("sl:authenticLanguage")]


def entry_into_force(thing: Thing) -> list[Ref]:
    """Return the rule by which a treaty enters into force."""
    return [Ref(rule.text, rule.ref.href) for rule in thing.things("sl:entersIntoForceUnder")]


def text_elsewhere(thing: Thing) -> list[Ref]:
    """Return links to the official text, each by the site that has it."""
    return [Ref(url.split("/")[2], url) for url in thing.all("sl:officialText")]


def nature(text: Thing) -> str:
    """Return the legal nature of a text in words, or ""."""
    return next((ref.text for ref in text.refs("sl:legalNature")), "")


def disagreement(conflict: Thing) -> str:
    """Return in words on what the records of a conflict disagree: the day, or more than that."""
    records = conflict.things("sl:conflictingRecord")
    days = ({r.one(name) for r in records} - {""} for name in ("sl:eventDate", "sl:effectiveDate"))
    return f"sources disagree{' on the day' if any(len(told) > 1 for told in days) else ''}"


class Conflict(NamedTuple):
    """A conflict of records: whom and which it concerns, and two days.

    `first` is the earliest day that the records give: from then on it matters which one is
    followed. `known` is that by which all of them are known.
    """

    iri: str
    is_on_force: bool  # on the treaty's entry into force
    concerned: set[str]
    first: Day
    known: Day

    def concerns(self, any_of: set[str], day: Day, known: Day) -> bool:
        """Tell whether it is about one of some things on a day, by what is known by another."""
        return bool(self.concerned & any_of) and self.first <= day and self.known <= known


@lru_cache(maxsize=64)
def conflicts_on(graph: Graph, treaty: str) -> list[Conflict]:
    """Return the conflicts of records on participation in a treaty."""
    conflicts = []
    for conflict in graph.of_type("sl:RecordConflict"):
        records = conflict.things("sl:conflictingRecord")
        if treaty in conflict.all("sl:participationIn"):
            days = (read_day(text) for r in records for name in _DAYS for text in r.all(name))
            concerned = {*conflict.all("sl:participationOf"), *(r.iri for r in records)}
            known = max(read_day(text) for r in records for text in r.all("sl:knownFrom"))
            first = min(days, default=FIRST_DAY)
            conflicts.append(
                Conflict(conflict.iri, conflict.iri.endswith("-force"), concerned, first, known)
            )
    return conflicts


def parts_in_order(thing: Thing) -> list[Thing]:
    """Return what is right below a text or provision, in the order of the text."""
    return sorted(thing.things("^sl:partOf"), key=place_in_text)


def place_in_text(part: Thing) -> list[tuple[bool, int, Any]]:
    """Return a sort key for parts of one text: preambles first, then as the text has them."""

    def place(part: Thing) -> tuple[bool, int, Any]:
        position = part.one("sl:position")
        is_body = "preamble" not in part.iri.rpartition("/")[2]
        return is_body, int(position) if position.isdigit() else 0, natural(part.iri)

    return [place(thing) for thing in part.path[1:]]


def resting_on(thing: Thing, norms: bool) -> list[Thing]:
    """Return the norms, or the other statements, that rest on a text or provision itself."""
    return [n for n in thing.things("^sl:ground") if bool(n.one("sl:normKind")) is norms]


def operative_verb(norm: Thing) -> list[Ref]:
    """Return the operative verb of a norm, else those of the norms that it restates."""
    notes = {norm: "", **dict.fromkeys(norm.things("sl:restates"), "in the text that it restates")}
    verbs = [
        Ref(verb, note=note) for n, note in notes.items() for verb in n.all("sl:operativeVerb")
    ]
    return [verb for verb in verbs if verb.note == verbs[0].note]


def force(norm: Thing) -> str:
    """Return the kind of a norm with the operative verb: `recommendation, “Calls upon”`."""
    kind = norm.said("sl:normKind") or norm.said("sl:statementKind")
    verbs = dict.fromkeys(f"“{verb.text}”" for verb in operative_verb(norm)) if kind else ()
    return ", ".join(filter(None, (kind, *verbs)))


def citations_by_text(thing: Thing, here: str, there: str) -> dict[Ref, list[tuple[Thing, ...]]]:
    """Return the citations of a text and its parts by the other text, the end there in each.

    `here` and `there` are properties of a citation. Its parts are the citation, the end that
    belongs to the text, and the other end.
    """
    by_text: dict[Ref, list[tuple[Thing, ...]]] = defaultdict(list)
    for citation in (c for iri in thing.parts for c in thing.graph.into(iri, here)):
        for other in citation.things(there):
            by_text[other.whole.ref].append((citation, citation.things(here)[0], other))
    return by_text


def reuse(thing: Thing) -> list[tuple[str, Thing, list[Thing]]]:
    """Return provisions of other texts with the words of a text or its parts, the earlier first.

    With each stands the part that has the words, and the measurements of both; none where it is the
    editors who set the two beside each other.
    """
    measured: dict[tuple[str, str], list[Thing]] = defaultdict(list)
    for here, there in (("sl:laterText", "sl:earlierText"), ("sl:earlierText", "sl:laterText")):
        for passage in (t for iri in thing.parts for t in thing.graph.into(iri, here)):
            measured[passage.one(there), passage.one(here)].append(passage)
    parts = {part.iri: part for part in thing.graph.things(thing.parts)}
    for part in parts.values():
        for other in (*part.things("rdfs:seeAlso"), *part.things("^rdfs:seeAlso")):
            measured.setdefault((other.iri, part.iri), [])
    return [(other, parts[own], measures) for (other, own), measures in measured.items()]


def share(passage: Thing) -> float:
    """Return the share of the earlier words that stand in the later text too."""
    return float(passage.one("sl:earlierShare"))


def in_languages(passage: Thing) -> str:
    """Return the languages in which words were compared, as ` in English`, or ""."""
    measured = passage.things("prov:wasGeneratedBy")
    tags = [tag for m in measured for tag in m.all("dcterms:language")]
    return "".join(f" in {LANGUAGES.get(tag, tag)}" for tag in tags)


def passages(graph: Graph, places: Collection[str]) -> list[Thing]:
    """Return for each two of some provisions that share words the measurement that finds most."""
    best: dict[tuple[str, str], Thing] = {}
    for reuse in (r for iri in sorted(places) for r in graph.into(iri, "sl:laterText")):
        pair = reuse.one("sl:laterText"), reuse.one("sl:earlierText")
        if pair[1] in places and (pair not in best or share(best[pair]) < share(reuse)):
            best[pair] = reuse
    return list(best.values())


def claims_about(graph: Graph, iris: Iterable[str]) -> list[Thing]:
    """Return the claims about some things."""
    names = ("sl:claimSubject", "sl:claimObject", "dcterms:subject")
    about = {t.iri: t for iri in iris for t in graph.into(iri, *names)}
    return [t for t in about.values() if graph.term("sl:Claim") in graph.ancestry(t.type)]


def views(graph: Graph, iris: Collection[str]) -> list[tuple[str, Thing]]:
    """Return what scholars claim and States declare about some things, each with who says it.

    A statement of a State stands with the one that it answers and with those that answer it.
    """
    direct = (t for iri in iris for t in graph.into(iri, "sl:concerns", "dcterms:subject"))
    near = (t for d in dict.fromkeys(direct) for t in (d, *d.things("sl:concerns")))
    said = dict.fromkeys(s for t in dict.fromkeys(near) for s in (t, *t.things("^sl:concerns")))
    statements = (s for s in said if s.type.endswith("/TreatyStatement"))
    return [(author(c.one("sl:assertedBy")), c) for c in claims_about(graph, iris)] + [
        (s.said("sl:participationOf"), s) for s in sorted(statements, key=age)
    ]


def support(claim: Thing) -> str:
    """Return in words whether texts support a claim of influence; "" for other claims."""
    if not claim.one("sl:textualSupport"):
        return ""
    if claim.one("sl:textualSupport") == "true":
        return "a citation supports it"
    if claim.one("sl:betweenTexts") == "true":
        return "no citation found"
    return "citations cannot tell"


def acts_by_treaty(state: Thing) -> dict[Ref, list[Thing]]:
    """Return the acts and statements of a State by treaty and date; a derived status is none."""
    acts = state.things("^sl:participationOf")
    dated = [(treaty, act.one("sl:eventDate"), act) for act in acts
             for treaty in act.refs("sl:participationIn")[:1]]  # fmt: skip
    by_treaty: dict[Ref, list[Thing]] = defaultdict(list)
    for treaty, _, act in sorted(dated, key=lambda d: (d[0].text, d[1])):
        if not act.type.endswith("/ParticipationStatus"):
            by_treaty[Ref(treaty.text, treaty.href)].append(act)
    return by_treaty


def provisions_on(topic: Thing) -> list[Thing]:
    """Return the provisions on a topic and on narrower ones, or whole texts, in natural order."""
    topics = topic.graph.things(topic.graph.below(topic.iri, "skos:broader"))
    provisions = {p.iri: p for t in topics for p in _under(t)}
    return [*provisions.values()] if len(provisions) <= _MAX_WITH_NARROWER else _under(topic)


def _under(topic: Thing) -> list[Thing]:
    on = topic.things("^dcterms:subject")
    return [t for t in on if t.one("sl:partOf") or t.one("sl:legalNature")]


def by_text(provisions: Iterable[Thing]) -> list[tuple[Thing, list[Thing]]]:
    """Return provisions by their texts, the earliest text first, each in its order."""
    grouped: dict[Thing, list[Thing]] = defaultdict(list)
    for provision in sorted(provisions, key=place_in_text):
        grouped[provision.whole].append(provision)
    return sorted(grouped.items(), key=lambda entry: age(entry[0]))


def norms_of(provisions: Iterable[Thing]) -> list[Thing]:
    """Return the norms that provisions lay down, by the date of their texts."""
    norms = {n.iri: n for p in provisions for n in p.things("^sl:ground")}
    return sorted(norms.values(), key=lambda n: age(n.things("sl:ground")[0].whole))


def age(text: Thing) -> tuple[str, str]:
    """Return a sort key by date, or year; texts of which neither is known come last."""
    return text.date or text.year or "9", text.iri
