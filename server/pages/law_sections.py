"""What pages of law show: the citation of a text, its provisions, norms, references, reuse."""

from server.pages.page_model import Item, Ref, Section, Step
from server.pages.release_graph import Thing
from server.pages.sections import section
from server.pages.wording import LANGUAGES, author, day


def citation(thing: Thing) -> str:
    """Return how a lawyer cites a text or a provision, or "" where nothing more is known of it."""
    whole, *between = whole_of(thing)
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


def whole_of(thing: Thing) -> list[Thing]:
    """Return the text that a provision belongs to, then what lies between, and the provision."""
    path = [thing]
    while above := path[0].things("sl:partOf"):
        path.insert(0, above[0])
    return path


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


def provisions(thing: Thing) -> list[Section]:
    """Return the provisions of a text in their order, each with its subject, summary and norms."""
    steps = _outline(thing, (thing,))
    title = "Provisions" if len(whole_of(thing)) == 1 else "Its parts"
    lead = (
        "Summaries in our words, with the operative verb of the text; only the text is authentic."
    )
    return [Section(title, lead, outline=steps)] if steps else []


def _outline(whole: Thing, above: tuple[Thing, ...]) -> tuple[Step, ...]:
    parts = sorted(whole.things("^sl:partOf"), key=_place)
    return tuple(_step(part, (*above, part), number_in(part, *above)) for part in parts)


def _step(part: Thing, path: tuple[Thing, ...], number: str) -> Step:
    return Step(
        number[:1].upper() + number[1:],
        part.ref,
        "" if part.caption.lower() == number.lower() else part.caption,
        _outline(part, path),
        "" if part.caption == part.text else part.text,
        tuple(_norm(n) for n in part.things("^sl:ground") if n.one("sl:normKind")),
        part.iri.removeprefix(f"{path[0].iri}/").replace("/", "-"),
    )


def _place(part: Thing) -> tuple[int, int, str]:
    """Return a sort key: preambles come first, then the order that the text has."""
    preamble = "preamble" in part.iri.rpartition("/")[2]
    position = part.one("sl:position")
    return (0 if preamble else 1, int(position) if position.isdigit() else 0, part.iri)


def _norm(norm: Thing) -> Item:
    """Return a norm as who bears it, of what kind it is, and what it is about."""
    kind = norm.said("sl:normKind") or norm.said("sl:statementKind")
    who = norm.said("sl:bearer")
    title = norm.label.partition(" (")[0]
    says = norm.one("sl:assertedBy")
    record = Ref(author(says), norm.graph.ref(says).href, "Says so") if says else None
    return Item(Ref(title, norm.ref.href), norm.text, kind, record, who[:1].upper() + who[1:])


def norms(thing: Thing) -> list[Section]:
    """Return who must, may or may not do what by a text or provision; parts tell theirs."""
    every = thing.things("^sl:ground")
    stated = [_norm(n) for n in every if n.one("sl:normKind")]
    other = [_norm(n) for n in every if not n.one("sl:normKind")]
    return section("Who must do what", stated) + section(
        "Its legal effect, and what is said of it", other
    )


def texts_it_cites(thing: Thing) -> list[Section]:
    """Return what a text and its provisions refer to, by text."""
    return _citations(thing, "sl:citingText", "sl:citedText", "What it refers to")


def texts_that_cite_it(thing: Thing) -> list[Section]:
    """Return what refers to a text or to a provision of it, by text."""
    return _citations(thing, "sl:citedText", "sl:citingText", "Who refers to it")


def _citations(thing: Thing, here: str, there: str, title: str) -> list[Section]:
    by_text: dict[Ref, list[Item]] = {}
    preposition = "in" if here == "sl:citingText" else "on"
    for citation in (c for iri in thing.parts for c in thing.graph.into(iri, here)):
        place = citation.things(here)[0]
        own = f"{preposition} {number_in(place, thing)}" if place.iri != thing.iri else ""
        for other in citation.things(there):
            whole = other.whole
            name = "the whole text" if whole.iri == other.iri else number_in(other, whole)
            mode = citation.said("sl:citationMode")
            item = Item(Ref(name, other.ref.href), own, mode, citation.ref)
            by_text.setdefault(whole.ref, []).append(item)
    listed = [
        Item(Ref("This text itself") if text == thing.whole.ref else text, places=tuple(places))
        for text, places in by_text.items()
    ]
    return section(title, listed, "By the citations that were read in the texts.")


def reuse(thing: Thing) -> list[Section]:
    """Return the provisions of other texts with the same words, the earlier ones first."""
    measured: dict[tuple[str, str], list[Thing]] = {}
    for here, there in (("sl:laterText", "sl:earlierText"), ("sl:earlierText", "sl:laterText")):
        for passage in (t for iri in thing.parts for t in thing.graph.into(iri, here)):
            measured.setdefault((passage.one(there), passage.one(here)), []).append(passage)
    items = []
    for (other, own), measures in measured.items():
        place = thing.graph.thing(own)
        name = f"{number_in(place, thing)}: " if place and own != thing.iri else ""
        record = Ref("measured", measures[0].ref.href, measures[0].label)
        said = name + ", ".join(map(_share, measures))
        items.append(Item(thing.graph.ref(other), said, record=record))
    lead = (
        "Counted by machine: how many words of the earlier provision stand in the later one too. "
        "Like words do not prove that one follows the other."
    )
    return section("Corresponding provisions elsewhere", items, lead)


def _share(passage: Thing) -> str:
    measured = passage.things("prov:wasGeneratedBy")
    tags = [tag for m in measured for tag in m.all("dcterms:language")]
    names = "".join(f" in {LANGUAGES.get(tag, tag)}" for tag in tags)
    return f"{float(passage.one('sl:earlierShare')):.0%}{names}"
