"""The overview of the ontology: its topmost classes in a column, and arcs for what joins them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from server.pages.page_model import Box, Drawing, Edge
from server.pages.release_graph import Graph, Thing

_WIDTH, _BOX, _HEIGHT, _ROW, _ARC = 760, 300, 34, 48, 26
Pairs = Mapping[tuple[str, str], Sequence[str]]


def overview(graph: Graph, tops: Sequence[Thing], use: Callable[[str], int]) -> Drawing:
    """Return the drawing of the classes `tops`; `use` tells how many things a class has."""
    labels = {t.iri: t.label for t in tops}
    pairs = _pairs(graph, set(labels))
    degree = Counter(iri for pair in pairs for iri in set(pair))
    rows = {
        t.iri: place
        for place, t in enumerate(sorted(tops, key=lambda t: (-degree[t.iri], t.label)))
    }
    boxes = tuple(_box(t, rows[t.iri], use(t.iri)) for t in tops)
    edges = tuple(
        Edge(_arc(rows[a], rows[b]), f"{labels[a]}: {', '.join(names)}: {labels[b]}", "")
        for (a, b), names in sorted(pairs.items())
    )
    text = ". ".join(edge.title for edge in edges)
    title = "The topmost classes, and the properties that join them and what is below them"
    return Drawing(_WIDTH, len(tops) * _ROW + 8, title, text, boxes, edges)


def _pairs(graph: Graph, tops: set[str]) -> Pairs:
    """Return the labels of the properties between classes below two of `tops`, by these two."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    kind = graph.term("owl:ObjectProperty")
    for prop in graph.things(e.iri for e in graph.release.entries(kind, limit=10**6)):
        starts, ends = (
            {top for cls in prop.all(name) for top in graph.ancestry(cls) if top in tops}
            for name in ("rdfs:domain", "rdfs:range")
        )
        for start in starts:
            for end in ends:
                found[start, end].append(prop.label)
    return {pair: sorted(names) for pair, names in found.items()}


def _box(thing: Thing, row: int, count: int) -> Box:
    title = f"{thing.label}: {thing.text}" if thing.text else thing.label
    line = f"{thing.label} ({count:,})" if count else thing.label
    return Box(2, row * _ROW + 4, _BOX, _HEIGHT, (line,), thing.ref.href, title, "")


def _arc(start: int, end: int) -> str:
    """Return the path from one row to another, or back to the same one, right of the boxes."""
    x, spread = _BOX + 2, 6 if end > start else -6
    y1, y2 = (row * _ROW + 4 + _HEIGHT // 2 for row in (start, end))
    y1, y2 = (y1 + spread, y2 - spread) if start != end else (y1 - 10, y1 + 10)
    out = min(_WIDTH - 10, x + 40 + _ARC * abs(end - start))
    return f"M{x} {y1}C{out} {y1} {out} {y2} {x + 8} {y2}"
