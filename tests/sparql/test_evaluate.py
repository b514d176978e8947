"""Tests of the evaluation of queries over a store in memory."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib

from server.rdf.formats import (
    BY_KEY,
    CSV_RESULTS,
    JSON_RESULTS,
    NTRIPLES,
    RDF_FORMATS,
    TURTLE,
    Format,
)
from server.rdf.vocabulary import graph_iri
from server.sparql import evaluate as embedded
from server.sparql.engine import QueryFailed
from server.sparql.request import QueryRequest
from server.sparql.spool import Spool
from server.sparql.stores import Dataset, load

BASE = "http://localhost/"
OFFICIAL, PAPER, INFERRED = (graph_iri(g, BASE) for g in ("official", "paper", "inferred"))
DATA = f"""
@base <{BASE}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sl: <{BASE}def/> .
<graph/official> {{ <id/a> a sl:Treaty ; rdfs:label "Traité, \\"A\\""@fr , "Treaty"@en . }}
<graph/paper> {{ <id/a> a sl:Treaty ; sl:about <id/b> . }}
<graph/inferred> {{ <id/a> a sl:Text . }}
"""
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = Path(tmp_path_factory.mktemp("embedded")) / "dataset.nq"
    quads = ox.parse(DATA, ox.RdfFormat.TRIG)
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return load(path, BASE)


def evaluate(dataset: Dataset, request: str | QueryRequest, fmt: Format, limit: int = 10**6) -> str:
    if isinstance(request, str):
        request = QueryRequest(request, request.split()[0])
    return embedded.evaluate(dataset, request, fmt, BASE, Spool(limit)).read().decode()


def rows(dataset: Dataset, request: str | QueryRequest) -> list[list[str]]:
    return list(csv.reader(io.StringIO(evaluate(dataset, request, CSV_RESULTS))))[1:]


def failure(dataset: Dataset, query: str, limit: int = 10**6) -> QueryFailed:
    with pytest.raises(QueryFailed) as caught:
        evaluate(dataset, query, JSON_RESULTS, limit)
    return caught.value


def counted(dataset: Dataset, default: tuple[str, ...], named: tuple[str, ...] = ()) -> int:
    return int(rows(dataset, QueryRequest(COUNT, "SELECT", default, named))[0][0])


def test_default_graph_is_the_union_of_what_is_stated(dataset: Dataset) -> None:
    assert rows(dataset, COUNT) == [["4"]]


def test_each_named_graph_can_be_asked(dataset: Dataset) -> None:
    found = rows(dataset, "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    assert sorted(found) == [[INFERRED, "1"], [OFFICIAL, "3"], [PAPER, "2"]]


@pytest.mark.parametrize(
    ("graphs", "number"),
    [((OFFICIAL,), 3), ((PAPER,), 2), ((OFFICIAL, PAPER), 4), ((PAPER, INFERRED), 3)],
)
def test_graphs_of_the_protocol_make_the_default_graph(
    dataset: Dataset, graphs: tuple[str, ...], number: int
) -> None:
    assert counted(dataset, graphs) == number


def test_graphs_of_the_protocol_go_before_those_of_the_query(dataset: Dataset) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{PAPER}> {{ ?s ?p ?o }}"
    assert rows(dataset, query) == [["2"]]
    assert rows(dataset, QueryRequest(query, "SELECT", (INFERRED,))) == [["1"]]


def test_named_graphs_of_the_protocol_are_all_there_is(dataset: Dataset) -> None:
    assert counted(dataset, (), (PAPER,)) == 0
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert rows(dataset, QueryRequest(query, "SELECT", (), (PAPER,))) == [[PAPER]]
    assert rows(dataset, QueryRequest(query, "SELECT", (PAPER,))) == []


def test_prefixes_of_the_dataset_need_no_declaration(dataset: Dataset) -> None:
    assert rows(dataset, "SELECT ?s { ?s a sl:Treaty }") == [[BASE + "id/a"]]


def test_declared_prefix_goes_before_ours(dataset: Dataset) -> None:
    assert rows(dataset, f"PREFIX sl: <{BASE}id/> SELECT ?p {{ sl:a ?p sl:b }}") == [
        [BASE + "def/about"]
    ]


def test_relative_iris_are_on_the_base(dataset: Dataset) -> None:
    assert rows(dataset, "SELECT ?o { <id/a> <def/about> ?o }") == [[BASE + "id/b"]]


@pytest.mark.parametrize("key", ["srj", "srx", "csv", "tsv"])
def test_select_in_each_format(dataset: Dataset, key: str) -> None:
    text = evaluate(dataset, "SELECT ?l { ?s rdfs:label ?l } ORDER BY DESC(STR(?l))", BY_KEY[key])
    if key == "tsv":
        assert text.splitlines() == ["?l", '"Treaty"@en', '"Traité, \\"A\\""@fr']
        return
    if key == "csv":
        assert text == 'l\r\nTreaty\r\n"Traité, ""A"""\r\n'
        return
    kind = {"srj": "json", "srx": "xml"}[key]
    found = rdflib.query.Result.parse(io.BytesIO(text.encode()), format=kind)
    labels = [row[0] for row in found]  # type: ignore[index]
    assert labels == [rdflib.Literal("Treaty", "en"), rdflib.Literal('Traité, "A"', "fr")]


