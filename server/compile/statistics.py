"""What a release tells of its own quality: facts by source, and the SHACL validation report."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from server.rdf.terms import canonical_nquads, graph_of, subject_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    DCTERMS,
    LAYERS,
    RDF_TYPE,
    RDFS_LABEL,
    SL,
    graph_iri,
)
from server.release.manifest import REPORT, STATISTICS

_SOURCE = DCTERMS + "source"
_PAPER = CANONICAL_BASE + "id/source/liao-2013"
# What says how a description is known is no fact about its subject; nor is its name.
_NOT_FACTS = {_SOURCE, SL + "confidence", SL + "locator", RDF_TYPE, RDFS_LABEL}


def facts_by_source(quads: Iterable[ox.Quad]) -> dict[str, dict[str, list[int]]]:
    """Return, for each layer and source, how many descriptions and facts rest on it.

    `quads` carry canonical IRIs. A description with two sources counts for both; one without any
    counts under ""; descriptions of sources have none and are left out. In graph/paper the paper
    itself is the source of all.
    """
    by_layer: dict[str, dict[str, list[int]]] = {}
    layers = {graph_iri(name): name for name in LAYERS}
    descriptions: dict[tuple[str, str], list[ox.Quad]] = defaultdict(list)
    for quad in quads:
        if graph_of(quad) in layers:
            descriptions[layers[graph_of(quad)], subject_of(quad).value].append(quad)
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for (layer, _), own in descriptions.items():
        if _is_source(own):
            continue
        facts = sum(q.predicate.value not in _NOT_FACTS for q in own)
        for source in _sources(own, layer):
            counts[layer][source, "descriptions"] += 1
            counts[layer][source, "facts"] += facts
    for layer, counter in counts.items():
        by_layer[layer] = {
            source: [counter[source, "descriptions"], counter[source, "facts"]]
            for source in sorted({source for source, _ in counter})
        }
    return by_layer


def _is_source(own: Iterable[ox.Quad]) -> bool:
    kinds = {SL + "Source", SL + "ScholarlyWork"}
    return any(q.predicate.value == RDF_TYPE and str(q.object)[1:-1] in kinds for q in own)


def _sources(own: Iterable[ox.Quad], layer: str) -> list[str]:
    quads = list(own)
    named = {
        q.object.value
        for q in quads
        if q.predicate.value == _SOURCE and isinstance(q.object, ox.NamedNode)
    }
    if named or layer != "paper":
        return sorted(named) or [""]
    return [_PAPER]


def write(folder: Path, quads: Iterable[ox.Quad]) -> None:
    """Write the statistics into a release folder, with canonical IRIs."""
    text = json.dumps({"sources": facts_by_source(quads)}, indent=1, sort_keys=True)
    (folder / STATISTICS).write_text(text + "\n", "utf-8")


def write_report(folder: Path, quads: Iterable[ox.Quad], base: str) -> None:
    """Write the SHACL report of a release: all graphs are checked but shapes and inferences."""
    left_out = {graph_iri("shapes", base), graph_iri("inferred", base)}
    checked = sorted({graph_of(q) for q in quads} - left_out)
    report = render("validation_report.ttl", base, graphs=checked)
    (folder / REPORT).write_bytes(canonical_nquads(report))
