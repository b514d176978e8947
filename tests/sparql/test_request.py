"""Tests of reading query operations, by the sections of the SPARQL 1.1 Protocol."""

import gzip
from urllib.parse import urlencode, urljoin

import pytest

from server.problems import Problem
from server.rdf.form_fields import FORM
from server.sparql.request import (
    DIRECT,
    MAX_NESTING,
    MAX_QUERY_LENGTH,
    QueryRequest,
    check,
    read,
    resolved,
    unknown_graphs,
    unpacked,
)

QUERY = "SELECT * { ?s ?p 'é & = + %' }"
GRAPHS = [
    ("default-graph-uri", "http://example.org/a"),
    ("named-graph-uri", "http://example.org/b"),
    ("default-graph-uri", "http://example.org/c"),
    ("named-graph-uri", "http://example.org/d"),
]
WITH_GRAPHS = QueryRequest(
    QUERY,
    "SELECT",
    ("http://example.org/a", "http://example.org/c"),
    ("http://example.org/b", "http://example.org/d"),
)


def encoded(*pairs: tuple[str, str]) -> bytes:
    return urlencode(pairs).encode()


def get(*pairs: tuple[str, str]) -> QueryRequest:
    return read("GET", encoded(*pairs), "", b"")


def refused(method: str, query_string: bytes, content_type: str, body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read(method, query_string, content_type, body)
    return caught.value


def test_2_1_1_query_via_get() -> None:
    assert get(("query", QUERY)) == QueryRequest(QUERY, "SELECT")


def test_2_1_1_head_is_read_as_get() -> None:
    assert read("HEAD", encoded(("query", QUERY)), "", b"") == get(("query", QUERY))


def test_2_1_1_body_and_content_type_of_get_mean_nothing() -> None:
    assert read("GET", encoded(("query", QUERY)), "image/png", b"\xff") == get(("query", QUERY))


def test_2_1_1_plus_is_a_space_and_percent_an_escape() -> None:
    assert read("GET", b"query=ASK+%7B%7D", "", b"").query == "ASK {}"


def test_2_1_2_query_via_post_with_urlencoded_parameters() -> None:
    assert read("POST", b"", FORM, encoded(("query", QUERY))) == QueryRequest(QUERY, "SELECT")


def test_2_1_2_graphs_in_the_body() -> None:
    assert read("POST", b"", FORM, encoded(("query", QUERY), *GRAPHS)) == WITH_GRAPHS


def test_2_1_2_query_string_and_body_are_taken_together() -> None:
    assert read("POST", encoded(*GRAPHS), FORM, encoded(("query", QUERY))) == WITH_GRAPHS


def test_2_1_2_query_in_both_places_is_refused() -> None:
    problem = refused("POST", encoded(("query", QUERY)), FORM, encoded(("query", QUERY)))
    assert problem.status == 400


@pytest.mark.parametrize("form", [FORM.upper(), FORM + ";charset=UTF-8", f" {FORM} ; charset=utf8"])
def test_2_1_2_media_type_is_read_loosely(form: str) -> None:
    assert read("POST", b"", form, encoded(("query", QUERY))).query == QUERY


def test_2_1_3_query_via_post_directly() -> None:
    assert read("POST", b"", DIRECT, QUERY.encode()) == QueryRequest(QUERY, "SELECT")


def test_2_1_3_graphs_in_the_query_string() -> None:
    assert read("POST", encoded(*GRAPHS), DIRECT, QUERY.encode()) == WITH_GRAPHS


def test_2_1_3_a_query_parameter_beside_the_body_is_refused() -> None:
    assert refused("POST", b"query=ASK%7B%7D", DIRECT, QUERY.encode()).status == 400


def test_2_1_3_charset_may_be_named() -> None:
    assert read("POST", b"", f'{DIRECT}; charset="UTF-8"', QUERY.encode()).query == QUERY


def test_2_1_3_another_charset_is_refused() -> None:
    assert refused("POST", b"", f"{DIRECT};charset=latin1", QUERY.encode("latin1")).status == 415


def test_2_1_3_body_that_is_not_utf_8_is_refused_with_the_place() -> None:
    problem = refused("POST", b"", DIRECT, b"ASK {} # \xff")
    assert problem.status == 400
    assert "byte 9" in problem.detail


def test_2_1_4_graphs_keep_their_order_and_number() -> None:
    assert get(("query", QUERY), *GRAPHS) == WITH_GRAPHS


def test_2_1_4_no_graphs_means_none_named() -> None:
    found = get(("query", QUERY))
    assert (found.default_graphs, found.named_graphs) == ((), ())


@pytest.mark.parametrize(
    ("name", "advice"),
    [("default-graph", "default-graph-uri?"), ("Timeout", "timeout?"), ("x", "output, results.")],
)
def test_unknown_parameter_is_refused_with_the_nearest(name: str, advice: str) -> None:
    problem = refused("GET", encoded(("query", QUERY), (name, "1")), "", b"")
    assert problem.status == 400
    assert problem.detail.endswith(advice)


def test_format_is_named_once() -> None:
    problem = refused(
        "GET", encoded(("query", QUERY), ("format", "csv"), ("format", "srj")), "", b""
    )
    assert problem.status == 400
    assert "2 format parameters" in problem.detail


@pytest.mark.parametrize("pairs", [[], [("query", "ASK {}"), ("query", "ASK {}")]])
def test_2_1_exactly_one_query(pairs: list[tuple[str, str]]) -> None:
    problem = refused("GET", encoded(*pairs), "", b"")
    assert problem.status == 400
    assert ("no query" if not pairs else "2 query parameters") in problem.detail


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "get"])
def test_2_1_other_methods_are_refused_with_those_allowed(method: str) -> None:
    problem = refused(method, encoded(("query", QUERY)), "", b"")
    assert problem.status == 405
    assert problem.headers["Allow"] == "GET, HEAD, POST, QUERY, OPTIONS"


