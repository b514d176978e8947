"""What the engine gets wrong by itself: the order of terms of different kinds, and BNODE."""

import csv
import io
import random
from pathlib import Path

import pyoxigraph as ox
import pytest

from server.rdf.formats import BY_KEY
from server.rdf.vocabulary import XSD
from server.sparql.engine import QueryFailed
from server.sparql.evaluate import evaluate
from server.sparql.request import QueryRequest
from server.sparql.spool import Spool
from server.sparql.stores import Dataset, load

BASE = "http://localhost/"
# In their order: each differs from the one before.
ORDERED = [
    "<x:a>",
    "<x:b>",
    "-3",
    "1.5",
    "9",
    "10",
    "1000.0e0",
    '"INF"^^xsd:double',
    '"NaN"^^xsd:double',
    "false",
    "true",
    '"x"^^xsd:date',
    '"0999-01-01"^^xsd:date',
    '"2020-01-01"^^xsd:date',
    '"2019-01-01Z"^^xsd:date',
    '"2020-01-01-05:00"^^xsd:date',
    '"2020-01-01T00:00:00"^^xsd:dateTime',
    '"2020-01-01T00:00:00+02:00"^^xsd:dateTime',
    '"2020-01-01T00:00:00Z"^^xsd:dateTime',
    '"PT23H"^^xsd:dayTimeDuration',
    '"P1D"^^xsd:dayTimeDuration',
    '"P1M"^^xsd:duration',
    '"P30D"^^xsd:duration',
    '"1"^^<x:own>',
    '"10"',
    '"5"',
    '"b"',
    '"5"@en',
    '"a"@en',
    '"a"@fr',
    "<<( <x:a> <x:b> 1 )>>",
]
PROLOGUE = f"PREFIX xsd: <{XSD}> "


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return a graph with blank nodes whose names are short."""
    path = Path(tmp_path_factory.mktemp("repairs")) / "dataset.nq"
    graph = ox.NamedNode(f"{BASE}graph/official")
    quads = [ox.Quad(ox.BlankNode(n), ox.NamedNode("x:secret"), ox.Literal(n), graph) for n in "1a"]
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return load(path, BASE)


def rows(dataset: Dataset, query: str) -> list[list[str]]:
    """Return the rows of a result as in TSV."""
    request = QueryRequest(PROLOGUE + query, "SELECT")
    result = evaluate(dataset, request, BY_KEY["tsv"], BASE, Spool(10**7)).read().decode()
    return list(csv.reader(io.StringIO(result), delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


def column(dataset: Dataset, query: str) -> list[str]:
    return [row[0] if row else "" for row in rows(dataset, query)]


def values(terms: list[str]) -> str:
    return f"VALUES ?o {{ {' '.join(terms)} }}"


def written(dataset: Dataset, terms: list[str]) -> list[str]:
    """Return terms as the engine writes them."""
    return [column(dataset, f"SELECT ?o {{ {values([term])} }}")[0] for term in terms]


@pytest.fixture(scope="module")
def ordered(dataset: Dataset) -> list[str]:
    return written(dataset, ORDERED)


@pytest.mark.parametrize("seed", range(30))
def test_there_is_one_order_of_all_terms(dataset: Dataset, ordered: list[str], seed: int) -> None:
    terms = ["UNDEF", *ORDERED]
    random.Random(seed).shuffle(terms)
    for condition, expected in (
        ("?o", ["", *ordered]),
        ("ASC(?o)", ["", *ordered]),
        ("DESC(?o)", [*reversed(ordered), ""]),
        ("(?o)", ["", *ordered]),
        ("COALESCE(?o)", ["", *ordered]),
    ):
        query = f"SELECT ?o {{ {values(terms)} }} ORDER BY {condition}"
        assert column(dataset, query) == expected


@pytest.mark.parametrize("query", [
    "SELECT ?o {{ {} }} ORDER BY ?o VALUES (?x ?y) {{ (1 2) }}",
    "SELECT ?o {{ {} }} ORDER BY ?o LIMIT 9 VALUES ?x {{ 1 }}",
    "SELECT ?o {{ {} }} ORDER BY NOT EXISTS {{ ?o ?a ?b }} ?o",
    "SELECT ?o {{ {} }} ORDER BY EXISTS {{ ?o ?a ?b FILTER(?b > 1) }} ASC(?o)",
    "SELECT DISTINCT ?o {{ {} }} GROUP BY ?o HAVING (COUNT(*) > 0) ORDER BY ?o",
    "SELECT (SAMPLE(?o) AS ?p) {{ {} }} GROUP BY ?o ORDER BY SAMPLE(?o)",
    "SELECT ?o {{ {{ SELECT * {{ {} }} ORDER BY ?o }} FILTER EXISTS {{ SELECT * {{}} ORDER BY ?a "
    "}} }} ORDER BY ?o # ORDER BY ?x",
])  # fmt: skip
def test_the_order_holds_whatever_stands_around(dataset: Dataset, query: str) -> None:
    terms = ["9", "'5'", "10", "'x'@en", "<x:a>", "true"]
    for seed in range(5):
        random.Random(seed).shuffle(terms)
        found = column(dataset, query.format(values(terms)))
        assert found == ["<x:a>", "9", "10", "true", '"5"', '"x"@en']


@pytest.mark.parametrize(("query", "columns"), [
    ("SELECT * { ?z ?y ?x }", "zyx"), ("select*{?a ?b ?c}", "abc"),
    ("SELECT DISTINCT * { ?b ?a 1 . ?c ?a 2 } ORDER BY ?a", "bac"),
    ("SELECT REDUCED * { { SELECT ?q ?a { ?q ?a ?hidden } } ?z ?q ?b }", "qazb"),
    ("SELECT * { VALUES (?z ?a) { (1 2) } OPTIONAL { ?y ?b ?z } FILTER NOT EXISTS { ?z ?no 1 } }",
     "zayb"),
    ("SELECT * { { SELECT * { ?z ?a 1 } } BIND(1 AS ?b) }", "zab"),
    ("SELECT ?b ?a { { SELECT * { ?z ?a ?b } } }", "ba"),
    ("PREFIX select: <x:> SELECT # * ?a\n * { ?z select:a ?y MINUS { ?z ?x ?y } }", "zy"),
    ("SELECT (COUNT(*) AS ?n) { ?z ?y ?x }", "n")])  # fmt: skip
def test_columns_come_in_the_order_of_the_query(dataset: Dataset, query: str, columns: str) -> None:
    request = QueryRequest(query, "SELECT")
    result = evaluate(dataset, request, BY_KEY["csv"], BASE, Spool(10**7)).read().decode()
    assert result.splitlines()[0] == ",".join(columns)


def test_blank_nodes_come_before_iris(dataset: Dataset) -> None:
    found = column(dataset, "SELECT ?o { { ?o <x:secret> ?n } UNION { VALUES ?o { 1 <x:a> } } } "
                            "ORDER BY ?o")  # fmt: skip
    assert [term[:2] for term in found] == ["_:", "_:", "<x", "1"]


# Bug: the engine aborted.
def test_many_terms_of_all_kinds_have_an_order(dataset: Dataset) -> None:
    rng = random.Random(1)
    terms = [
        rng.choice(["{}", "'{}'", "'x{}'@en", "{}.5", "<x:{}>"]).format(rng.randrange(1000))
        for _ in range(3000)
    ]
    query = f"SELECT ?o {{ {values(terms)} }} ORDER BY ?o LIMIT 5"
    iris = sorted(term.strip("<>") for term in terms if term.startswith("<"))
    assert column(dataset, query) == [f"<{iri}>" for iri in iris[:5]]


def test_order_in_a_subquery_and_by_several_conditions(dataset: Dataset) -> None:
    terms = ["9", "'5'", "10"]
    inner = f"{{ SELECT ?o {{ {values(terms)} }} ORDER BY DESC(?o) LIMIT 2 }}"
    assert sorted(column(dataset, f"SELECT ?o {{ {inner} }}")) == ['"5"', "10"]
    pairs = "VALUES (?a ?b) { (1 9) (1 'x') (1 10) ('1' 2) }"
    for condition in ("?a DESC(?b)", "ASC(?a) DESC(?b)", "(?a) DESC((?b)) STR(?a)",
                      "?a DESC(?b) xsd:string(?a) <http://www.w3.org/2001/XMLSchema#string>(?a)",
                      "?a DESC(?b) EXISTS { ?a ?a ?a }"):  # fmt: skip
        found = rows(dataset, f"SELECT ?a ?b {{ {pairs} }} ORDER BY {condition} LIMIT 9 OFFSET 0")
        assert found == [["1", '"x"'], ["1", "10"], ["1", "9"], ['"1"', "2"]]


@pytest.mark.parametrize("seed", range(10))
def test_least_and_greatest_are_those_of_the_order(
    dataset: Dataset, ordered: list[str], seed: int
) -> None:
    rng = random.Random(seed)
    for _ in range(20):
        chosen = rng.sample(range(len(ORDERED)), rng.randint(1, 5))
        terms = values([ORDERED[i] for i in chosen])
        query = f"SELECT (MIN(?o) AS ?least) (max(distinct ?o) AS ?greatest) {{ {terms} }}"
        assert rows(dataset, query) == [[ordered[min(chosen)], ordered[max(chosen)]]]


def test_least_of_nothing_is_nothing(dataset: Dataset) -> None:
    assert column(dataset, "SELECT (MIN(?o) AS ?m) { ?o <x:nothing> ?x }") == [""]


def test_extremes_of_groups(dataset: Dataset) -> None:
    pairs = "VALUES (?a ?b) { (1 9) (1 10) (2 'x') (2 10) (3 1) }"
    query = f"SELECT ?a (MAX(?b) + 1 AS ?m) {{ {pairs} }} GROUP BY ?a HAVING (MIN(?b) > 1)"
    assert rows(dataset, f"{query} ORDER BY MAX(?b)") == [["1", "11"], ["2", ""]]


def test_words_in_strings_and_names_stay(dataset: Dataset) -> None:
    query = "SELECT ?order (' ORDER BY ?x MIN(?y) BNODE(1)' AS ?min) { VALUES ?order { 1 } }"
    assert rows(dataset, query) == [["1", '" ORDER BY ?x MIN(?y) BNODE(1)"']]


@pytest.mark.parametrize(("query", "line", "column"), [
    ("SELECT *\n{ ?s ?p } ORDER BY ?s", 2, 9),
    ("SELECT * { ?s ?p ?o }\nORDER BY", 2, 9),
    ("SELECT * { ?s ?p ?o }\nORDER BY (?s", 2, 13),
    ("SELECT (MIN(?s AS ?x) {}", 1, 16)])  # fmt: skip
def test_a_syntax_error_has_its_place_in_what_was_written(
    dataset: Dataset, query: str, line: int, column: int
) -> None:
    with pytest.raises(QueryFailed) as caught:
        evaluate(dataset, QueryRequest(query, "SELECT"), BY_KEY["csv"], BASE, Spool(10**6))
    assert (caught.value.reason, caught.value.line, caught.value.column) == ("syntax", line, column)


def test_a_blank_node_is_fresh_in_each_solution(dataset: Dataset) -> None:
    query = ("SELECT (BNODE('1') AS ?a) (BNODE('1') AS ?b) (BNODE('2') AS ?c) (BNODE() AS ?d) "
             "{ VALUES ?x { 1 2 } }")  # fmt: skip
    first, second = rows(dataset, query)
    assert first[0] == first[1]
    assert second[0] == second[1]
    assert len({*first, *second}) == 6


@pytest.mark.parametrize("label", ["1", "a"])
def test_a_blank_node_is_none_of_the_store(dataset: Dataset, label: str) -> None:
    query = f"SELECT ?o {{ BIND(BNODE('{label}') AS ?b) ?b <x:secret> ?o }}"
    assert rows(dataset, query) == []


def test_a_blank_node_takes_a_string(dataset: Dataset) -> None:
    assert column(dataset, "SELECT (BNODE(<x:a>) AS ?b) {}") == [""]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("GROUP_CONCAT(?o)", '"x:a 9 b c"'),
        ("group_concat( ?o ; separator = ', ' )", '"x:a, 9, b, c"'),
        ("GROUP_CONCAT(DISTINCT ?o; SEPARATOR=';')", '"x:a;9;b;c"'),
        ("GROUP_CONCAT(CONCAT(STR(?o), ')'); separator='')", '"x:a)9)b)c)"'),
        ("STRLEN(GROUP_CONCAT(IF(isIRI(?o), MD5(''), ?o)))", "38"),
        ("CONCAT(GROUP_CONCAT(?o), MIN(?o), GROUP_CONCAT(<x:b>))", ""),
        ("CONCAT(GROUP_CONCAT(?o), STR(MIN(?o)))", '"x:a 9 b cx:a"'),
    ],
)
def test_any_terms_with_a_text_are_joined_to_a_plain_string(
    dataset: Dataset, call: str, told: str
) -> None:
    query = f"SELECT ({call} AS ?g) {{ VALUES ?o {{ <x:a> 9 'b'@en 'c'@en }} }}"
    assert column(dataset, query) == [told]


def test_a_group_concat_without_an_end_is_a_syntax_error_where_it_is(dataset: Dataset) -> None:
    for query in (
        "SELECT (GROUP_CONCAT(",
        "SELECT (GROUP_CONCAT(?o; SEPARATOR",
        "SELECT (GROUP_CONCAT(DISTINCT",
    ):
        with pytest.raises(QueryFailed) as caught:
            rows(dataset, query)
        assert caught.value.reason == "syntax"
