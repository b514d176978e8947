"""Namespaces, named graphs and prefixes of the dataset, all on the canonical base IRI."""

import re

CANONICAL_BASE = "https://w3id.org/spacelaw/"
SL = CANONICAL_BASE + "def/"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER = "The spacelaw authors"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
DCTERMS = "http://purl.org/dc/terms/"
SH = "http://www.w3.org/ns/shacl#"

RDF_TYPE = RDF + "type"
RDFS_LABEL = RDFS + "label"
SKOS_PREF_LABEL = SKOS + "prefLabel"
SKOS_DEFINITION = SKOS + "definition"
DCTERMS_DESCRIPTION = DCTERMS + "description"

# Layers of provenance first, in the order of precedence; then what describes and constrains them.
LAYERS = ("official", "paper", "editor")
GRAPHS = (*LAYERS, "derived", "ontology", "shapes", "catalog", "inferred")

# Left out of the default graph of a query, so that what was entailed is never taken for stated.
NOT_IN_DEFAULT_GRAPH = frozenset({"inferred"})

# The graph in which a store elsewhere holds the merge of all that is stated.
STATED = "default"

PREFIXES = {
    "sl": SL,
    "as": "https://www.w3.org/ns/activitystreams#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": DCTERMS,
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": OWL,
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": SH,
    "skos": SKOS,
    "vann": "http://purl.org/vocab/vann/",
    "void": "http://rdfs.org/ns/void#",
    "xsd": XSD,
}

# Further vocabularies of descriptions of the dataset; queries do not get their prefixes declared.
EXTRA_PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "cito": "http://purl.org/spar/cito/",
    "dcatap": "http://data.europa.eu/r5r/",
    "format": "http://www.w3.org/ns/formats/",
    "ldes": "https://w3id.org/ldes#",
    "spdx": "http://spdx.org/rdf/terms#",
    "tree": "https://w3id.org/tree#",
    "voidext": "http://ldf.fi/void-ext#",
}


def expand(name: str) -> str:
    """Return the IRI of a prefixed name, such as void:Dataset, or the IRI that was given."""
    prefix, _, local = name.partition(":")
    namespace = PREFIXES.get(prefix) or EXTRA_PREFIXES.get(prefix)
    return name if namespace is None or local.startswith("//") else namespace + local


def graph_iri(name: str, base: str = CANONICAL_BASE) -> str:
    """Return the IRI of the named graph called `name` on `base`."""
    return f"{base}graph/{name}"


def prefixes(base: str = CANONICAL_BASE) -> dict[str, str]:
    """Return prefix declarations for a dataset published on `base`; only ours depend on it."""
    return {
        p: base + ns.removeprefix(CANONICAL_BASE) if ns == SL else ns for p, ns in PREFIXES.items()
    }


def prefixed(iri: str, base: str = CANONICAL_BASE) -> str:
    """Return the prefixed name of an IRI that has one, else ""."""
    for prefix, namespace in prefixes(base).items():
        local = iri.removeprefix(namespace)
        if local != iri and re.fullmatch(r"[\w-]+", local, re.ASCII):
            return f"{prefix}:{local}"
    return ""
