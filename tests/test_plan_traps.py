"""The project's own SPARQL keeps clear of shapes that engines were measured to plan badly.

`FILTER NOT EXISTS` took 50 times as long as `MINUS`, VALUES before a UNION 30 times as long as the
constants in place, and CONTAINS over all labels 25 times as long as the search index.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWN = sorted(
    path for folder in ("queries", "shapes", "ontology") for path in (ROOT / folder).rglob("*.rq")
)
SERVER = sorted((ROOT / "server").rglob("*.py"))
_SPARQL = re.compile(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b[^\n]*\{")
# SQLite's full-text search has its own words; these are of SPARQL alone.
_TRAPS = {
    "FILTER NOT EXISTS": re.compile(r"FILTER\s*\(?\s*NOT\s+EXISTS", re.IGNORECASE),
    "VALUES with UNION": re.compile(r"VALUES\b.*\bUNION\b|\bUNION\b.*\bVALUES\b", re.I | re.S),
    "CONTAINS over labels": re.compile(
        r"label\s+(\?\w+).*\b(CONTAINS|REGEX)\s*\(\s*((LCASE|UCASE|STR)\s*\(\s*)*\1\b", re.I | re.S
    ),
}
# Run once, by a build. Measured over the dataset with each row of VALUES as constants in a branch
# of its own: the same results, and no more than 2.2 times (eli; the others 0.7 to 1.1) as fast.
_MEASURED = {
    "eli.rq", "schema.rq", "skos.rq", "label-once.rq", "term-declared.rq",
}  # fmt: skip


def traps(query: str) -> set[str]:
    """Return the names of the traps in a query; comments do not count."""
    text = re.sub(r"(?m)(^|\s)#[^\n]*", "", query)
    return {name for name, pattern in _TRAPS.items() if pattern.search(text)}


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_query_avoids_plan_traps(path: Path) -> None:
    allowed = {"VALUES with UNION"} if path.name in _MEASURED else set()
    assert traps(path.read_text("utf-8")) == allowed


def test_server_avoids_plan_traps() -> None:
    texts = {p.name: p.read_text("utf-8") for p in SERVER}
    asking = {name: text for name, text in texts.items() if _SPARQL.search(text)}
    assert "publish.py" in asking
    found = {n: set(re.findall(r"FILTER\s+NOT\s+EXISTS", t)) for n, t in asking.items()}
    assert not any(found.values())


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ASK { ?a ?b ?c FILTER NOT EXISTS { ?c ?d ?e } }", "FILTER NOT EXISTS"),
        ("SELECT * { VALUES ?x { <a> } { ?x ?p ?o } UNION { ?o ?p ?x } }", "VALUES with UNION"),
        ('SELECT * { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(STR(?l)), "moon")) }',
         "CONTAINS over labels"),
    ],
)  # fmt: skip
def test_trap_is_found(query: str, name: str) -> None:
    assert traps(query) == {name}
