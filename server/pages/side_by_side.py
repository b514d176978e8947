"""Tables that set texts side by side: by topic, or by the words that one uses again of another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.pages.law_records import nature, number_in, passages, share
from server.pages.release_graph import Thing
from server.pages.wording import Item, Ref, day

Cells = tuple[tuple[Item, ...], ...]


@dataclass(frozen=True)
class Comparison:
    """Columns with what each is about, and rows with a cell of entries for each column."""

    columns: tuple[Item, ...]
    rows: tuple[tuple[Ref, Cells], ...]
    note: str = ""


def by_topic(texts: Sequence[Thing]) -> Comparison:
    """Return the provisions of texts by topic, what several texts share first.

    A provision without a topic stands under its heading, or under `Other provisions`.
    """
    cells: dict[Ref, list[list[Item]]] = defaultdict(lambda: [[] for _ in texts])
    for column, text in enumerate(texts):
        for part in text.graph.things(text.parts[1:]):
            for subject in _subjects(part):
                cells[subject][column] += _provision(part, text)
    place = {subject: at for at, subject in enumerate(cells)}
    last = Ref("Other provisions")
    ordered = sorted(cells, key=lambda s: (s == last, -sum(map(bool, cells[s])), place[s]))
    rows = tuple((s, tuple(tuple(cell) for cell in cells[s])) for s in ordered)
    note = "" if rows else "No provisions of these texts are on record."
    return Comparison(_columns(texts), rows, note)


def by_words(texts: Sequence[Thing]) -> Comparison:
    """Return the provisions of texts that share words, by the share of the earlier words."""
    owners = {iri: at for at, text in enumerate(texts) for iri in text.parts}
    rows = []
    for reuse in sorted(passages(texts[0].graph, owners), key=share, reverse=True):
        cells: list[tuple[Item, ...]] = [()] * len(texts)
        for part in (*reuse.things("sl:earlierText"), *reuse.things("sl:laterText")):
            cells[owners[part.iri]] += tuple(_provision(part, texts[owners[part.iri]]))
        shared = Ref(f"{share(reuse):.0%} of the earlier words", reuse.ref.href)
        rows.append((shared, tuple(cells)))
    note = (
        "Shared are words in runs of four or more, where chance does not explain it. Only texts "
        "whose words were read are measured; of others nothing is known."
    )
    return Comparison(_columns(texts), tuple(rows), note)


def _columns(texts: Iterable[Thing]) -> tuple[Item, ...]:
    return tuple(Item(t.ref, day(t.date), nature(t)) for t in texts)


def _subjects(part: Thing) -> list[Ref]:
    topics = [Ref(r.text, r.href) for r in part.refs("dcterms:subject")]
    if topics or part.one("sl:heading"):
        return topics or [Ref(part.one("sl:heading"))]
    above = part.things("sl:partOf")
    heading = above[0].one("sl:heading") if above else ""
    leaf = not part.graph.into(part.iri, "sl:partOf")
    return [Ref(heading or "Other provisions")] if leaf else []


def _provision(part: Thing, text: Thing) -> list[Item]:
    """Return a provision with its summary, or with the norms that it lays down."""
    place = number_in(part, text)
    said = part.text or part.one("sl:caption")
    norms = [] if said else part.things("^sl:ground")
    return [Item(Ref(place, part.ref.href), said), *(Item(n.ref, n.text) for n in norms)]