@pytest.mark.parametrize(
    ("key", "text"), [("srj", '{"head":{},"boolean":true}'), ("csv", "true"), ("tsv", "true")]
)
def test_ask(dataset: Dataset, key: str, text: str) -> None:
    assert evaluate(dataset, "ASK { ?s a sl:Treaty }", BY_KEY[key]) == text


@pytest.mark.filterwarnings("ignore:Dataset:DeprecationWarning:rdflib")
@pytest.mark.parametrize("fmt", RDF_FORMATS, ids=lambda f: f.key)
@pytest.mark.parametrize("query", ["CONSTRUCT WHERE { ?s sl:about ?o }", "DESCRIBE <id/a>"])
def test_construct_and_describe_in_each_format(dataset: Dataset, fmt: Format, query: str) -> None:
    kind = {"rdf": "xml", "jsonld": "json-ld", "nq": "nquads"}.get(fmt.key, fmt.key)
    graph = rdflib.Dataset(default_union=True)
    graph.parse(data=evaluate(dataset, query, fmt), format=kind)
    assert len(graph) == (1 if query.startswith("CONSTRUCT") else 4)
    about = (
        rdflib.URIRef(BASE + "id/a"),
        rdflib.URIRef(BASE + "def/about"),
        rdflib.URIRef(BASE + "id/b"),
    )
    assert len(list(graph.triples(about))) == 1


def test_turtle_has_the_prefixes_of_the_dataset(dataset: Dataset) -> None:
    assert "sl:about" in evaluate(dataset, "CONSTRUCT WHERE { ?s sl:about ?o }", TURTLE)


def test_syntax_error_has_its_line_and_column(dataset: Dataset) -> None:
    found = failure(dataset, "SELECT *\n{ ?s ?p } ")
    assert (found.reason, found.line, found.column) == ("syntax", 2, 9)
    assert str(found).startswith("Line 2, column 9: ")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s nope:p ?o }",
        "SELECT * { ?s <a b> ?o }",
        "SELECT ?s { ?s ?p ?o } GROUP BY ?p",
        "SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }",
        "INSERT DATA { <a> <b> <c> }",
        "",
    ],
)
def test_what_is_no_sparql_query_is_a_syntax_error(dataset: Dataset, query: str) -> None:
    request = QueryRequest(query, "SELECT")
    with pytest.raises(QueryFailed) as caught:
        evaluate(dataset, request, JSON_RESULTS)
    assert caught.value.reason == "syntax"


def test_result_may_be_as_large_as_the_limit_and_no_larger(dataset: Dataset) -> None:
    query = "SELECT * { ?s ?p ?o }"
    size = len(evaluate(dataset, query, JSON_RESULTS).encode())
    assert len(evaluate(dataset, query, JSON_RESULTS, size).encode()) == size
    assert failure(dataset, query, size - 1).reason == "size"


def test_large_graph_is_bounded_as_well(dataset: Dataset) -> None:
    query = "CONSTRUCT WHERE { ?s ?p ?o }"
    with pytest.raises(QueryFailed, match="larger than 10 bytes") as caught:
        evaluate(dataset, query, NTRIPLES, 10)
    assert caught.value.reason == "size"


def test_head_of_a_result_is_cut(dataset: Dataset) -> None:
    request = QueryRequest("SELECT * { ?s ?p ?o }", "SELECT")
    whole = embedded.evaluate(dataset, request, JSON_RESULTS, BASE, Spool(10**6, 10**6))
    head = embedded.evaluate(dataset, request, JSON_RESULTS, BASE, Spool(10**6, 10))
    assert (whole.whole, head.whole) == (True, False)
    assert head.read() == whole.read()[:10]


def test_update_changes_nothing(dataset: Dataset) -> None:
    with pytest.raises(QueryFailed):
        evaluate(dataset, QueryRequest("DROP ALL", "SELECT"), JSON_RESULTS)
    assert rows(dataset, COUNT) == [["4"]]


def test_empty_result_has_its_head(dataset: Dataset) -> None:
    found = json.loads(evaluate(dataset, "SELECT ?x { ?x a sl:Nothing }", JSON_RESULTS))
    assert found == {"head": {"vars": ["x"]}, "results": {"bindings": []}}


