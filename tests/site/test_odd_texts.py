"""Control characters in texts, which not every format can hold."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from server.compile import pipeline
from server.rdf.formats import DOCUMENT_FORMATS, Format
from tests import tinysource
from tests.served import NO_ENGINE, Client, served

BASE = "http://odd.example/"
ODD = """
<id/odd/control> a sl:Text ;
    rdfs:label "bell \\u0007 and \\uFFFE"@en ;
    dcterms:source <https://example.org/> .
"""
NOT_IN_PAGES = [chr(c) for c in range(32) if c not in (9, 10, 13)] + ["\ufffe", "\uffff"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = Path(tmp_path_factory.mktemp("odd"))
    root = tinysource.write(folder / "sources", {"data/official/odd.ttl": ODD})
    pipeline.build(root, folder / "releases", BASE)
    with served(folder / "releases", BASE, **NO_ENGINE) as client:
        yield client


@pytest.mark.parametrize("fmt", DOCUMENT_FORMATS, ids=lambda f: f.key)
def test_a_document_is_there_or_refused(odd: Client, fmt: Format) -> None:
    answer = odd.get(f"/doc/id/odd/control.{fmt.key}")
    assert answer.status_code == (406 if fmt.key == "rdf" else 200), answer.text
    if fmt.key not in ("rdf", "html"):
        assert any(mark in answer.text for mark in ("\\u0007", "\x07"))


@pytest.mark.parametrize("path", [
    "/doc/id/odd/control", "/search?q=bell", "/search?q=%07", "/",
    "/none%07", "/reconcile/preview?id=id/odd/control", "/sparql?query=%07"])  # fmt: skip
def test_pages_have_no_control_characters(odd: Client, path: str) -> None:
    text = odd.get(path, headers={"Accept": "text/html"}).text
    assert text.lstrip().startswith("<")
    assert not [c for c in NOT_IN_PAGES if c in text]


@pytest.mark.parametrize("path", ["/changes.atom", "/sitemap.xml", "/sitemap/1.xml",
                                  "/opensearch.xml"])  # fmt: skip
def test_feeds_are_xml(odd: Client, path: str) -> None:
    answer = odd.get(path)
    if answer.status_code == 200:
        ElementTree.fromstring(answer.data)
