"""Tests of what is read off the tokens of a SPARQL query."""

import time

import pytest

from server.sparql.tokens import close_outline, dataset_graphs, outline, token_spans

SERVICE = "SERVICE <http://example.org/> { ?s ?p ?o }"


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("SELECT * {}", "SELECT"),
        ("ask {}", "ASK"),
        ("Construct WHERE { ?s ?p ?o }", "CONSTRUCT"),
        ("\n\tDESCRIBE <http://example.org/>", "DESCRIBE"),
        ("PREFIX ask: <http://example.org/> SELECT * {}", "SELECT"),
        ("PREFIX : <http://example.org/> SELECT * {}", "SELECT"),
        ("BASE <http://example.org/ASK> PREFIX a: <b> ASK {}", "ASK"),
        ('VERSION "1.2" SELECT * {}', "SELECT"),
        ("# SELECT\nASK {}", "ASK"),
        ("# a comment with { and <\r\nASK {}", "ASK"),
        ("SELECT*{ ?insert ?delete 'DROP' }", "SELECT"),
        ("SELECT * { ?s a <DELETE> }", "SELECT"),
    ],
)
def test_form_of_a_query(query: str, form: str) -> None:
    assert outline(query).form == form


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a> <b> <c> }",
        "delete where { ?s ?p ?o }",
        "LOAD <http://example.org/>",
        "CLEAR ALL",
        "DROP GRAPH <http://example.org/>",
        "CREATE GRAPH <http://example.org/>",
        "ADD DEFAULT TO <http://example.org/>",
        "MOVE DEFAULT TO <http://example.org/>",
        "COPY DEFAULT TO <http://example.org/>",
        "WITH <http://example.org/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "PREFIX select: <http://example.org/> INSERT DATA { <a> <b> <c> }",
        "# SELECT\nDROP ALL",
    ],
)
def test_form_of_an_update(update: str) -> None:
    assert outline(update).form == "UPDATE"


@pytest.mark.parametrize(
    "text", ["", "  \n", "# SELECT", "hello SELECT * {}", "<SELECT>", '"SELECT"', "?SELECT", "{}"]
)
def test_no_form_where_the_first_word_is_none(text: str) -> None:
    assert outline(text).form == ""


@pytest.mark.parametrize(
    ("query", "depth"),
    [
        ("DESCRIBE <a>", 0),
        ("SELECT * {}", 1),
        ("SELECT * { { } { } }", 2),
        ("SELECT * { ?s ?p ( [ ( 1 ) ] ) }", 4),
        ("SELECT * { FILTER((1 + (2)) < 3) }", 4),
        ("ASK { ?s ?p '((((' , \"[[[[\" }", 1),
        ("ASK { ?s ?p '''(' (''(\\'''( ''' , \"\"\"[\"[\"\"[\"\"\" }", 1),
        ("ASK { ?s ?p 'a\\'((' }", 1),
        ("ASK { # ((((\n }", 1),
        ("ASK { <((((> ?p ?o }", 1),
        ("ASK { a:b\\(\\(\\( ?p ?o }", 1),
        ("ASK " + "{" * 500 + "}" * 500, 500),
        ("ASK " + "{}" * 500, 1),
    ],
)
def test_depth_counts_brackets_outside_of_strings_iris_names_and_comments(
    query: str, depth: int
) -> None:
    assert close_outline(query).depth == depth
    assert outline(query).depth >= depth


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ {SERVICE} }}",
        "SELECT * { service silent ?x { ?s ?p ?o } }",
        "SELECT * { OPTIONAL{SERVICE<http://example.org/>{} } }",
        "SELECT * { ?s ?p 1 .SERVICE a:b {} }",
        "SELECT * { FILTER(?a<1)SERVICE <http://example.org/> {} }",
        "SELECT * { ?s ?p 'a'SERVICE <http://example.org/> {} }",
        "SELECT * { ?s ?p '#' SERVICE <http://example.org/> {} }",
        "SELECT * { ?s ?p 'it\\'s' SERVICE <http://example.org/> {} # '\n }",
        "SELECT * { ?s a:b\\#c ?o SERVICE <http://example.org/> {} }",
        "SELECT * { ?s <a#b> ?o SERVICE <http://example.org/> {} }",
        "SELECT * { #\rSERVICE <http://example.org/> {} }",
        "SELECT * { \\u0053ERVICE <http://example.org/> {} }",
        "SELECT * { \\U00000053ERVICE <http://example.org/> {} }",
    ],
)
def test_service_is_found(query: str) -> None:
    assert outline(query).service


