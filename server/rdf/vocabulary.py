"""Namespaces, named graphs and prefixes of the dataset, all on the canonical base IRI."""

CANONICAL_BASE = "https://w3id.org/spacelaw/"
SL = CANONICAL_BASE + "def/"

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


def graph_iri(name: str, base: str = CANONICAL_BASE) -> str:
    """Return the IRI of the named graph called `name` on `base`."""
    return f"{base}graph/{name}"


def prefixes(base: str = CANONICAL_BASE) -> dict[str, str]:
    """Return prefix declarations for a dataset published on `base`; only ours depend on it."""
    return {
        p: base + ns.removeprefix(CANONICAL_BASE) if ns == SL else ns for p, ns in PREFIXES.items()
    }
