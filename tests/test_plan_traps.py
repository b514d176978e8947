"""Our own queries avoid what was measured to be slow in the engine."""

import re
from pathlib import Path

import pytest

from server.sparql_text import token_spans

ROOT = Path(__file__).parents[1]
QUERIES = sorted(p for f in ("queries", "ontology", "shapes") for p in (ROOT / f).rglob("*.rq"))


def groups(query: str) -> list[set[str]]:
    """Return the words that stand in each group of a query, those of groups inside left out."""
    found: list[set[str]] = []
    open_groups: list[set[str]] = [set()]
    for start, end in token_spans(query):
        token = query[start:end]
        if token == "{":
            open_groups.append(set())
        elif token == "}":
            found.append(open_groups.pop())
        else:
            open_groups[-1].add(token.upper())
    return found + open_groups


def test_groups_are_told_apart() -> None:
    found = groups("SELECT * { VALUES ?x { 1 } { ?x a 1 } UNION { ?x a 2 } }")
    assert [{"VALUES", "UNION"} <= words for words in found] == [False, False, False, True, False]


@pytest.mark.parametrize("file", QUERIES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_plan_trap(file: Path) -> None:
    query = file.read_text("utf-8")
    # 50 times slower than MINUS.
    assert not re.search(r"NOT\s+EXISTS", query, re.IGNORECASE)
    # 30 times slower than the constant in its place; what the build asks once may be short instead.
    if file.parent.name == "queries":
        assert not any({"VALUES", "UNION"} <= words for words in groups(query))
    # 25 times slower than the search index, which the build, where the rules run, has not yet.
    assert "CONTAINS" not in query or "hygiene" in file.parts