# The engine runs each of these: it takes keywords without a space before them, `<` as less-than
# where no IRI can stand, \u only within strings and IRIs, and one dot at most as part of a name.
@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ ?s ?p 1e5{SERVICE} }}",
        f"SELECT * {{ ?s ?p 1.0E5{SERVICE} }}",
        f"SELECT * {{ ?s ?p true{SERVICE} }}",
        f"SELECT * {{ ?s ?p false{SERVICE} }}",
        "SELECT * { FILTER(?a<2)SERVICE#>\n<http://example.org/> { ?s ?p ?o } }",
        f'SELECT * {{ FILTER("\\u0022"!="x") {SERVICE} FILTER("\\u0022"!="x") }}',
        f"SELECT * {{ ?s ?p a:b.c.{SERVICE} }}",
    ],
)
def test_service_is_found_where_the_engine_finds_it(query: str) -> None:
    assert outline(query).service


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE' }",
        "SELECT * { ?s service:p ?o ; a:SERVICE 'a'@service . _:service ?p ?o }",
        "SELECT * { ?s <SERVICE> ?o # SERVICE\n }",
        "SELECT * { ?s ?p 'it\\'s SERVICE', '''SERVICE ' SERVICE''' }",
        "SELECT * { ?s ?p $SERVICE , ?services }",
        "PREFIX service: <http://example.org/> SELECT * { ?s ?p service: }",
    ],
)
def test_service_is_not_found_in_names_strings_and_comments(query: str) -> None:
    assert not outline(query).service


def test_dataset_clause_is_found() -> None:
    assert outline("SELECT * FROM <http://example.org/> {}").dataset
    assert outline("SELECT * from named <http://example.org/> {}").dataset
    assert not outline("SELECT ?from { ?from ?p 'FROM' }").dataset


def test_codepoint_escape_beyond_unicode_is_survived() -> None:
    assert outline("SELECT * { ?s ?p '\\UFFFFFFFF' }").form == "SELECT"


# Names looked for again from each character of a run would keep a process busy for minutes.
@pytest.mark.parametrize(
    "piece", ["1", "a.", "a-", "a", "'", '"', "'''", '"""""', "<", "a:", "\\", "#", "_", "?", "@a-"]
)
def test_reading_takes_time_in_proportion_to_the_length(piece: str) -> None:
    start = time.thread_time()
    outline(piece * (64_000 // len(piece)))
    assert time.thread_time() - start < 5  # seconds; takes 0.2, and over 20 by the square


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT * { FILTER(rand() < 0.5) }",
        "SELECT * { BIND(uuid() AS ?x) }",
        "SELECT * { BIND(STRUUID() AS ?x) }",
        "SELECT (1-RAND() AS ?x) {}",
        "SELECT (2.5-NOW() AS ?x) {}",
    ],
)
def test_query_that_gives_another_result_each_time_is_volatile(query: str) -> None:
    assert outline(query).volatile


def test_query_that_only_speaks_of_such_functions_is_not_volatile() -> None:
    assert not outline("SELECT ?now { ?now sl:rand 'UUID()' , <NOW> } # NOW()").volatile


def graphs(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return dataset_graphs(outline(query), "http://localhost/", {"sl": "http://localhost/def/"})


@pytest.mark.parametrize(
    ("clauses", "default", "named"),
    [
        ("", (), ()),
        ("FROM <http://a.b/>", ("http://a.b/",), ()),
        ("from<http://a.b/> FROM NAMED <http://c.d/>", ("http://a.b/",), ("http://c.d/",)),
        ("FROM <graph/a> FROM <graph/a>", ("http://localhost/graph/a",), ()),
        ("FROM named sl:x\\-y", (), ("http://localhost/def/x-y",)),
        ("FROM # <http://c.d/>\n <http://a.b/>", ("http://a.b/",), ()),
    ],
)
def test_graphs_of_dataset_clauses(
    clauses: str, default: tuple[str, ...], named: tuple[str, ...]
) -> None:
    assert graphs(f"SELECT * {clauses} {{ ?s ?p 'FROM <http://x.y/>' }}") == (default, named)


def test_graphs_are_resolved_by_the_prologue_of_the_query() -> None:
    prologue = "BASE <http://a.b/c/> PREFIX sl: <d/> PREFIX : <http://e.f/>"
    assert graphs(f"{prologue} ASK FROM <x> FROM sl:y FROM :z {{}}") == (
        ("http://a.b/c/x", "http://a.b/c/d/y", "http://e.f/z"),
        (),
    )


def test_spans_are_those_of_the_tokens_as_written() -> None:
    query = "ASK { <a> # b\n ?c 'd e' }"
    assert [query[start:end] for start, end in token_spans(query)] == [
        "ASK", "{", "<a>", "?c", "'d e'", "}",
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ['"\\', "'\\", '\\"""a"', '\\"""x\n', "\\'''a'", "'''", "''x\n"])
@pytest.mark.parametrize("start", ["", '"""', "'''"])
def test_quotes_without_end_take_no_longer(start: str, unit: str) -> None:
    # The end of a string was looked for again at each quote: minutes, for the longest query.
    began = time.thread_time()
    close_outline("ASK {" + start + unit * (100_000 // len(unit)))
    assert time.thread_time() - began < 5


@pytest.mark.parametrize("before", [
    "FILTER(?x<2)#>\"\n", "FILTER(?x<2)#>\"\"\"\n", "FILTER(?x<2)#>' \"#\"\n",
    'VALUES ?x { """abc" } '])  # fmt: skip
def test_service_is_seen_behind_a_quote_that_opens_nothing(before: str) -> None:
    assert close_outline(f"SELECT * {{ {before} SERVICE <a:b> {{ ?s ?p ?o }} }}").service
    assert close_outline(f"SELECT * {{ {before} SERVICEa:b{{ ?s ?p ?o }} }}").service
