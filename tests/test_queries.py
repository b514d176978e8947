"""The queries order their answers totally, so that an answer is one table and no other."""

import re
from collections import defaultdict

import pytest

from server.sparql.questions import Question, read_all
from tests.command import ROOT

ORDERED = [q for q in read_all(ROOT / "queries") if q.ordered]
ORDER = re.compile(r"ORDER BY\s+([^{}]+?)\s*(?:LIMIT\s+\d+\s*)?\Z")


def test_most_queries_order_their_answers() -> None:
    assert len(ORDERED) > 100


@pytest.mark.parametrize("question", ORDERED, ids=lambda q: q.slug)
def test_no_two_rows_have_the_same_place(question: Question) -> None:
    """Rows that agree in all that orders them agree in whole."""
    match = ORDER.search(question.query)
    assert match, "the order stands at the end"
    columns, *rows = question.answer
    names = re.findall(r"\?(\w+)", match[1])
    places = [columns.index(name) for name in names if name in columns]
    alike = defaultdict(set)
    for row in rows:
        alike[tuple(row[place] for place in places)].add(row)
    assert [sorted(group) for group in alike.values() if len(group) > 1] == []
