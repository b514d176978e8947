"""What the SPARQL endpoint says of itself (SPARQL 1.1 Service Description), from the release."""

from collections.abc import Iterator, Sequence

import pyoxigraph as ox

from server.rdf.formats import Format
from server.rdf.serialization import serialize
from server.rdf.vocabulary import NOT_IN_DEFAULT_GRAPH, PREFIXES, RDF_TYPE, XSD, graph_iri
from server.release.manifest import Manifest

_SD, _VOID = PREFIXES["sd"], PREFIXES["void"]
_FORMATS = "http://www.w3.org/ns/formats/"
_RESULT_FORMATS = (
    *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
    *("Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads"),
)
_ENTAILMENT = "http://www.w3.org/ns/entailment/"
_RL = "http://www.w3.org/ns/owl-profile/RL"

Statement = tuple[str, str, str | int]


def service_description(manifest: Manifest, fmt: Format, functions: Sequence[str] = ()) -> bytes:
    """Return the service description of the endpoint at `sparql`, in an RDF format.

    `functions` are the IRIs of those that queries may call beside the standard ones.
    """
    quads = [
        ox.Quad(ox.NamedNode(s), ox.NamedNode(p), _term(o))
        for s, p, o in (*_statements(manifest), *_functions(manifest.base, functions))
    ]
    return serialize(quads, fmt, manifest.base, f"{manifest.base}sparql#service")


def _term(value: str | int) -> ox.NamedNode | ox.Literal:
    if isinstance(value, int):
        return ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))
    return ox.NamedNode(value)


def _statements(manifest: Manifest) -> Iterator[Statement]:
    base = manifest.base
    endpoint, service = f"{base}sparql", f"{base}sparql#service"
    dataset, graphs = f"{base}sparql#dataset", f"{base}sparql#graphs"
    yield service, RDF_TYPE, _SD + "Service"
    yield service, _SD + "endpoint", endpoint
    yield service, _SD + "supportedLanguage", _SD + "SPARQL11Query"
    for name in _RESULT_FORMATS:
        yield service, _SD + "resultFormat", _FORMATS + name
    yield service, _SD + "defaultEntailmentRegime", _ENTAILMENT + "Simple"
    yield service, _SD + "defaultDataset", dataset
    yield service, _SD + "availableGraphs", graphs
    yield graphs, RDF_TYPE, _SD + "GraphCollection"
    yield dataset, RDF_TYPE, _SD + "Dataset"
    yield dataset, _SD + "defaultGraph", f"{base}sparql#default-graph"
    yield f"{base}sparql#default-graph", RDF_TYPE, _SD + "Graph"
    yield f"{base}id/dataset", _VOID + "sparqlEndpoint", endpoint
    for name, count in manifest.graphs.items():
        yield from _named(base, name, count)


def _functions(base: str, functions: Sequence[str]) -> Iterator[Statement]:
    for iri in functions:
        yield f"{base}sparql#service", _SD + "extensionFunction", iri
        yield iri, RDF_TYPE, _SD + "Function"


def _named(base: str, name: str, count: int) -> Iterator[Statement]:
    entry, graph = f"{base}sparql#graph-{name}", f"{base}sparql#{name}"
    for collection in ("dataset", "graphs"):
        yield f"{base}sparql#{collection}", _SD + "namedGraph", entry
    yield entry, RDF_TYPE, _SD + "NamedGraph"
    yield entry, _SD + "name", graph_iri(name, base)
    yield entry, _SD + "graph", graph
    yield graph, RDF_TYPE, _SD + "Graph"
    yield graph, _VOID + "triples", count
    if name in NOT_IN_DEFAULT_GRAPH:
        yield entry, _SD + "entailmentRegime", _ENTAILMENT + "OWL-RDF-Based"
        yield entry, _SD + "supportedEntailmentProfile", _RL
