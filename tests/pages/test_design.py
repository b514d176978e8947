"""Tests of the designs of kinds, and of drawings, citations and dates as pages show them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.pages import law_records
from server.pages.citations import citations
from server.pages.kinds import CONFIGURATION, page
from server.pages.wording import author, brief, day, places
from server.rdf.iris import canonical
from server.rdf.vocabulary import EXTRA_PREFIXES, SL, prefixes
from server.release.reader import Release

ROOT = Path(__file__).parents[2]
OST = "http://localhost/id/treaty/1967/outer-space"


@pytest.mark.parametrize(
    ("text", "words"),
    [("1967-01-27", "27 January 1967"), ("1967", "1967"), ("soon", "soon"), ("", "")],
)
def test_day_in_words(text: str, words: str) -> None:
    assert day(text) == words


def test_citations_name_thing_release_and_address(tiny_release: Release) -> None:
    document = tiny_release.document(OST)
    assert document is not None
    forms = citations(tiny_release, document)
    assert list(forms) == ["Plain", "BibTeX", "RIS", "CSL-JSON"]
    for text in forms.values():
        assert "Outer Space Treaty" in text
        assert canonical(OST, tiny_release.base) in text
        assert tiny_release.manifest.release in text
    assert forms["BibTeX"].startswith("@misc{id-treaty-1967-outer-space,")
    assert forms["RIS"].splitlines()[-1] == "ER  - "
    (entry,) = json.loads(forms["CSL-JSON"])
    assert (entry["type"], entry["URL"]) == ("treaty", canonical(OST, tiny_release.base))


def test_kind_without_a_design_still_tells_who_describes_it(tiny_release: Release) -> None:
    document = tiny_release.document(OST)
    assert document is not None
    shown = page(tiny_release, document)
    assert (shown["kind"], shown["facts"]) == ("", [])
    assert shown["thing"].described_in == ["official"]


def terms(value: object) -> Iterator[str]:
    """Yield the prefixed names in a part of kinds.yaml."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        yield from (name for part in value for name in terms(part))
    elif re.fullmatch(r"\^?[a-z]+:\w+", str(value)):
        yield str(value).removeprefix("^")


def test_kinds_name_terms_that_are_there() -> None:
    ontology = {
        q.subject.value
        for path in (ROOT / "ontology").rglob("*.ttl")
        for q in ox.parse(path=path, format=ox.RdfFormat.TURTLE)
    }
    named = set(terms(CONFIGURATION))
    assert len(named) > 50
    assert {n.partition(":")[0] for n in named} <= (prefixes() | EXTRA_PREFIXES).keys()
    assert [n for n in named if n.startswith("sl:") and SL + n[3:] not in ontology] == []


def test_kinds_name_sections_that_are_there() -> None:
    kinds = CONFIGURATION["kinds"].values()
    named = {name for kind in kinds for name in kind.get("sections", ()) if isinstance(name, str)}
    template = (ROOT / "server/templates/sections.html").read_text("utf-8")
    assert named - set(re.findall(r"{% macro (\w+)\(thing, contents", template)) == set()
    facts = {path for kind in kinds for path in kind.get("facts", {}).values()}
    assert [f for f in facts if ":" not in f and not hasattr(law_records, f)] == []


@pytest.mark.parametrize(
    ("source", "name"),
    [("https://example.org/id/source/liao-2013", "Liao (2013)"), ("id/source/editors", "")],
)
def test_scholar_is_named_with_the_year(source: str, name: str) -> None:
    assert author(source) == name


@pytest.mark.parametrize(
    ("count", "words"), [(1, "one place"), (4, "four places"), (43, "43 places")]
)
def test_places_are_counted_in_words(count: int, words: str) -> None:
    assert places(count) == words


def test_web_address_is_shown_without_its_scheme() -> None:
    assert brief("http://www.wikidata.org/entity/Q148") == "wikidata.org/entity/Q148"
    assert brief("http://www.w3.org/2004/02/skos/core#Concept") == "skos:Concept"
