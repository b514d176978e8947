"""What a release tells of its own quality: facts by source, and the SHACL validation report."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from server.rdf.terms import canonical_nquads, graph_of, select
from server.rdf.turtle_template import render
from server.rdf.vocabulary import CANONICAL_BASE, PREFIXES, graph_iri
from server.release.manifest import REPORT

# What says how a description is known is no fact about its subject; nor is its name. In graph/paper
# the paper itself is the source of all that names none.
_FACTS = f"""
SELECT ?layer ?source (COUNT(DISTINCT ?thing) AS ?descriptions) (COUNT(?fact) AS ?facts) {{
  VALUES (?layer ?graph ?otherwise) {{
    ("official" <{graph_iri("official")}> "")
    ("paper" <{graph_iri("paper")}> <{CANONICAL_BASE}id/source/liao-2013>)
    ("editor" <{graph_iri("editor")}> "") }}
  GRAPH ?graph {{
    ?thing ?property ?value
    MINUS {{ ?thing a sl:Source }}
    MINUS {{ ?thing a sl:ScholarlyWork }}
    OPTIONAL {{ ?thing dcterms:source ?named FILTER(isIRI(?named)) }}
  }}
  BIND(COALESCE(?named, ?otherwise) AS ?source)
  BIND(IF(?property IN (dcterms:source, sl:confidence, sl:locator, rdf:type, rdfs:label),
    ?none, true) AS ?fact)
}} GROUP BY ?layer ?source"""


def facts_by_source(store: ox.Store) -> dict[str, dict[str, list[int]]]:
    """Return, for each layer and source, how many descriptions and facts rest on it.

    The store carries canonical IRIs. A description with two sources counts for both; one without
    any counts under ""; descriptions of sources have none and are left out.
    """
    by_layer: dict[str, dict[str, list[int]]] = defaultdict(dict)
    for row in select(store, _FACTS, prefixes=PREFIXES):
        by_layer[row["layer"]][row["source"]] = [int(row["descriptions"]), int(row["facts"])]
    return by_layer


def write_report(folder: Path, quads: Iterable[ox.Quad], base: str) -> None:
    """Write the SHACL report of a release: all graphs are checked but shapes and inferences."""
    left_out = {graph_iri("shapes", base), graph_iri("inferred", base)}
    checked = sorted({graph_of(q) for q in quads} - left_out)
    report = render("validation_report.ttl", base, graphs=checked)
    (folder / REPORT).write_bytes(canonical_nquads(report))
