"""The dataset's descriptions of itself: counts (VoID) and the catalogue (DCAT 3, DCAT-AP 3)."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from server.compile.counts import counts, links
from server.compile.dumps import FOLDER, File
from server.compile.partitions import partitions
from server.rdf.datatypes import Day, day
from server.rdf.terms import graph_of, store_of, subject_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    DCTERMS,
    GRAPHS,
    RDF_TYPE,
    XSD,
    graph_iri,
    prefixes,
)

_TITLE = "The law of outer space as linked data"
_EXAMPLES = ("id/treaty/1967/outer-space", "id/organization/copuos", "id/source/liao-2013")
_PAPER = "id/source/liao-2013"


@dataclass(frozen=True)
class Published:
    """What the catalogue says of a release; `version` and `issued` may be empty.

    `first` is when the first release on record was issued, "" before there is one.
    """

    base: str
    release: str
    version: str
    issued: str
    first: str = ""


def void(published: Published, files: Iterable[File], quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return the VoID description of a release, which holds `quads` and offers `files`.

    The dataset's own counts are those of the endpoint's default graph: a triple of two graphs
    counts once, and graph/inferred not at all. Each named graph has counts of its own.
    """
    base = published.base
    store = store_of(quads, base)
    whole = counts(store, f"{base}id/dataset", "", "", base)
    present = {graph.value for graph in store.named_graphs()}
    named = [(name, graph_iri(name, base)) for name in GRAPHS if graph_iri(name, base) in present]
    used = {row["iri"] for row in (*whole.classes, *whole.properties)}
    return partitions(quads, base) + render(
        "void.ttl",
        base,
        datasets=[whole, *(counts(store, iri, f"{name}-", iri, base) for name, iri in named)],
        links=links(store, base),
        vocabularies=sorted(
            space for space in prefixes(base).values() if any(iri.startswith(space) for iri in used)
        ),
        examples=[iri for iri in (base + path for path in _EXAMPLES) if _is_described(store, iri)],
        description=_texts(quads, base).get(f"{base}id/dataset", _TITLE),
        dumps=[f"{FOLDER}/{published.release}/{f.name}" for f in files if f.coding and not f.graph],
        version=published.version,
        issued=published.issued,
        first=published.first,
    )


def _is_described(store: ox.Store, iri: str) -> bool:
    return next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None) is not None


def catalogue(published: Published, files: Iterable[File], quads: list[ox.Quad]) -> list[ox.Quad]:
    """Return the catalogue of a release, which holds `quads` and offers `files`."""
    base, days, paper = published.base, set[Day](), ""
    for q in quads:
        graph, subject = graph_of(q), subject_of(q).value
        if subject == base + _PAPER and q.predicate.value == RDF_TYPE:
            paper = subject
        if not isinstance(q.object, ox.Literal):
            continue
        if graph == graph_iri("official", base) and q.object.datatype.value == XSD + "date":
            days.add(day(q.object.value))
    texts = _texts(quads, base)
    by_graph = [(name, [f for f in files if f.graph == name]) for name in ("", *GRAPHS)]
    return render(
        "catalogue.ttl",
        base,
        datasets=[_dataset(name, own, texts, base) for name, own in by_graph if own],
        folder=f"{FOLDER}/{published.release}",
        version=published.version,
        issued=published.issued,
        first=published.first,
        days=(min(days), max(days)) if days else None,
        paper=paper,
    )


def _texts(quads: Iterable[ox.Quad], base: str) -> dict[str, str]:
    """Return what the catalogue of the sources says of the dataset and of each graph."""
    graph = graph_iri("catalog", base)
    return {
        subject_of(q).value: q.object.value
        for q in quads
        if graph_of(q) == graph
        and q.predicate.value == DCTERMS + "description"
        and isinstance(q.object, ox.Literal)
    }


def _dataset(name: str, files: list[File], texts: dict[str, str], base: str) -> dict[str, object]:
    iri = graph_iri(name, base) if name else f"{base}id/dataset"
    title = f"{_TITLE}: graph/{name}" if name else _TITLE
    return {
        "iri": iri,
        "title": title,
        "description": texts.get(iri, title),
        "identifier": CANONICAL_BASE + iri.removeprefix(base),
        "files": files,
    }
