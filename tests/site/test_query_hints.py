"""What a query is told that has no fault and yet names what is not there."""

import pytest

from server.release.reader import Release
from server.site.sparql_page import hints
from tests.tinysource import LOCAL


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * { ?x a sl:Tretay }", "sl:Tretay is unknown. Did you mean sl:Treaty?"),
        ("SELECT * { ?x sl:partOff ?y }", "sl:partOff is unknown. Did you mean sl:partOf?"),
        (
            "PREFIX s: <def/> SELECT * { ?x a s:Tretay }",
            "s:Tretay is unknown. Did you mean sl:Treaty?",
        ),
        (
            "ASK { <id/treaty/1967/outerspace> ?p ?o }",
            "<id/treaty/1967/outerspace> is unknown. Did you mean <id/treaty/1967/outer-space>?",
        ),
        ("SELECT * { ?x rdfs:labl ?y }", "No record uses rdfs:labl. Did you mean rdfs:label?"),
        ("SELECT * { ?x a skos:Concpt }", "No record uses skos:Concpt. Did you mean skos:Concept?"),
        ("SELECT * { ?x sl:zzz ?y }", "sl:zzz is unknown."),
        ("SELECT * { ?x a sl:Text }", "Each record states its narrowest class alone: sl:Text"),
        (
            "ASK { ?x a <https://w3id.org/spacelaw/def/Treaty> }",
            f"is unknown: identifiers begin with {LOCAL} here.",
        ),
    ],
)
def test_a_name_in_vain_is_told(tiny_release: Release, query: str, said: str) -> None:
    (hint,) = hints(tiny_release, query)
    assert said in hint


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?x a sl:Treaty ; rdfs:label ?label }",
        'SELECT * { ?x rdfs:label "sl:Tretay" } # sl:Tretay',
        "BASE <http://example.org/> SELECT * { ?x a <http://example.org/Tretay> }",
    ],
)
def test_what_is_there_needs_no_word(tiny_release: Release, query: str) -> None:
    assert hints(tiny_release, query) == []
