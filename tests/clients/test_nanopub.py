"""The nanopublications pass the checks of the PyPI package nanopub, in each format."""

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server.release.reader import Release
from server.site.application import create_app
from server.site.prerender import NoEngine
from tests.clients.matrix import shows
from tests.command import ROOT, Site, ask
from tests.needs import missing

try:
    from nanopub.nanopub import Nanopub
except ImportError:
    missing("nanopub (make test-peers)")

FORMATS = {
    "application/trig": "trig", "application/n-quads": "nquads", "application/ld+json": "json-ld",
}  # fmt: skip
TYPES = ("Claim", "RelationClaim", "InfluenceClaim", "TextualReuse")


def read(body: bytes, form: str) -> "Nanopub":
    graph = rdflib.ConjunctiveGraph()
    graph.parse(data=body, format=form)
    published = Nanopub(rdf=graph)
    published.source_uri = str(published.metadata.np_uri)  # it finds none that has a port
    return published


def paths(release: Release) -> list[str]:
    """Return where the nanopublications of all claims, and of some statements of reuse, are."""
    found = []
    for kind in TYPES:
        entries = release.entries(f"{release.base}def/{kind}", limit=10_000)
        chosen = entries if kind != "TextualReuse" else random.Random(1).sample(entries, 40)
        found += [entry.iri.replace(f"{release.base}id/", "np/") for entry in chosen]
    assert len(found) > 90
    return found


@shows(
    "nanopub",
    "checks each claim's trusty URI in three formats",
    "all valid",
)
def test_each_claim_is_valid_in_each_format_under_its_trusty_uri(site: Site) -> None:
    for path in paths(Release(site.releases / "current")):
        led = ask(site.base + path)
        assert led.status == 303
        iri = led.headers["Location"]
        for accept, form in FORMATS.items():
            published = read(ask(iri, {"Accept": accept}).body, form)
            assert str(published.metadata.np_uri) == iri
            assert published.is_valid
            assert published.has_valid_trusty, (iri, form)


def test_a_changed_statement_is_found_out(site: Site) -> None:
    iri = ask(f"{site.base}np/claim/liao-2013/cl01").headers["Location"]
    body = ask(iri, {"Accept": "application/n-quads"}).body
    changed = read(body.replace(b"guiding legal principles", b"binding treaties"), "nquads")
    with pytest.raises(ValueError, match="not valid"):
        _ = changed.has_valid_trusty


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a new key for this process."""
    made = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (tmp_path / "key.pem").write_bytes(made.private_bytes(serialization.Encoding.PEM, *form))
    monkeypatch.setenv("SPACELAW_NANOPUB_KEY", str(tmp_path / "key.pem"))


@pytest.mark.usefixtures("key")
def test_a_signature_is_valid(site: Site) -> None:
    release = Release(site.releases / "current")
    client = create_app(release, NoEngine()).test_client()
    iri = client.get("/np/claim/liao-2013/cl01").location
    assert iri
    body = client.get(iri.replace(site.base, "/"), headers={"Accept": "application/trig"}).data
    published = read(body, "trig")
    assert published.has_valid_trusty
    assert published.has_valid_signature


def test_the_example_of_the_documentation_holds(site: Site, tmp_path: Path) -> None:
    iri = ask(f"{site.base}np/claim/liao-2013/cl01").headers["Location"]
    (tmp_path / "cl01.trig").write_bytes(ask(iri, {"Accept": "application/trig"}).body)
    text = (ROOT / "docs/claims.md").read_text("utf-8")
    match = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert match
    command = [sys.executable, "-W", "ignore", "-c", match[1]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "True True", done.stderr
