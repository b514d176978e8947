"""Identifiers of one base are served at the address of another site, or under a path."""

import re
from collections.abc import Iterator

import pytest

from server.compile import pipeline
from server.rdf.vocabulary import CANONICAL_BASE
from tests import tinysource
from tests.served import NO_ENGINE, Client, served

THING = "id/treaty/1967/outer-space"
SITES = {"root": "https://law.example.net/", "path": "https://example.net/space/law/"}


@pytest.fixture(scope="module", params=SITES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, str]]:
    """Yield a client of a site with canonical identifiers, and the address of the site."""
    folder, address = tmp_path_factory.mktemp("site"), SITES[request.param]
    pipeline.build(tinysource.write(folder / "sources"), folder / "releases", CANONICAL_BASE)
    with served(folder / "releases", CANONICAL_BASE, SPACELAW_SITE_URL=address, **NO_ENGINE) as one:
        yield one, address


def test_identifiers_lead_to_documents_here(site: tuple[Client, str]) -> None:
    client, address = site
    answer = client.get(f"/{THING}", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{address}doc/{THING}")
    document = client.get(f"/doc/{THING}", headers={"Accept": "application/n-triples"})
    assert f"<{CANONICAL_BASE}{THING}>" in document.text
    assert address not in document.text
    assert document.headers["Content-Location"].startswith(f"{address}doc/")
    assert CANONICAL_BASE + "doc/" not in document.headers["Link"]


@pytest.mark.parametrize(
    "path", ["/sitemap/1.xml", "/robots.txt", "/opensearch.xml", "/openapi.json", "/changes.atom",
             "/.well-known/resourcesync"]
)  # fmt: skip
def test_lists_and_feeds_have_addresses_of_the_site(site: tuple[Client, str], path: str) -> None:
    client, address = site
    text = client.get(path).text
    assert address.rstrip("/") in text
    others = re.findall(re.escape(CANONICAL_BASE) + r"[\w.]*", text)
    assert set(others) <= {CANONICAL_BASE + root for root in ("id", "def", "shape", "graph")}


def test_pages_lead_on_within_the_site(site: tuple[Client, str]) -> None:
    client, address = site
    prefix = "/" + address.split("/", 3)[3].rstrip("/") if address.count("/") > 3 else ""
    page = client.get(f"/doc/{THING}.html")
    for kind in ("href", "src", "action"):
        for path in re.findall(rf'{kind}="(/[^"]*)"', page.text):
            assert path.startswith(f"{prefix}/"), path
            # Whether the proxy in front strips the path of the site or not.
            if "/graph/" not in path:  # of which the small sources describe none
                found = client.get(path.replace("&amp;", "&")).status_code
                assert found not in (404, 500), path
    stripped = page.headers["ETag"]
    assert client.get(f"{prefix}/doc/{THING}.html").headers["ETag"] == stripped


def test_a_path_is_asked_for_with_the_prefix_of_the_site_or_without(
    site: tuple[Client, str],
) -> None:
    client, address = site
    path = "/" + address.split("/", 3)[3]
    for before in {"/", path}:
        assert client.get(f"{before}doc/{THING}.ttl").status_code == 200
        assert client.post(f"{before}sparql", data={"query": "ASK {}"}).status_code == 503
    assert client.get(f"/elsewhere/doc/{THING}.ttl").status_code == 404
