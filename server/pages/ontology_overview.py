"""The overview of the ontology: its topmost classes, and what joins them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from server.pages.page_model import Overview
from server.pages.release_graph import Graph, Thing


def overview(graph: Graph, tops: Sequence[Thing], use: Callable[[Thing], int]) -> Overview:
    """Return the classes `tops`, the most joined first; `use` returns how many things one has."""
    names = _properties_between(graph, {t.iri for t in tops})
    degree = Counter(iri for pair in names for iri in set(pair))
    ranked = sorted(tops, key=lambda t: (-degree[t.iri], t.label))
    rows = {t.iri: row for row, t in enumerate(ranked)}
    return Overview(
        [(replace(t.ref, note=t.text), use(t)) for t in ranked],
        [(rows[a], rows[b], ", ".join(names[a, b])) for a, b in sorted(names)],
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
