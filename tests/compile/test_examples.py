"""Tests of the questions as example queries in the catalogue."""

from pathlib import Path

import pyoxigraph as ox

from server.compile.partitions import examples
from server.rdf.terms import store_of
from server.rdf.vocabulary import CANONICAL_BASE
from server.sparql.questions import read_all

ROOT = Path(__file__).parents[2]
# What editors ask an endpoint for: sib-swiss/sparql-editor.
ASKED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE {
  ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ;
    sh:select|sh:ask|sh:construct|sh:describe ?query .
} ORDER BY ?sq
"""


def test_editors_find_each_question_with_its_query() -> None:
    rows = store_of(examples(ROOT)).query(ASKED)
    assert isinstance(rows, ox.QuerySolutions)
    found = {r["sq"].value: (r["comment"].value, r["query"].value) for r in rows}
    asked = read_all(ROOT / "queries")
    assert len(found) == len(asked) > 80
    for question in asked:
        title, query = found[f"{CANONICAL_BASE}id/question/{question.slug}"]
        assert title == question.title
        assert question.query.endswith(query)
        assert not query.startswith("#")


def test_sources_without_questions_have_no_examples(tmp_path: Path) -> None:
    assert list(examples(tmp_path)) == []
