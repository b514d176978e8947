"""What a release tells harvesters of itself: counts (VoID), the catalogue (DCAT 3), its hashes."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from server.compile.dumps import FOLDER, File
from server.compile.partitions import key_of, partitions
from server.rdf.terms import canonical_nquads, select, store_of
from server.rdf.turtle_template import render
from server.rdf.vocabulary import (
    CANONICAL_BASE,
    EXTRA_PREFIXES,
    GRAPHS,
    PREFIXES,
    RDF_TYPE,
    graph_iri,
    prefixes,
)
from server.release.changes import Changes
from server.release.manifest import CATALOG, VOID, Manifest

_TITLE = "The law of outer space as linked data"
_EXAMPLES = ("id/treaty/1967/outer-space", "id/organization/copuos", "id/source/liao-2013")
_PAPER = "id/source/liao-2013"

_TOTALS = """
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
{ ?s ?p ?o }"""
_ENTITIES = 'SELECT (COUNT(DISTINCT ?s) AS ?entities) { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "%s")) }'
_CLASSES = """
SELECT ?iri (COUNT(DISTINCT ?s) AS ?entities)
{ ?s a ?iri FILTER(isIRI(?iri)) } GROUP BY ?iri ORDER BY ?iri"""
_PROPERTIES = """
SELECT ?iri (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
    (COUNT(DISTINCT ?o) AS ?objects)
{ ?s ?iri ?o } GROUP BY ?iri ORDER BY ?iri"""
# How many statements lead to each other site by each property (VoID section 5).
_LINKS = """
SELECT ?site ?iri (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects)
    (COUNT(DISTINCT ?o) AS ?objects)
{
  ?s ?iri ?o
  FILTER(isIRI(?s) && isIRI(?o) && STRSTARTS(STR(?s), "%(base)s") && ?iri != <%(type)s>)
  %(elsewhere)s
  BIND(REPLACE(STR(?o), "^([a-z]+://[^/?#]+/).*$", "$1") AS ?site)
  FILTER(?site != STR(?o) || STRENDS(?site, "/"))
} GROUP BY ?site ?iri ORDER BY ?site ?iri"""
# What the catalogue of the sources says of the dataset and of each graph.
_TEXTS = "SELECT ?iri ?text { GRAPH <%s> { ?iri dcterms:description ?text } }"
_DAYS = """
SELECT (MIN(?day) AS ?first) (MAX(?day) AS ?last)
{ GRAPH <%s> { ?s ?p ?day FILTER(DATATYPE(?day) = xsd:date) } }"""


def write(folder: Path, manifest: Manifest, quads: list[ox.Quad], files: list[File]) -> Manifest:
    """Write what is told of a release, which holds `quads` and offers `files`, into its folder.

    Returns the manifest with the hashes of all files in the folder.
    """
    first = next((v.issued for v in Changes(folder).versions()), "")
    store = store_of(quads, manifest.base)
    described = partitions(quads, manifest.base) + void(store, manifest, first, files)
    (folder / VOID).write_bytes(canonical_nquads(described))
    (folder / CATALOG).write_bytes(canonical_nquads(catalogue(store, manifest, first, files)))
    hashes = {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
    return replace(manifest, files=hashes)


def void(store: ox.Store, manifest: Manifest, first: str, files: Iterable[File]) -> list[ox.Quad]:
    """Return the VoID description of a release; `first` is when the first on record was issued.

    The dataset's own counts are those of the endpoint's default graph: a triple of two graphs
    counts once, and graph/inferred not at all. Each named graph has counts of its own.
    """
    base = manifest.base
    whole = _counts(store, f"{base}id/dataset", "", base)
    present = {graph.value for graph in store.named_graphs()}
    names = [name for name in GRAPHS if graph_iri(name, base) in present]
    used = {row["iri"] for row in (*whole["classes"], *whole["properties"])}
    return render(
        "void.ttl",
        base,
        key=lambda iri: key_of(iri, base),
        datasets=[whole, *(_counts(store, graph_iri(name, base), name, base) for name in names)],
        links=_links(store, base),
        vocabularies=sorted(
            space for space in prefixes(base).values() if any(iri.startswith(space) for iri in used)
        ),
        examples=[base + path for path in _EXAMPLES if _is_described(store, base + path)],
        description=_texts(store, base).get(f"{base}id/dataset", _TITLE),
        dumps=[f"{FOLDER}/{manifest.release}/{f.name}" for f in files if f.coding and not f.graph],
        version=manifest.version,
        issued=manifest.issued,
        first=first,
    )


def catalogue(
    store: ox.Store, manifest: Manifest, first: str, files: Iterable[File]
) -> list[ox.Quad]:
    """Return the catalogue of a release; `first` is when the first on record was issued."""
    base, texts = manifest.base, _texts(store, manifest.base)
    by_graph = ((name, [f for f in files if f.graph == name]) for name in ("", *GRAPHS))
    (days,) = select(store, _DAYS % graph_iri("official", base), prefixes=PREFIXES)
    return render(
        "catalogue.ttl",
        base,
        datasets=[(name, own) for name, own in by_graph if own],
        texts=texts,
        canonical=CANONICAL_BASE,
        whole=_TITLE,
        folder=f"{FOLDER}/{manifest.release}",
        version=manifest.version,
        issued=manifest.issued,
        first=first,
        days=days,
        paper=base + _PAPER if _is_described(store, base + _PAPER) else "",
    )


def _counts(store: ox.Store, iri: str, graph: str, base: str) -> dict[str, Any]:
    """Return the counts of a named graph, or of the default graph where `graph` is ""."""
    of = ox.NamedNode(iri) if graph else ox.DefaultGraph()
    (total,) = select(store, _TOTALS, default_graph=of)
    (named,) = select(store, _ENTITIES % base, default_graph=of)
    classes = select(store, _CLASSES, default_graph=of)
    properties = select(store, _PROPERTIES, default_graph=of)
    key = f"{graph}-" if graph else ""
    return {"iri": iri, "key": key, **total, **named, "classes": classes, "properties": properties}


def _links(store: ox.Store, base: str) -> list[dict[str, str]]:
    # Terms of vocabularies are no things of another site.
    ours = (base, *PREFIXES.values(), *EXTRA_PREFIXES.values())
    elsewhere = " ".join(f'FILTER(!STRSTARTS(STR(?o), "{space}"))' for space in ours)
    return select(store, _LINKS % {"base": base, "type": RDF_TYPE, "elsewhere": elsewhere})


def _is_described(store: ox.Store, iri: str) -> bool:
    return next(store.quads_for_pattern(ox.NamedNode(iri), None, None), None) is not None


def _texts(store: ox.Store, base: str) -> dict[str, str]:
    rows = select(store, _TEXTS % graph_iri("catalog", base), prefixes=PREFIXES)
    return {row["iri"]: row["text"] for row in rows}