@pytest.mark.parametrize("content_type", ["", "text/plain", "multipart/form-data; boundary=x"])
def test_2_1_other_media_types_are_refused_with_those_accepted(content_type: str) -> None:
    problem = refused("POST", b"", content_type, QUERY.encode())
    assert problem.status == 415
    assert problem.headers["Accept-Post"] == f"{FORM}, {DIRECT}"


@pytest.mark.parametrize(
    "data",
    [b"query=%FF", b"query=\xe9", b"query=%zz", b"&".join([b"a=b"] * 101 + [b"query=ASK%7B%7D"])],
)
def test_2_1_malformed_parameters_are_refused(data: bytes) -> None:
    assert refused("GET", data, "", b"").status == 400
    assert refused("POST", b"", FORM, data).status == 400


UPDATE = "INSERT DATA { <a> <b> <c> }"


@pytest.mark.parametrize(
    ("query_string", "content_type", "body"),
    [
        (b"", "application/sparql-update", UPDATE.encode()),
        (b"", "application/sparql-update;charset=utf-8", b""),
        (b"", FORM, encoded(("update", UPDATE))),
        (b"", FORM, encoded(("update", ""))),
        (encoded(("update", UPDATE)), DIRECT, QUERY.encode()),
        (b"", FORM, encoded(("query", UPDATE))),
        (b"", DIRECT, UPDATE.encode()),
    ],
)
def test_2_2_updates_are_refused(query_string: bytes, content_type: str, body: bytes) -> None:
    assert refused("POST", query_string, content_type, body).status == 403


def test_2_2_update_via_get_is_refused() -> None:
    assert refused("GET", encoded(("update", UPDATE)), "", b"").status == 403


def failed_check(query: str) -> int:
    with pytest.raises(Problem) as caught:
        check(query)
    return caught.value.status


@pytest.mark.parametrize("form", ["SELECT * {}", "ASK {}", "CONSTRUCT WHERE {}", "DESCRIBE <a>"])
def test_check_passes_each_form(form: str) -> None:
    assert check(form).form == form.split()[0]


def test_check_refuses_what_is_no_query() -> None:
    assert failed_check("") == 400
    assert failed_check("hello") == 400


def test_check_refuses_service() -> None:
    assert failed_check("SELECT * { SERVICE <http://example.org/> {} }") == 403


def test_check_refuses_long_queries() -> None:
    assert check("ASK {}".ljust(MAX_QUERY_LENGTH)).form == "ASK"
    assert failed_check("ASK {}".ljust(MAX_QUERY_LENGTH + 1)) == 413


def test_check_refuses_deep_nesting() -> None:
    assert check("ASK " + "{" * MAX_NESTING + "}" * MAX_NESTING).depth == MAX_NESTING
    assert failed_check("ASK " + "{" * (MAX_NESTING + 1)) == 400
    assert failed_check("ASK " + "(" * 100 + "[" * 101) == 400


