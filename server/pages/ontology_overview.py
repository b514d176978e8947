"""The overview of the ontology: its topmost classes in a column, and arcs for what joins them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from server.pages.page_model import Box, Drawing, Edge
from server.pages.release_graph import Graph, Thing

_WIDTH, _BOX, _HEIGHT, _ROW, _ARC = 760, 300, 34, 48, 26  # pixels


def overview(graph: Graph, tops: Sequence[Thing], use: Callable[[Thing], int]) -> Drawing:
    """Return the drawing of the classes `tops`; `use` returns how many things a class has."""
    labels = {t.iri: t.label for t in tops}
    names = _properties_between(graph, set(labels))
    degree = Counter(iri for pair in names for iri in set(pair))
    ranked = sorted(tops, key=lambda t: (-degree[t.iri], t.label))
    rows = {t.iri: row for row, t in enumerate(ranked)}
    edges = tuple(
        Edge(_arc(rows[a], rows[b]), f"{labels[a]}: {', '.join(names[a, b])}: {labels[b]}", "")
        for a, b in sorted(names)
    )
    return Drawing(
        _WIDTH,
        len(tops) * _ROW + 8,
        "The topmost classes, and the properties that join them and what is below them",
        ". ".join(edge.title for edge in edges),
        tuple(_box(t, rows[t.iri], use(t)) for t in tops),
        edges,
    )


def _properties_between(graph: Graph, tops: set[str]) -> Mapping[tuple[str, str], Sequence[str]]:
    """Return the labels of the properties between classes below two of `tops`, by these two."""
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for term in graph.of_type("owl:ObjectProperty"):
        starts, ends = (
            {top for cls in term.all(name) for top in graph.ancestry(cls) if top in tops}
            for name in ("rdfs:domain", "rdfs:range")
        )
        for start in starts:
            for end in ends:
                labels[start, end].append(term.label)
    return {pair: sorted(names) for pair, names in labels.items()}


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
