"""Claims as nanopublications over HTTP: formats, trusty URIs, signatures, earlier releases."""

import os
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.compile import pipeline
from server.rdf.nanopublication import NP, NPX
from server.release.manifest import MANIFEST
from tests import tinysource
from tests.served import NO_ENGINE, Client, served

CLAIM = "/np/claim/liao-2013/cl01"
BASE = tinysource.BASE
DISPUTE = """
@prefix cito: <http://purl.org/spar/cito/> .

<id/claim/other-2000/d1> a sl:Claim ;
    rdfs:label "Cooperation remained a policy"@en ;
    dcterms:description "No text binds a State to cooperate."@en ;
    cito:disputes <id/claim/liao-2013/cl01> ;
    sl:assertedBy <id/source/other-2000> ;
    sl:about <id/treaty/1967/outer-space/article/9> ;
    dcterms:source <id/source/other-2000> .
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tinysource.write(tmp_path_factory.mktemp("claims") / "sources")


@pytest.fixture(scope="module")
def former(root: Path) -> str:
    """Build a release and return where it has the nanopublication of the claim."""
    first = pipeline.build(root, root.parent / "releases", BASE)
    os.utime(first / MANIFEST, (1_700_000_000, 1_700_000_000))
    with served(first.parent, BASE, **NO_ENGINE) as running:
        return address(running)


@pytest.fixture(scope="module")
def folder(root: Path, former: str) -> Path:  # noqa: ARG001
    """Build a second release, in which the claim has another locator and is disputed."""
    changed = tinysource.CLAIM.replace('"p. 621"', '"p. 623"')
    tinysource.put(root, "data/paper/claim/liao-2013.ttl", changed)
    tinysource.put(root, "data/editor/claim/other-2000.ttl", DISPUTE)
    return pipeline.build(root, root.parent / "releases", BASE).parent


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Client]:
    with served(folder, BASE, **NO_ENGINE) as running:
        yield running


def address(site: Client, path: str = CLAIM) -> str:
    """Return the trusty URI that a path leads to, as a path of this server."""
    answer = site.get(path)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].replace(BASE, "/")


def quads(site: Client, path: str, accept: str = "application/n-quads") -> set[ox.Quad]:
    answer = site.get(path, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == accept
    return set(ox.parse(answer.data, ox.RdfFormat.from_media_type(accept)))


def test_a_nanopublication_has_four_graphs(site: Client) -> None:
    path = address(site)
    this = BASE + path[1:]
    found = quads(site, path)
    graphs = {str(q.graph_name) for q in found}
    assert graphs == {f"<{this}#{name}>" for name in ("Head", "assertion", "provenance", "pubinfo")}
    head = {(q.predicate.value, str(q.object)) for q in found if "Head" in str(q.graph_name)}
    assert (NP + "hasAssertion", f"<{this}#assertion>") in head
    said = {str(q.object) for q in found if "#assertion" in str(q.graph_name)}
    assert '"Cooperation became a duty"@en' in said
    (locator,) = [q for q in found if "#provenance" in str(q.graph_name)]
    assert str(locator.subject) == f"<{this}#assertion>"
    assert str(locator.object) == '"p. 623"'


@pytest.mark.parametrize("accept", ["application/trig", "application/ld+json"])
def test_each_format_says_the_same(site: Client, accept: str) -> None:
    path = address(site)
    assert quads(site, path, accept) == quads(site, path)


def test_a_suffix_is_kept_on_the_way(site: Client) -> None:
    path = address(site, f"{CLAIM}.trig")
    assert path.endswith(".trig")
    assert site.get(path).mimetype == "application/trig"
    assert site.get(path.replace(".trig", ".ttl")).status_code == 404


def test_the_former_state_of_a_claim_answers_as_long_as_its_release_is_kept(
    site: Client, former: str
) -> None:
    assert former != address(site)
    assert "p. 621" in {q.object.value for q in quads(site, former)}  # type: ignore[union-attr]
    assert site.get(former[:-3] + "abc").status_code == 404


def test_only_claims_and_reuse_are_published_so(site: Client) -> None:
    assert site.get("/np/treaty/1967/outer-space").status_code == 404
    assert site.get("/np/claim/liao-2013/none").status_code == 404


def test_pages_of_claims_show_disputes_and_the_nanopublication(site: Client) -> None:
    html = {"Accept": "text/html"}
    page = site.get("/doc/id/claim/liao-2013/cl01", headers=html).text
    assert f'href="{CLAIM}.trig"' in page
    disputed = page.partition("Who disputes it")[2]
    assert "No text binds a State to cooperate." in disputed
    assert "Other (2000)" in disputed
    other = site.get("/doc/id/claim/liao-2013/cl02", headers=html).text
    assert "No dispute of it is on record here" in other
    dispute = site.get("/doc/id/claim/other-2000/d1", headers=html).text
    assert "Cooperation became a duty" in dispute.partition("What it disputes")[2]


def test_a_key_signs(folder: Path, site: Client, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    pem = tmp_path / "key.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with served(folder, BASE, SPACELAW_NANOPUB_KEY=str(pem), **NO_ENGINE) as running:
        pem.unlink()  # it was read at the start
        path = address(running)
        assert path != address(site)
        found = quads(running, path)
        said = {q.predicate.value for q in found if q.subject.value == f"{BASE}{path[1:]}#sig"}  # type: ignore[union-attr]
    names = ("hasPublicKey", "hasAlgorithm", "hasSignatureTarget", "hasSignature")
    assert said == {NPX + name for name in names}
