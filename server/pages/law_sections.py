"""What pages of law show: the citation of a text, its provisions, norms, references, reuse."""

from collections.abc import Iterable, Iterator

from server.pages.page_model import Item, Ref, Section, Step
from server.pages.release_graph import Thing
from server.pages.sections import section
from server.pages.wording import LANGUAGES, author, day


def citation(thing: Thing) -> str:
    """Return how a lawyer cites a text or a provision, or "" where nothing more is known of it."""
    whole, *between = whole_of(thing)
    cited = _of_text(whole)
    return f"{number_in(thing, whole)}, {cited}" if between and cited else cited


def _of_text(text: Thing) -> str:
    title, adopted = text.one("dcterms:title") or text.label, day(text.one("sl:adoptionDate"))
    if volume := text.one("sl:untsVolume"):
        opened, in_force = (
            day(text.one(f"sl:{name}Date")) for name in ("openedForSignature", "entryIntoForce")
        )
        dates = [f"opened for signature {opened}"] if opened else []
        dates += [f"entered into force {in_force}"] if in_force else []
        return f"{title}, {volume} UNTS {text.one('sl:untsPage')} ({', '.join(dates)})"
    carrier = next(
        iter((*text.things("^sl:carriesInAnnex"), *text.things("sl:adoptingResolution"))), text
    )
    symbol = carrier.one("sl:symbol") or text.one("sl:symbol")
    annex = "annex to " if text.things("^sl:carriesInAnnex") else ""
    return (
        ", ".join(part for part in (title, symbol and annex + symbol, adopted) if part)
        if symbol
        else ""
    )


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
    return [Section(title, outline=steps)] if steps else []


def _outline(whole: Thing, above: tuple[Thing, ...]) -> tuple[Step, ...]:
    parts = sorted(whole.things("^sl:partOf"), key=_place)
    return tuple(_step(part, (*above, part), number_in(part, *above)) for part in parts)


def _step(part: Thing, path: tuple[Thing, ...], number: str) -> Step:
    caption = part.one("sl:caption") or part.one("sl:heading")
    key = part.iri.removeprefix(f"{path[0].iri}/").replace("/", "-")
    said = "" if caption == part.text else part.text
    return Step(
        number[:1].upper() + number[1:],
        part.ref,
        "" if caption.lower() == number.lower() else caption,
        _outline(part, path),
        said,
        tuple(_norm(n) for n in part.things("^sl:ground") if n.one("sl:normKind")),
        key,
    )


def _place(part: Thing) -> tuple[int, int, str]:
    """Return a sort key: preambles come first, then the order that the text has."""
    preamble = "preamble" in part.iri.rpartition("/")[2]
    position = part.one("sl:position")
    return (0 if preamble else 1, int(position) if position.isdigit() else 0, part.iri)


def _norm(norm: Thing) -> Item:
    """Return a norm as who bears it, of what kind it is, and what it is about."""
    kind = _words(norm, "sl:normKind") or _words(norm, "sl:statementKind")
    who = _words(norm, "sl:bearer")
    title = norm.label.partition(" (")[0]
    says = norm.one("sl:assertedBy")
    record = Ref(author(says), norm.graph.ref(says).href, "Says so") if says else None
    return Item(Ref(title, norm.ref.href), norm.text, kind, record, who[:1].upper() + who[1:])


def _words(thing: Thing, *names: str) -> str:
    return ", ".join(ref.text for name in names for ref in thing.refs(name))


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
    by_text: dict[str, list[Item]] = {}
    texts: dict[str, Thing] = {}
    for place, other, citation in _pairs(thing, here, there):
        whole = whole_of(other)[0]
        name = number_in(other, whole) if other.iri != whole.iri else "the whole text"
        own = f"on {number_in(place, thing)}" if place.iri != thing.iri else ""
        own = own.replace("on ", "in ", 1) if here == "sl:citingText" else own
        item = Item(
            Ref(name, other.ref.href), own, _words(citation, "sl:citationMode"), citation.ref
        )
        texts[whole.iri] = whole
        by_text.setdefault(whole.iri, []).append(item)
    listed = [
        Item(
            Ref("This text itself") if iri == whole_of(thing)[0].iri else texts[iri].ref,
            places=tuple(places),
        )
        for iri, places in by_text.items()
    ]
    return section(title, listed, "By the citations that were read in the texts.")


def _pairs(thing: Thing, here: str, there: str) -> Iterator[tuple[Thing, Thing, Thing]]:
    """Yield each place of a text, the place elsewhere that a citation joins it with, and that."""
    for citation in (c for iri in thing.parts for c in thing.graph.into(iri, here)):
        place = citation.things(here)[0]
        yield from ((place, other, citation) for other in citation.things(there))


def reuse(thing: Thing) -> list[Section]:
    """Return the provisions of other texts with the same words, the earlier ones first."""
    shares: dict[tuple[str, str], list[str]] = {}
    records: dict[tuple[str, str], Ref] = {}
    for here, there in (("sl:laterText", "sl:earlierText"), ("sl:earlierText", "sl:laterText")):
        for found in (t for iri in thing.parts for t in thing.graph.into(iri, here)):
            key = (found.one(there), found.one(here))
            shares.setdefault(key, []).append(_share(found))
            records.setdefault(key, Ref("measured", found.ref.href, found.label))
    items = [
        Item(thing.graph.ref(other), _told(thing, own, texts), record=records[other, own])
        for (other, own), texts in shares.items()
    ]
    title = "Corresponding provisions elsewhere"
    return section(
        title, items, "How many of the words of the earlier provision the later one has again."
    )


def _share(found: Thing) -> str:
    measured = found.things("prov:wasGeneratedBy")
    tags = [tag for m in measured for tag in m.all("dcterms:language")]
    names = "".join(f" in {LANGUAGES.get(tag, tag)}" for tag in tags)
    return f"{float(found.one('sl:earlierShare')):.0%}{names}"


def _told(thing: Thing, own: str, shares: Iterable[str]) -> str:
    place = thing.graph.thing(own)
    name = f"{number_in(place, thing)}: " if place and own != thing.iri else ""
    return f"{name}{', '.join(shares)}"
