"""All resources of the real release in all formats, over HTTP, say what the sources state."""

import http.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox
import pytest

from server.compile import conformance
from server.rdf.description import describe
from server.rdf.formats import DATA_FORMATS, Format
from server.rdf.iris import path_of, rebase
from server.rdf.terms import canonical_nquads, graph_of, moved
from server.rdf.terms import stated as in_default_graph
from server.rdf.vocabulary import graph_iri
from tests.command import ROOT, Site
from tests.reading import read

Descriptions = dict[str, list[ox.Quad]]


@pytest.fixture(scope="module")
def stated(site: Site) -> Descriptions:
    """Return what the sources state of each resource, with IRIs as the site has them."""
    _, quads = conformance.dataset(ROOT, lambda _: None)
    own = [q for q in quads if graph_of(q) != graph_iri("inferred")]
    found = describe([moved(q, lambda iri: rebase(iri, site.base)) for q in own], site.base)
    terms = graph_iri("ontology", site.base)
    whole = [moved(q, lambda iri: rebase(iri, site.base)) for q in own]
    return found | {site.base + "def": [q for q in whole if graph_of(q) == terms]}


def told(quads: Iterable[ox.Quad]) -> object:
    """Return what two graphs share that are the same."""
    found = frozenset(quads)
    blank = any(isinstance(x, ox.BlankNode) for q in found for x in (q.subject, q.object))
    return canonical_nquads(found) if blank else found


@pytest.mark.parametrize("fmt", DATA_FORMATS, ids=lambda f: f.key)
def test_each_resource_is_what_the_sources_state(
    site: Site, stated: Descriptions, fmt: Format
) -> None:
    def differing(iris: list[str]) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        return [iri for iri in iris if not _same(connection, iri)]

    def _same(connection: http.client.HTTPConnection, iri: str) -> bool:
        connection.request("GET", f"/doc{path_of(iri, site.base)}.{fmt.key}")
        answer = connection.getresponse()
        body = answer.read()
        quads = stated[iri]
        # Formats of quads have what is stated in the default graph too.
        wanted = (
            [*quads, *in_default_graph(quads, site.base)]
            if fmt.kind == "quads"
            else [ox.Quad(*q.triple) for q in quads]
        )
        return answer.status == 200 and told(read(body, fmt)) == told(wanted)

    iris = list(stated)
    with ThreadPoolExecutor(4) as pool:
        parts = pool.map(differing, [iris[i::4] for i in range(4)])
        wrong = [iri for part in parts for iri in part]
    assert len(iris) > 3000
    assert not wrong
