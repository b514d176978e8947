"""Every identifier that the site publishes dereferences, from any other."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import local
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

from tests.command import Answer, Site, ask

VERSION = "http://www.w3.org/2002/07/owl#versionIRI"
ROOTS = {"id", "def", "shape", "graph"}  # of identifiers
START = "id/treaty/1967/outer-space"
TURTLE = {"Accept": "text/turtle"}
kept = local()  # a connection for each thread: thousands of new ones take longer than the answers


def turtle(iri: str) -> Answer:
    """Return the answer to one who wants Turtle, over the connection of this thread."""
    parts = urlsplit(iri)
    if not hasattr(kept, "connection"):
        kept.connection = HTTPConnection(parts.netloc, timeout=60)
    kept.connection.request("GET", iri.partition(parts.netloc)[2], headers=TURTLE)
    response = kept.connection.getresponse()
    return Answer(response.status, response.headers, response.read())


def published(iri: str, site: Site) -> Iterable[str]:
    """Return the IRIs under the served base in the Turtle that `iri` leads to.

    Versions of the ontology name what was given up since, which tells its successor.
    """
    seeother = turtle(iri)
    if iri.removeprefix(site.base).partition("/")[0] not in ROOTS:  # a page that terms lead to
        assert seeother.status == 200, f"{iri}: {seeother.status}"
        return set()
    if seeother.status in (301, 410):
        assert iri not in subjects(site)
        return set()
    assert seeother.status == 303, f"{iri}: {seeother.status}"
    assert "Accept" in seeother.headers["Vary"]
    found = turtle(seeother.headers["Location"])
    assert found.status == 200, f"{iri}: {found.status}"
    assert found.headers["Content-Type"].startswith("text/turtle")
    triples = list(ox.parse(found.body, ox.RdfFormat.TURTLE))
    # The document of a version describes the ontology by its own IRI, and names the version there.
    assert any(t.subject.value == iri or is_version(t, iri) for t in triples), iri
    terms = [term for t in triples for term in (t.subject, t.predicate, t.object)]
    return {t.value for t in terms if isinstance(t, ox.NamedNode) and t.value.startswith(site.base)}


def is_version(statement: ox.Triple, iri: str) -> bool:
    return (statement.predicate.value, statement.object) == (VERSION, ox.NamedNode(iri))


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
    assert roots >= ROOTS


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