def test_an_unknown_function_is_named(dataset: Dataset) -> None:
    found = failure(dataset, "SELECT (<http://nope.example/f>(1) AS ?x) {}")
    assert found.reason == "function"
    assert "<http://nope.example/f>" in found.detail


@pytest.mark.parametrize(("triple", "said"), [
    ("<a:b> <http://x.example/1> 'y'", "property <http://x.example/1>"),
    ("<a:b> <http://x.example/> 'y'", "property"),
    ("<a:b> <http://x.example/p> 'y\\u0001'", "control character")])  # fmt: skip
def test_what_rdf_xml_cannot_say_is_refused(dataset: Dataset, triple: str, said: str) -> None:
    request = QueryRequest(f"CONSTRUCT {{ {triple} }} {{}}", "CONSTRUCT")
    with pytest.raises(QueryFailed, match=said) as caught:
        evaluate(dataset, request, BY_KEY["rdf"])
    assert caught.value.reason == "format"
    assert evaluate(dataset, request, TURTLE)


def test_what_xml_results_cannot_say_is_refused(dataset: Dataset) -> None:
    for escape in ("\\u0001", "\\u000B", "\\uFFFE", "x" * 70_000 + "\\uFFFF"):
        query = f"SELECT ('{escape}' AS ?x) {{}}"
        with pytest.raises(QueryFailed) as caught:
            evaluate(dataset, query, BY_KEY["srx"])
        assert caught.value.reason == "format"
        assert evaluate(dataset, query, JSON_RESULTS)


@pytest.mark.parametrize("way", ["srx", "rdf"])
def test_white_space_in_xml_is_what_a_parser_reads(dataset: Dataset, way: str) -> None:
    form = "SELECT (?a AS ?x)" if way == "srx" else "CONSTRUCT { <a:b> sl:q ?a }"
    query = QueryRequest(f"{form} {{ BIND('a\\r\\n\\t b' AS ?a) }}", form.split()[0])
    found = ElementTree.fromstring(evaluate(dataset, query, BY_KEY[way]))
    assert [e.text for e in found.iter() if e.text and "a" in e.text] == ["a\r\n\t b"]


class TestSparql12:
    """What the engine has of SPARQL 1.2 and RDF 1.2 (docs/sparql.md lists it)."""

    @pytest.mark.parametrize(("expression", "value"), [
        ("SUBJECT(<<( <a:s> <a:p> 1 )>>)", "a:s"),
        ("PREDICATE(TRIPLE(<a:s>, <a:p>, 1))", "a:p"),
        ("OBJECT(<<( <a:s> <a:p> 'o' )>>)", "o"),
        ("isTRIPLE(<<( <a:s> <a:p> 1 )>>)", "true"),
        ("LANGDIR('x'@ar--rtl)", "rtl"),
        ("LANG(STRLANGDIR('x', 'ar', 'rtl'))", "ar"),
        ("hasLANG('x'@en)", "true"),
        ("hasLANGDIR('x'@en)", "false")])  # fmt: skip
    def test_functions(self, dataset: Dataset, expression: str, value: str) -> None:
        assert rows(dataset, f"SELECT ({expression} AS ?x) {{}}") == [[value]]

    def test_the_version_may_be_told(self, dataset: Dataset) -> None:
        assert (
            evaluate(dataset, "VERSION '1.2' ASK {}", JSON_RESULTS) == '{"head":{},"boolean":true}'
        )

    def test_triple_terms_in_results(self, dataset: Dataset) -> None:
        found = json.loads(
            evaluate(dataset, "SELECT (<<( <a:s> <a:p> 'o' )>> AS ?t) {}", JSON_RESULTS)
        )
        term = found["results"]["bindings"][0]["t"]
        assert term["type"] == "triple"
        assert term["value"]["object"] == {"type": "literal", "value": "o"}

    def test_triple_terms_and_directions_in_graphs(self, dataset: Dataset) -> None:
        query = "CONSTRUCT { <a:x> <a:p> <<( <a:s> <a:p> 'o'@ar--rtl )>> } {}"
        request = QueryRequest(query, "CONSTRUCT")
        found = list(ox.parse(evaluate(dataset, request, TURTLE), ox.RdfFormat.TURTLE))
        term = found[0].object
        assert isinstance(term, ox.Triple)
        assert term.object == ox.Literal("o", language="ar", direction=ox.BaseDirection.RTL)

    def test_annotations_and_reifiers_parse(self, dataset: Dataset) -> None:
        for pattern in ("?s ?p ?o {| <a:src> ?x |}", "<< ?s ?p ?o >> <a:src> ?x",
                        "?s ?p ?o ~ ?r {| <a:src> ?x |}"):  # fmt: skip
            assert rows(dataset, f"SELECT * {{ {pattern} }}") == []