@pytest.mark.parametrize(("text", "seconds"), [
    ("5", 5.0), ("0.25", 0.25), ("999", 999.0), ("1000", 1.0), ("30000", 30.0), ("0", None),
    ("0.0", None), ("", None)])  # fmt: skip
def test_timeout_is_in_seconds_or_milliseconds(text: str, seconds: float | None) -> None:
    assert get(("query", QUERY), ("timeout", text)).timeout == seconds
    assert get(("query", QUERY)).timeout is None


@pytest.mark.parametrize("text", ["-1", "1e3", "5s", "nan", "\u0665", "1" * 10])
def test_other_timeouts_are_refused(text: str) -> None:
    assert refused("GET", encoded(("query", QUERY), ("timeout", text)), "", b"").status == 400


def test_two_timeouts_are_refused() -> None:
    pairs = (("query", QUERY), ("timeout", "1"), ("timeout", "2"))
    assert refused("GET", encoded(*pairs), "", b"").status == 400


BASE = "http://localhost/"
KNOWN = {BASE + "graph/official", BASE + "graph/paper"}


def request(query: str = "ASK {}", *default: str, named: tuple[str, ...] = ()) -> QueryRequest:
    return resolved(QueryRequest(query, "ASK", default, named), BASE, KNOWN)


def test_graphs_are_resolved_against_the_base() -> None:
    found = request("ASK {}", "graph/paper", named=("graph/official", BASE + "graph/official"))
    assert found.default_graphs == (BASE + "graph/paper",)
    assert found.named_graphs == (BASE + "graph/official",)


def test_graphs_of_the_query_count_where_the_protocol_names_none() -> None:
    query = "ASK FROM <graph/paper> FROM NAMED <graph/official> {}"
    assert request(query).default_graphs == (BASE + "graph/paper",)
    assert request(query).named_graphs == (BASE + "graph/official",)
    named = request(query, named=("graph/paper",))
    assert (named.default_graphs, named.named_graphs) == ((), (BASE + "graph/paper",))


@pytest.mark.parametrize("graph", ["http://example.org/", "graph/nothing", "graph/paper#x"])
def test_graph_that_is_not_there_is_told_with_the_nearest(graph: str) -> None:
    for arguments in (("ASK {}", graph), (f"ASK FROM <{graph}> {{}}",)):
        found = request(*arguments)
        assert found.default_graphs == (urljoin(BASE, graph),)
        ((unknown, nearest),) = unknown_graphs(found, KNOWN)
        assert (unknown, nearest in KNOWN) == (urljoin(BASE, graph), True)
    assert unknown_graphs(request("ASK {}", "graph/papers"), KNOWN) == [
        (BASE + "graph/papers", BASE + "graph/paper")]  # fmt: skip
    assert unknown_graphs(request("ASK {}", "graph/paper"), KNOWN) == []


@pytest.mark.parametrize("graph", ["http://[", "a b", "a:<b>", "x:\\uD800"])
def test_graph_without_a_well_formed_iri_is_refused(graph: str) -> None:
    with pytest.raises(Problem) as caught:
        request("ASK {}", graph)
    assert caught.value.status == 400


def test_key_of_a_request_is_what_determines_its_result() -> None:
    keys = {
        QueryRequest("ASK {}", "ASK", default, named, timeout).key
        for default, named, timeout in [
            ((), (), None), ((), (), 5.0), (("a",), (), None), ((), ("a",), None),
            (("a", "b"), (), None),
        ]
    }  # fmt: skip
    assert len(keys) == 4


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_body_without_a_coding_is_taken_as_it_is(coding: str) -> None:
    assert unpacked(b"ASK {}", coding, 3) == b"ASK {}"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_body_in_gzip_is_unpacked(coding: str) -> None:
    assert unpacked(gzip.compress(b"ASK {}", mtime=0), coding, 6) == b"ASK {}"


WHOLE = gzip.compress(b"ASK {}", mtime=0)


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (WHOLE, "br", 415),
        (WHOLE, "gzip, gzip", 415),
        (b"ASK {}", "gzip", 400),
        (WHOLE[:-1], "gzip", 400),
        (WHOLE + b"x", "gzip", 400),
        (gzip.compress(b"ASK {}".ljust(101), mtime=0), "gzip", 413),
        (gzip.compress(bytes(50_000_000), mtime=0), "gzip", 413),
    ],
)
def test_other_codings_are_refused(body: bytes, coding: str, status: int) -> None:
    with pytest.raises(Problem) as caught:
        unpacked(body, coding, 100)
    assert caught.value.status == status
