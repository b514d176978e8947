"""Our own queries, wherever they are written, avoid what was measured to be slow in the engine."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.sparql.tokens import QUERY_FORMS, outline, token_spans

ROOT = Path(__file__).parents[1]
FILES = sorted(p for f in ("queries", "ontology", "shapes") for p in (ROOT / f).rglob("*.rq"))
_QUERY = re.compile(rf"\b(?:{'|'.join(QUERY_FORMS)})\b[^{{}}\"'`;|]*\{{")
_AGAIN = re.compile(r"\s*(?:WHERE\s*)?\{")


def in_python(source: str) -> Iterator[str]:
    """Yield the queries among the strings of a module, what is formatted into them as a name."""
    nodes = list(ast.walk(ast.parse(source)))
    parts = {id(v) for node in nodes if isinstance(node, ast.JoinedStr) for v in node.values}
    for node in nodes:
        if id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(v.value) if isinstance(v, ast.Constant) else "x" for v in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if "{" in text and outline(text).form in QUERY_FORMS:
            yield text


def in_text(text: str) -> Iterator[str]:
    """Yield the queries within templates, scripts and documentation, each to its last brace."""
    for match in _QUERY.finditer(text):
        end = match.end()
        while True:
            depth = 1
            while depth and end < len(text):
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            if not (more := _AGAIN.match(text, end)):
                break
            end = more.end()
        yield text[match.start() : end]


def embedded() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of each query that stands in something else."""
    for folder in ("server", "assets/src", "docs", "queries"):
        for file in sorted((ROOT / folder).rglob("*")):
            find = {".py": in_python, ".html": in_text, ".js": in_text, ".md": in_text}
            if file.suffix in find and "dist" not in file.parts:
                for query in find[file.suffix](file.read_text("utf-8")):
                    yield str(file.relative_to(ROOT)), query
    yield from (("README.md", query) for query in in_text((ROOT / "README.md").read_text("utf-8")))


QUERIES = [(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in FILES]
EMBEDDED = list(embedded())


def groups(query: str) -> list[set[str]]:
    """Return the words that stand in each group of a query, those of groups inside left out."""
    found: list[set[str]] = []
    open_groups: list[set[str]] = [set()]
    for start, end in token_spans(query):
        token = query[start:end]
        if token == "{":
            open_groups.append(set())
        elif token == "}" and len(open_groups) > 1:
            found.append(open_groups.pop())
        else:
            open_groups[-1].add(token.upper())
    return found + open_groups


def traps(place: str, query: str) -> list[str]:
    """Return the traps that a query runs into."""
    found = []
    if re.search(r"NOT\s+EXISTS", query, re.IGNORECASE):
        found.append("FILTER NOT EXISTS, 50 times slower than MINUS")
    # What the build asks once may be short instead.
    if not place.startswith(("ontology", "shapes", "queries/profiles")) and any(
        {"VALUES", "UNION"} <= words for words in groups(query)
    ):
        found.append("VALUES over UNION, 30 times slower than the constant in its place")
    # The build, where the rules run, has no search index yet.
    if re.search(r"\b(CONTAINS|REGEX)\s*\(", query, re.IGNORECASE) and "hygiene" not in place:
        found.append("CONTAINS, 25 times slower than the search index")
    return found


def test_groups_are_told_apart() -> None:
    found = groups("SELECT * { VALUES ?x { 1 } { ?x a 1 } UNION { ?x a 2 } }")
    assert [{"VALUES", "UNION"} <= words for words in found] == [False, False, False, True, False]


@pytest.mark.parametrize("query", [
    "SELECT * { ?s ?p ?o FILTER NOT  EXISTS { ?o ?q ?r } }",
    "SELECT * { VALUES ?x { 1 } { ?x a 1 } UNION { ?x a 2 } }",
    "ASK { ?s ?p ?o FILTER(contains(?o, 'x')) }"])  # fmt: skip
def test_traps_are_found_in_each_kind_of_file(query: str) -> None:
    assert traps("server/x.py", query)
    (found,) = in_python(
        f"def f(y):\n    return f'''{query.replace('{', '{{').replace('}', '}}')}'''"
    )
    assert traps("server/x.py", found)
    (found,) = in_text(f"<pre>curl --data-urlencode\n  query={query}</pre> {{ other }}")
    assert found == query


def test_queries_in_other_files_are_found() -> None:
    places = {place for place, _ in EMBEDDED}
    assert {"server/sparql/release_loading.py", "server/site/sparql_page.py",
            "server/templates/resource.html", "docs/tutorial-rdflib.md",
            "README.md"} <= places  # fmt: skip


@pytest.mark.parametrize(("place", "query"), [*QUERIES, *EMBEDDED])
def test_no_plan_trap(place: str, query: str) -> None:
    assert traps(place, query) == []
