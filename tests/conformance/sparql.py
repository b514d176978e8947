"""The suites of SPARQL as requests to an endpoint whose store has the data of all tests.

Each file of data is a named graph, which a test makes its default graph by the protocol. Queries
are given the IRI of their file as BASE, for the endpoint resolves relative IRIs against its own.
"""

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph as ox

from server.rdf.vocabulary import RDF, graph_iri
from server.release.manifest import CURRENT
from tests.conformance import comparing
from tests.conformance.suites import FOLDER, Case, Graph, cases
from tests.endpoint import Answer, Endpoint
from tests.sparql.asking import BASE, release_of

ROOT = FOLDER / "rdf-tests" / "sparql"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
EMPTY = "empty"  # a graph of this name has nothing
POSITIVE = {"PositiveSyntaxTest", "PositiveSyntaxTest11"}
NEGATIVE = {"NegativeSyntaxTest", "NegativeSyntaxTest11"}
EVALUATION = {"QueryEvaluationTest", "CSVResultFormatTest"}
ACCEPT = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
_FROM = re.compile(r"FROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
_BY_SUFFIX = {
    ".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML,
    ".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS,
}  # fmt: skip


def groups() -> list[str]:
    """Return the folders of tests, such as sparql11/bind."""
    found = [p.parent for p in sorted(ROOT.glob("sparql1?/*/manifest.ttl"))]
    return [str(p.relative_to(ROOT)) for p in found if tests_of(str(p.relative_to(ROOT)))]


@cache
def tests_of(group: str) -> dict[str, Case]:
    """Return the tests of queries in a folder, by their names.

    Those of updates, entailment and the Graph Store Protocol are of specifications not offered.
    """
    found = cases(ROOT / group / "manifest.ttl", iri_of(ROOT / group / "manifest.ttl"), group)
    wanted = POSITIVE | NEGATIVE | EVALUATION
    return {
        c.name: c for c in found
        if c.kind in wanted and query_of(c).suffix == ".rq" and not group.endswith("entailment")
    }  # fmt: skip


def iri_of(path: Path) -> str:
    """Return the IRI of a file of the suites, which names a graph of the endpoint's."""
    return graph_iri(str(path.relative_to(ROOT)), BASE)


def path_of(iri: str) -> Path:
    """Return the file of such an IRI."""
    return ROOT / iri.removeprefix(graph_iri("", BASE))


def statements(path: Path) -> Iterator[ox.Quad]:
    """Yield what a file says, in the graph that is named for it; TriG has further ones."""
    own = ox.NamedNode(iri_of(path))
    parsed = ox.parse(path=path, format=_BY_SUFFIX[path.suffix], base_iri=own.value,
                      rename_blank_nodes=True)  # fmt: skip
    for q in parsed:
        graph = q.graph_name if isinstance(q, ox.Quad) else own
        yield ox.Quad(q.subject, q.predicate, q.object,
                      own if isinstance(graph, ox.DefaultGraph) else graph)  # fmt: skip


def release(folder: Path) -> None:
    """Write a release with the data of all tests of queries, and that of the protocol's tests."""
    files = sorted({p for group in groups() for c in tests_of(group).values() for p in data(c)})
    quads = {q for path in files for q in statements(path)} | set(protocol_data())
    names = [EMPTY, *(str(path.relative_to(ROOT)) for path in files)]
    text = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    release_of(folder / CURRENT, text.decode(), counts=dict.fromkeys(names, 0))


def protocol_data() -> Iterator[ox.Quad]:
    """Yield the graphs of the protocol's tests, under the names that these have for them."""
    for number in (1, 2, 3):
        name = ox.NamedNode(f"http://kasei.us/2009/09/sparql/data/data{number}.rdf")
        for t in ox.parse(path=ROOT / "sparql11" / "protocol" / f"data{number}.nt"):
            yield ox.Quad(t.subject, t.predicate, t.object, name)


def data(case: Case) -> list[Path]:
    """Return the files that a test queries."""
    if case.kind not in EVALUATION:
        return []
    default, named = dataset(case)
    query = query_of(case).read_text("utf-8")
    named_in_query = [str(query_of(case).with_name(x)) for x in _FROM.findall(query)]
    return [*map(path_of, (*default, *named)), *map(Path, named_in_query)]


def dataset(case: Case) -> tuple[list[str], list[str]]:
    """Return the IRIs of a test's default graphs and of its named ones."""
    action = case.one("action")
    default, named = (
        [node.value for node in case.graph.all(action, QT + prop)] for prop in ("data", "graphData")
    )
    return default, named


def query_of(case: Case) -> Path:
    """Return the file of a test's query."""
    action = case.one("action")
    return path_of((case.graph.one(action, QT + "query") or action).value)


def run(endpoint: Endpoint, case: Case) -> None:
    """Ask the endpoint, and compare; raises AssertionError for another answer."""
    if case.kind in EVALUATION:
        evaluate(endpoint, case)
        return
    answer = ask(endpoint, query_of(case), [graph_iri(EMPTY, BASE)], [], "*/*")
    if case.kind in POSITIVE:
        known = answer.status == 200 or answer.json().get("reason") == "function"  # which is none
        assert known, answer.body.decode()
    else:
        assert answer.status == 400, answer.status
        assert answer.json().get("reason", "syntax") == "syntax"


def evaluate(endpoint: Endpoint, case: Case) -> None:
    """Compare the result of a query with the one expected."""
    expected = path_of(case.one("result").value)
    default, named = dataset(case)
    if _FROM.search(query_of(case).read_text("utf-8")):
        default, named = [], []
    else:
        default = default or [graph_iri(EMPTY, BASE)]
        named = [*named, *more_graphs(default)]
    accept = ACCEPT.get(expected.suffix, ACCEPT[".srj"] + ",application/n-triples;q=0.9")
    answer = ask(endpoint, query_of(case), default, named, accept)
    assert answer.status == 200, answer.body.decode()
    lax = case.one("resultCardinality") is not None
    if answer.media_type == "application/n-triples":
        found = ox.parse(answer.body, ox.RdfFormat.N_TRIPLES)
        wanted = ox.parse(path=expected, base_iri=iri_of(expected))
        assert comparing.graph(found, True) == comparing.graph(wanted, True), answer.body.decode()
    elif expected.suffix == ".csv":
        assert cells(answer.body) == cells(expected.read_bytes()), answer.body.decode()
    else:
        same_results(answer, expected, lax)


def more_graphs(default: list[str]) -> list[str]:
    """Return the named graphs that files of TriG have."""
    files = [path_of(iri) for iri in default if iri.endswith((".trig", ".nq"))]
    names = {q.graph_name.value for p in files for q in statements(p)}  # type: ignore[union-attr]
    return sorted(names - {*default})


def ask(
    endpoint: Endpoint, query: Path, default: list[str], named: list[str], accept: str
) -> Answer:
    """Post a query as a form, as it stands but for the BASE before it."""
    fields = [("query", f"BASE <{iri_of(query)}>\n".encode() + query.read_bytes())]
    fields += [("default-graph-uri", iri.encode()) for iri in default]
    fields += [("named-graph-uri", iri.encode()) for iri in named]
    return endpoint.post(urlencode(fields).encode(), accept=accept)


def cells(body: bytes) -> list[list[str]]:
    """Return the header and the sorted rows of CSV, blank nodes without their names."""
    head, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
    return [head, *sorted(["_:" if c.startswith("_:") else c for c in row] for row in rows)]


def same_results(answer: Answer, expected: Path, lax: bool) -> None:
    """Compare a table or a truth value with the one in a file."""
    media_type = ox.QueryResultsFormat.from_media_type(answer.media_type)
    found: Any = ox.parse_query_results(answer.body, format=media_type)
    wanted: Any = from_rdf(expected)
    if wanted is None:
        wanted = ox.parse_query_results(path=expected)
    if isinstance(found, ox.QueryBoolean) or isinstance(wanted, bool | ox.QueryBoolean):
        assert bool(found) == bool(wanted)
        return
    ordered = isinstance(wanted, tuple) and wanted[2]
    variables, rows = read_table(found)
    others, other_rows = wanted[:2] if isinstance(wanted, tuple) else read_table(wanted)
    if lax:  # REDUCED may leave out what comes again
        rows, other_rows = ([dict(t) for t in {tuple(r.items()) for r in part}]
                            for part in (rows, other_rows))  # fmt: skip
    one = comparing.table(variables, rows, ordered)
    assert one == comparing.table(others, other_rows, ordered), answer.body.decode()


def read_table(results: Any) -> tuple[list[str], list[comparing.Row]]:
    """Return the variables and the rows of a result, each without what is not bound."""
    names = [variable.value for variable in results.variables]
    rows = [dict(zip(names, solution, strict=True)) for solution in results]
    return names, [{k: v for k, v in row.items() if v is not None} for row in rows]


def from_rdf(path: Path) -> tuple[list[str], list[comparing.Row], bool] | bool | None:
    """Return a result that a file describes in RDF: variables, rows and whether they are ordered.

    A file in another format gives None.
    """
    if path.suffix not in (".ttl", ".rdf"):
        return None
    graph = Graph(path, iri_of(path))
    (node,) = graph.having(RS + "boolean") or [
        n for n in graph.having(RDF + "type")
        if graph.one(n, RDF + "type") == ox.NamedNode(RS + "ResultSet")
    ]  # fmt: skip
    if (truth := graph.one(node, RS + "boolean")) is not None:
        return bool(truth.value == "true")
    solutions = graph.all(node, RS + "solution")
    ordered = bool(solutions) and all(graph.one(s, RS + "index") for s in solutions)
    if ordered:
        solutions.sort(key=lambda s: int(graph.one(s, RS + "index").value))
    rows = [
        {graph.one(b, RS + "variable").value: graph.one(b, RS + "value")
         for b in graph.all(s, RS + "binding")}
        for s in solutions
    ]  # fmt: skip
    return [v.value for v in graph.all(node, RS + "resultVariable")], rows, ordered
