"""What a dataset holds, counted by SPARQL: classes, properties, and links to other sites."""

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyoxigraph as ox

from server.rdf.vocabulary import EXTRA_PREFIXES, PREFIXES, RDF_TYPE, prefixed

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

Row = dict[str, str]


@dataclass(frozen=True)
class Counts:
    """The counts of one dataset (VoID section 2): of the whole, or of a named graph."""

    iri: str
    key: str
    triples: str
    subjects: str
    objects: str
    entities: str
    classes: list[Row]
    properties: list[Row]


def counts(store: ox.Store, iri: str, key: str, graph: str, base: str) -> Counts:
    """Return the counts of a graph of the store, of the default graph where `graph` is ""."""
    (total,) = _rows(store, _TOTALS, graph)
    (named,) = _rows(store, _ENTITIES % base, graph)
    classes = [row | {"key": key_of(row["iri"], base)} for row in _rows(store, _CLASSES, graph)]
    properties = [
        row | {"key": key_of(row["iri"], base)} for row in _rows(store, _PROPERTIES, graph)
    ]
    return Counts(iri, key, **total, **named, classes=classes, properties=properties)


def links(store: ox.Store, base: str) -> list[Row]:
    """Return, for each other site and property, how many statements lead there (VoID section 5)."""
    # Terms of vocabularies are no things of another site.
    ours = (base, *PREFIXES.values(), *EXTRA_PREFIXES.values())
    elsewhere = " ".join(f'FILTER(!STRSTARTS(STR(?o), "{space}"))' for space in ours)
    query = _LINKS % {"base": base, "type": RDF_TYPE, "elsewhere": elsewhere}
    return [
        row | {"key": key_of(row["iri"], base), "site_key": key_of(row["site"], base)}
        for row in _rows(store, query, "")
    ]


def _rows(store: ox.Store, query: str, graph: str) -> list[Row]:
    default = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    solutions = store.query(query, default_graph=default)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("only SELECT queries count")
    names = [variable.value for variable in solutions.variables]
    return [{name: row[name].value for name in names} for row in solutions]


def key_of(iri: str, base: str) -> str:
    """Return a short and lasting name for an IRI, fit for a fragment."""
    if name := prefixed(iri, base):
        return name.replace(":", "-")
    host = urlsplit(iri).netloc if iri.endswith("/") else ""
    return host.replace(":", "-") or hashlib.sha256(iri.encode()).hexdigest()[:12]
