"""Every identifier that the site publishes dereferences, from any other."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pyoxigraph as ox
import pytest

from tests.command import Site, ask

pytestmark = pytest.mark.xdist_group("live")

START = "id/treaty/1967/outer-space"


def published(iri: str, site: Site) -> Iterable[str]:
    """Return the IRIs under the served base in the Turtle that `iri` leads to."""
    seeother = ask(iri, {"Accept": "text/turtle"})
    assert seeother.status == 303, f"{iri}: {seeother.status}"
    assert "Accept" in seeother.headers["Vary"]
    found = ask(seeother.headers["Location"], {"Accept": "text/turtle"})
    assert found.status == 200, f"{iri}: {found.status}"
    assert found.headers["Content-Type"].startswith("text/turtle")
    triples = list(ox.parse(found.body, ox.RdfFormat.TURTLE))
    assert any(t.subject.value == iri for t in triples), f"{iri} is not described"
    terms = [term for t in triples for term in (t.subject, t.predicate, t.object)]
    return {t.value for t in terms if isinstance(t, ox.NamedNode) and t.value.startswith(site.base)}


def subjects(site: Site) -> set[str]:
    """Return all IRIs that the store describes, by one query."""
    query = b"SELECT DISTINCT ?s { ?s ?p ?o FILTER(isIRI(?s)) }"
    headers = {"Content-Type": "application/sparql-query", "Accept": "text/csv"}
    found = ask(site.base + "sparql", headers, query).body.decode().split()[1:]
    return {iri for iri in found if iri.startswith(site.base)}


def test_each_iri_under_the_base_dereferences_in_turn(site: Site) -> None:
    seen = {site.base + START} | subjects(site)
    assert len(seen) > 3000
    todo = sorted(seen)
    with ThreadPoolExecutor(4) as pool:
        while todo:
            found = set().union(*pool.map(lambda iri: published(iri, site), todo))
            todo = sorted(found - seen)
            seen |= found
    roots = {iri.removeprefix(site.base).partition("/")[0] for iri in seen}
    assert roots == {"id", "def", "shape", "graph"}


@pytest.mark.parametrize(
    "path",
    [
        START,
        f"{START}/article/9",
        "def/Treaty",
        "shape/Treaty",
        "graph/official",
        "def",
        "id/organization/copuos",
    ],
)
def test_kinds_of_identifier_have_pages(site: Site, path: str) -> None:
    page = ask(ask(site.base + path).headers["Location"], {"Accept": "text/html"})
    assert page.status == 200
    assert "<h1>" in page.body.decode()
