"""The endpoint over HTTP, statement by statement of the SPARQL 1.1 Protocol, by its sections."""

import gzip
import json
import re
import socket
from urllib.parse import quote, urljoin

import pyoxigraph as ox
import pytest

from server.rdf.formats import FORMAT_PARAMETERS
from server.rdf.vocabulary import RDF
from server.sparql.request import MAX_QUERY_LENGTH
from tests.endpoint import DIRECT, FORM, Answer, Endpoint, graph
from tests.sparql.asking import BASE

JSON = "application/sparql-results+json"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
COUNTED = "query=" + quote(COUNT, safe="")
NAMED = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
LITERAL = 'é "+%&=#;?/\\ \t\n\U0001f680 %41 a+b'
ECHO = f"SELECT ?x {{ BIND({json.dumps(LITERAL, ensure_ascii=False)} AS ?x) }} # é+%20"
RESULTS = [JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
GRAPHS = ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml",
          "application/trig", "application/n-quads"]  # fmt: skip
TABLES = ("SELECT ?o { <id/a> sl:q ?o }", "ASK { <id/a> sl:q 'only' }")
DESCRIPTIONS = ("CONSTRUCT { ?s sl:q ?o } { ?s sl:q ?o }", "DESCRIBE <id/a>")


def count(answer: Answer) -> int:
    """Return the one number of a result."""
    return int(answer.rows()[0][0])


def echoed(answer: Answer) -> str:
    value: str = answer.json()["results"]["bindings"][0]["x"]["value"]
    return value


# 2.1 query operation


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_2_1_percent_plus_and_what_is_not_ascii_are_exact(endpoint: Endpoint, way: str) -> None:
    encoded = "query=" + quote(ECHO, safe="")
    answer = {
        "get": lambda: endpoint.get(encoded, JSON),
        "form": lambda: endpoint.post(encoded.encode(), accept=JSON),
        "direct": lambda: endpoint.post(ECHO.encode(), DIRECT, JSON),
    }[way]()
    assert echoed(answer) == LITERAL


@pytest.mark.parametrize("written", ["query=ASK+%7B%7D", "query=ASK%20%7b%7d", "&&query=ASK{}&"])
def test_2_1_other_ways_to_encode_the_same(endpoint: Endpoint, written: str) -> None:
    for answer in (endpoint.get(written, JSON), endpoint.post(written.encode(), accept=JSON)):
        assert answer.json()["boolean"] is True


@pytest.mark.parametrize("parameters", ["", "default-graph-uri=x", "Query=ASK%7B%7D", "query="])
def test_2_1_a_request_without_a_query_is_refused(endpoint: Endpoint, parameters: str) -> None:
    endpoint.get(parameters, JSON).problem(400)
    endpoint.post(parameters.encode(), accept=JSON).problem(400)


def test_2_1_a_repeated_query_is_refused(endpoint: Endpoint) -> None:
    twice = "query=ASK%7B%7D&query=SELECT%20%2A%20%7B%7D"
    for answer in (
        endpoint.get(twice),
        endpoint.post(twice.encode()),
        endpoint.post(b"query=ASK%7B%7D", parameters="?query=ASK%7B%7D"),
        endpoint.post(b"ASK {}", DIRECT, parameters="?query=ASK%7B%7D"),
    ):
        assert "2 query parameters" in answer.problem(400)["detail"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_2_1_other_methods_are_refused_with_those_there_are(
    endpoint: Endpoint, method: str
) -> None:
    answer = endpoint.request(method, f"/sparql?{COUNTED}", {"Accept": JSON})
    answer.problem(405)
    assert set(answer.headers["Allow"].split(", ")) == {
        "GET", "HEAD", "POST", "QUERY", "OPTIONS"}  # fmt: skip


# 2.1.1 query via GET


def test_2_1_1_get(endpoint: Endpoint) -> None:
    assert count(endpoint.get(COUNTED)) == 5002


@pytest.mark.parametrize(
    "target",
    [
        "/sparql/?query=ASK{}",
        "//sparql?query=ASK{}",
        "/sparql%2F?query=ASK{}",
        "/sparql?q%75ery=ASK{}",
    ],
)
def test_2_1_1_other_ways_to_write_the_address(endpoint: Endpoint, target: str) -> None:
    assert endpoint.request("GET", target, {"Accept": JSON}).json()["boolean"] is True


def test_2_1_1_a_body_and_its_type_mean_nothing(endpoint: Endpoint) -> None:
    headers = {"Accept": "text/csv", "Content-Type": "application/sparql-update"}
    answer = endpoint.request("GET", f"/sparql?{COUNTED}", headers, b"DROP ALL")
    assert count(answer) == 5002


@pytest.mark.parametrize("written", ["query=ASK%7B%7", "query=ASK%7B%7D%zz", "query=ASK{}%FF"])
def test_2_1_1_what_is_badly_encoded_is_refused(endpoint: Endpoint, written: str) -> None:
    endpoint.get(written, JSON).problem(400)
    endpoint.post(written.encode(), accept=JSON).problem(400)


def test_2_1_1_head_is_get_without_a_body(endpoint: Endpoint) -> None:
    for query in (COUNT, "SELECT * { ?s ?p ?o }", "SELECT (RAND() AS ?x) {}"):
        target, headers = f"/sparql?query={quote(query)}", {"Accept": "text/csv"}
        head = endpoint.request("HEAD", target, headers)
        full = endpoint.request("GET", target, headers)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Type"] == full.headers["Content-Type"]
        if "ETag" in full.headers:
            assert head.headers["ETag"] == full.headers["ETag"]
            assert head.headers["Content-Length"] == full.headers["Content-Length"]


# 2.1.2 query via POST with URL-encoded parameters


@pytest.mark.parametrize("kind", [FORM, FORM.upper(), f'{FORM};charset="utf-8"'])
def test_2_1_2_a_posted_form(endpoint: Endpoint, kind: str) -> None:
    assert count(endpoint.post(COUNTED.encode(), kind)) == 5002


def test_2_1_2_graphs_in_the_form(endpoint: Endpoint) -> None:
    assert count(endpoint.post(f"default-graph-uri={graph('paper')}&{COUNTED}".encode())) == 2


def test_2_1_2_another_charset_is_refused(endpoint: Endpoint) -> None:
    endpoint.post(COUNTED.encode(), f"{FORM}; charset=latin-1").problem(415)


def test_2_1_2_utf_8_need_not_be_encoded(endpoint: Endpoint) -> None:
    body = "query=SELECT('é\U0001f680'AS?x){}".encode()
    assert echoed(endpoint.post(body, accept=JSON)) == "é\U0001f680"
    endpoint.post(b"query=ASK{?s ?p '\xe9'}").problem(400)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/www-form-urlencoded",
                                  "multipart/form-data; boundary=x"])  # fmt: skip
def test_2_1_2_the_media_type_is_needed(endpoint: Endpoint, kind: str) -> None:
    answer = endpoint.post(COUNTED.encode(), kind)
    answer.problem(415)
    assert set(answer.headers["Accept-Post"].split(", ")) == {FORM, DIRECT}


# 2.1.3 query via POST directly


@pytest.mark.parametrize("kind", [DIRECT, f"{DIRECT}; charset=utf-8", f'{DIRECT};Charset="UTF-8"'])
def test_2_1_3_a_posted_query(endpoint: Endpoint, kind: str) -> None:
    assert count(endpoint.post(COUNT.encode(), kind)) == 5002


def test_2_1_3_graphs_in_the_address(endpoint: Endpoint) -> None:
    parameters = f"?default-graph-uri={graph('paper')}"
    assert count(endpoint.post(COUNT.encode(), DIRECT, parameters=parameters)) == 2


def test_2_1_3_a_posted_query_is_not_decoded_further(endpoint: Endpoint) -> None:
    answer = endpoint.post(b"SELECT ('%41+b&c=d' AS ?x) {}", DIRECT, JSON)
    assert echoed(answer) == "%41+b&c=d"


def test_2_1_3_only_utf_8_is_a_charset(endpoint: Endpoint) -> None:
    endpoint.post("ASK {}".encode("utf-16"), f"{DIRECT}; charset=UTF-16").problem(415)
    endpoint.post("ASK { ?s ?p 'é' }".encode("latin-1"), DIRECT).problem(400)
    endpoint.post("ASK {}".encode("utf-16"), DIRECT).problem(400)


def test_2_1_3_the_media_type_is_needed(endpoint: Endpoint) -> None:
    for kind in ("", "text/plain", "application/sparql", "application/json", "a"):
        endpoint.post(COUNT.encode(), kind).problem(415)


def test_2_1_3_a_body_in_gzip(endpoint: Endpoint) -> None:
    headers = {"Accept": "text/csv", "Content-Type": DIRECT, "Content-Encoding": "gzip"}
    answer = endpoint.request("POST", "/sparql", headers, gzip.compress(COUNT.encode()))
    assert count(answer) == 5002


# 2.1.4 specifying an RDF dataset


@pytest.mark.parametrize(("graphs", "number"), [
    ((), 5002), (("paper",), 2), (("official", "paper"), 5002), (("paper", "paper"), 2),
    (("paper", "inferred"), 3)])  # fmt: skip
@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_2_1_4_default_graphs_are_merged(
    endpoint: Endpoint, way: str, graphs: tuple[str, ...], number: int
) -> None:
    dataset = "".join(f"&default-graph-uri={graph(name)}" for name in graphs)
    answer = {
        "get": lambda: endpoint.get(COUNTED + dataset),
        "form": lambda: endpoint.post((COUNTED + dataset).encode()),
        "direct": lambda: endpoint.post(COUNT.encode(), DIRECT, parameters=f"?{dataset}"),
    }[way]()
    assert count(answer) == number


def test_2_1_4_named_graphs_alone_leave_the_default_graph_empty(endpoint: Endpoint) -> None:
    dataset = f"&named-graph-uri={graph('paper')}&named-graph-uri={graph('inferred')}"
    assert count(endpoint.get(COUNTED + dataset)) == 0
    found = endpoint.get(f"query={quote(NAMED)}{dataset}").rows()
    assert sorted(found) == [[f"{BASE}graph/inferred", "1"], [f"{BASE}graph/paper", "2"]]


def test_2_1_4_default_and_named_graphs_together(endpoint: Endpoint) -> None:
    query = quote("SELECT ?n ?g (COUNT(*) AS ?m) { { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } "
                  "GRAPH ?g { ?a ?b ?c } } GROUP BY ?n ?g")  # fmt: skip
    dataset = f"default-graph-uri={graph('official')}&named-graph-uri={graph('paper')}"
    assert endpoint.get(f"query={query}&{dataset}").rows() == [["5001", f"{BASE}graph/paper", "2"]]


@pytest.mark.parametrize(("clauses", "number"), [
    ("FROM <graph/paper>", 2), ("FROM <graph/official> FROM <graph/paper>", 5002),
    ("FROM NAMED <graph/paper>", 0), (f"FROM <{BASE}graph/inferred>", 1),
    ("FROM g:paper FROM g:paper", 2)])  # fmt: skip
def test_2_1_4_the_query_may_name_its_dataset(
    endpoint: Endpoint, clauses: str, number: int
) -> None:
    query = f"PREFIX g: <graph/> SELECT (COUNT(*) AS ?n) {clauses} {{ ?s ?p ?o }}"
    assert count(endpoint.ask(query)) == number


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_2_1_4_the_dataset_of_the_protocol_replaces_that_of_the_query(
    endpoint: Endpoint, way: str
) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <graph/official> FROM NAMED <graph/official> { ?s ?p ?o }"
    dataset, encoded = f"default-graph-uri={graph('paper')}", f"query={quote(query)}"
    answer = {
        "get": lambda: endpoint.get(f"{encoded}&{dataset}"),
        "form": lambda: endpoint.post(f"{encoded}&{dataset}".encode()),
        "direct": lambda: endpoint.post(query.encode(), DIRECT, parameters=f"?{dataset}"),
    }[way]()
    assert count(answer) == 2


def test_2_1_4_the_graphs_of_the_query_are_then_no_part_of_it(endpoint: Endpoint) -> None:
    query = quote(NAMED.replace("{", "FROM NAMED <graph/official> {", 1))
    assert endpoint.get(f"query={query}&default-graph-uri={graph('paper')}").rows() == []


# 2.1.5 accepted response formats


@pytest.mark.parametrize(("accept", "given"), [
    ("*/*", JSON), ("application/json", JSON), ("application/xml", RESULTS[1]),
    ("text/*", "text/csv"), (f"{JSON};q=0.5, text/csv;q=0.9", "text/csv"),
    ("text/turtle, text/csv;q=0.1", "text/csv"), (f"{JSON};q=0, */*", RESULTS[1]),
    ("text/csv;charset=utf-8", "text/csv")])  # fmt: skip
def test_2_1_5_the_format_is_negotiated(endpoint: Endpoint, accept: str, given: str) -> None:
    answer = endpoint.ask(COUNT, accept)
    assert (answer.status, answer.media_type) == (200, given)
    assert "accept" in answer.headers["Vary"].lower()


def test_2_1_5_without_accept_there_is_a_result(endpoint: Endpoint) -> None:
    answer = endpoint.request("GET", "/sparql?query=ASK%7B%7D", {})
    assert (answer.status, answer.media_type) == (200, JSON)


@pytest.mark.parametrize(("query", "accept"), [
    (COUNT, "image/png"), (COUNT, "text/turtle"), (DESCRIPTIONS[0], JSON)])  # fmt: skip
def test_2_1_5_nothing_acceptable_is_told_with_what_there_is(
    endpoint: Endpoint, query: str, accept: str
) -> None:
    assert endpoint.ask(query, accept).problem(406)["alternatives"]


# 2.1.6 success responses


@pytest.mark.parametrize("accept", RESULTS)
def test_2_1_6_select_and_ask_give_results_in_each_format(endpoint: Endpoint, accept: str) -> None:
    for query in TABLES:
        answer = endpoint.ask(query, accept)
        assert (answer.status, answer.media_type) == (200, accept)
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        assert b"only" in answer.body or b"true" in answer.body


@pytest.mark.parametrize("accept", GRAPHS)
def test_2_1_6_construct_and_describe_give_a_graph_in_each_format(
    endpoint: Endpoint, accept: str
) -> None:
    for query in DESCRIPTIONS:
        answer = endpoint.ask(query, accept)
        assert (answer.status, answer.media_type) == (200, accept)
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        fmt = ox.RdfFormat.from_media_type(accept)
        assert fmt
        assert any(q.object == ox.Literal("only") for q in ox.parse(answer.body, fmt))


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_2_1_6_a_large_result_comes_whole_with_its_length(endpoint: Endpoint, query: str) -> None:
    answer = endpoint.ask(query, "text/csv, application/n-triples")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(answer.body) > 100_000
    assert answer.body.count(b"\n") - query.startswith("SELECT") == 5002


def test_2_1_6_an_empty_result_is_a_success(endpoint: Endpoint) -> None:
    assert endpoint.ask("SELECT ?x { ?x sl:none ?y }").rows() == []
    assert endpoint.ask("CONSTRUCT WHERE { ?x sl:none ?y }", "text/turtle").status == 200


# 2.1.7 failure responses


@pytest.mark.parametrize("query", ["ASK {", "SELECT * {\n ?s ?p }", "hello", "SELECT ?x ?x {"])
def test_2_1_7_a_malformed_query_is_400(endpoint: Endpoint, query: str) -> None:
    for answer in (endpoint.ask(query, JSON), endpoint.post(query.encode(), DIRECT, JSON)):
        answer.problem(400)


def test_2_1_7_the_place_of_a_fault_is_told(endpoint: Endpoint) -> None:
    found = endpoint.ask("SELECT * {\n ?s ?p }", JSON).problem(400)
    assert (found["reason"], found["line"], found["column"]) == ("syntax", 2, 8)


def test_2_1_7_a_query_that_fails_is_5xx_with_the_limit(endpoint: Endpoint) -> None:
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    encoded = f"query={quote(cross)}&timeout=0.5"
    assert endpoint.get(encoded, JSON).problem(504)["reason"] == "deadline"


def test_2_1_7_an_unknown_function_is_400_with_its_name(endpoint: Endpoint) -> None:
    found = endpoint.ask("SELECT (<http://nope.example/f>(1) AS ?x) {}", JSON).problem(400)
    assert (found["reason"], "nope.example" in found["detail"]) == ("function", True)


def test_2_1_7_a_graph_that_rdf_xml_cannot_say_is_406(endpoint: Endpoint) -> None:
    answer = endpoint.ask("CONSTRUCT { <a:b> <http://x.example/1> 1 } {}", "application/rdf+xml")
    assert answer.problem(406)["reason"] == "format"


def test_2_1_7_a_query_that_is_too_long_is_refused(endpoint: Endpoint) -> None:
    endpoint.post(b"ASK {}".ljust(MAX_QUERY_LENGTH + 1), DIRECT).problem(413)


# 2.2 update operation: this service has none


@pytest.mark.parametrize("update", ["INSERT DATA { <a> <b> <c> }", "DROP ALL", "CLEAR NAMED",
                                    "LOAD <http://127.0.0.1/>",
                                    "PREFIX a: <b> DELETE WHERE { ?s ?p ?o }"])  # fmt: skip
def test_2_2_updates_are_refused_in_any_disguise(endpoint: Endpoint, update: str) -> None:
    encoded = quote(update, safe="")
    for answer in (
        endpoint.post(f"update={encoded}".encode()),  # 2.2.1
        endpoint.post(f"query={encoded}".encode()),
        endpoint.post(update.encode(), "application/sparql-update"),  # 2.2.2
        endpoint.post(update.encode(), DIRECT),
        endpoint.get(f"update={encoded}"),
        endpoint.get(f"query={encoded}"),
        endpoint.get(f"query=ASK%7B%7D&update={encoded}"),
        endpoint.post(f"update={encoded}&update={encoded}".encode()),
    ):
        answer.problem(403)
    assert count(endpoint.ask(COUNT + f" # {encoded}")) == 5002


def test_2_2_3_an_update_that_names_its_dataset_twice_is_refused(endpoint: Endpoint) -> None:
    update = quote("INSERT { <a> <b> 1 } USING <graph/paper> WHERE {}")
    body = f"update={update}&using-named-graph-uri={graph('paper')}"
    endpoint.post(body.encode()).problem(403)


@pytest.mark.parametrize("kind", ["", "text/plain"])
def test_2_2_1_an_update_of_another_media_type_is_refused(endpoint: Endpoint, kind: str) -> None:
    endpoint.post(b"update=CLEAR%20ALL", kind).problem(415)


def test_2_2_2_an_update_of_another_charset_is_refused(endpoint: Endpoint) -> None:
    body, kind = "CLEAR ALL".encode("utf-16"), "application/sparql-update; charset=UTF-16"
    endpoint.post(body, kind).problem(415)


# 4.1 security


def test_4_1_no_query_reaches_the_network(endpoint: Endpoint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        encoded = quote(url, safe="")
        for query, status in (
            (f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}", 403),
            (f"SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}", 403),
            (f"SELECT * {{ BIND(<{url}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}", 403),
            (f"SELECT * {{ S\\u0045RVICE <{url}> {{ ?s ?p ?o }} }}", 403),
            (f"LOAD <{url}>", 403),
        ):
            endpoint.ask(query, JSON).problem(status)
        for clause in ("FROM", "FROM NAMED"):
            assert endpoint.ask(f"SELECT * {clause} <{url}> {{ ?s ?p ?o }}").rows() == []
        for name in ("default-graph-uri", "named-graph-uri"):
            assert count(endpoint.get(f"{COUNTED}&{name}={encoded}")) == 0
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("iri", ["file:///etc/passwd", "graph/papers", "graph/paper#x"])
@pytest.mark.parametrize("way", ["FROM", "FROM NAMED", "default-graph-uri", "named-graph-uri"])
def test_4_1_an_unknown_graph_is_empty_and_told(endpoint: Endpoint, iri: str, way: str) -> None:
    query = "SELECT * {} { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    if way.startswith("FROM"):
        parameters = "query=" + quote(query.replace("{}", f"{way} <{iri}>", 1))
    else:
        parameters = f"query={quote(query.replace('{}', '', 1))}&{way}={quote(iri, safe='')}"
    answer = endpoint.get(parameters)
    assert answer.rows() == []
    warning = f'<{urljoin(BASE, iri)}>; nearest="{BASE}graph/paper"'
    assert answer.headers["Unknown-Graph"].startswith(warning.partition(";")[0])
    if iri == "graph/papers":
        assert answer.headers["Unknown-Graph"] == warning
        page = endpoint.get(parameters, "text/html")
        assert page.headers["Unknown-Graph"] == warning
        assert f"{BASE}graph/paper</code>" in page.body.decode()


def test_4_1_an_unknown_graph_is_empty_beside_others(endpoint: Endpoint) -> None:
    dataset = f"&default-graph-uri={graph('paper')}&default-graph-uri=http://x.example/"
    answer = endpoint.get(COUNTED + dataset)
    assert count(answer) == 2
    assert answer.headers["Unknown-Graph"].startswith("<http://x.example/>")
    assert "Unknown-Graph" not in endpoint.get(COUNTED).headers


@pytest.mark.parametrize("iri", ["http://[", "a:\\uD800", "a:\\U0000DFFF", "a b", "<"])
def test_4_1_what_is_no_iri_is_refused(endpoint: Endpoint, iri: str) -> None:
    endpoint.get(f"{COUNTED}&named-graph-uri={quote(iri, safe='')}", JSON).problem(400)


# Graph Store HTTP Protocol: reads


@pytest.mark.parametrize(("which", "number"), [
    ("default", 5002), ("default=", 5002), (f"graph={graph('paper')}", 2),
    (f"graph={graph('inferred')}", 1), ("graph=graph/paper", 2)])  # fmt: skip
def test_a_graph_is_read(endpoint: Endpoint, which: str, number: int) -> None:
    answer = endpoint.get(which, "application/n-triples")
    assert (answer.status, answer.media_type) == (200, "application/n-triples")
    assert answer.body.count(b"\n") == number
    assert endpoint.get(f"{which}&format=nt", "text/html").body == answer.body
    head = endpoint.request("HEAD", f"/sparql?{which}", {"Accept": "application/n-triples"})
    assert (head.status, head.headers["ETag"]) == (200, answer.headers["ETag"])


@pytest.mark.parametrize(("which", "status"), [
    ("graph=graph/papers", 404), (f"graph={graph('paper')}&graph={graph('paper')}", 400),
    (f"default&graph={graph('paper')}", 400), ("default=1", 400), ("default&timeout=1", 400),
    ("graph=", 400),
    (f"graph={graph('paper')}&query=ASK%7B%7D", 400), ("graph=http://[", 400)])  # fmt: skip
def test_no_other_graph_is_read(endpoint: Endpoint, which: str, status: int) -> None:
    endpoint.get(which, "text/turtle").problem(status)


def test_no_graph_is_written(endpoint: Endpoint) -> None:
    for method, status in (("PUT", 405), ("DELETE", 405), ("PATCH", 405), ("POST", 403)):
        headers = {"Content-Type": "text/turtle"}
        endpoint.request(method, "/sparql?default", headers, b"<a:b> <a:b> 1 .").problem(status)


# The method QUERY (draft-ietf-httpbis-safe-method-w-body)


def test_a_query_by_the_method_of_that_name(endpoint: Endpoint) -> None:
    for kind, body in ((DIRECT, COUNT.encode()), (FORM, COUNTED.encode())):
        headers = {"Accept": "text/csv", "Content-Type": kind}
        assert count(endpoint.request("QUERY", "/sparql", headers, body)) == 5002
    endpoint.request("QUERY", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}").problem(415)
    endpoint.request("QUERY", "/sparql", {"Content-Type": DIRECT}, b"DROP ALL").problem(403)
    endpoint.request("QUERY", "/search", {}, b"").problem(405)
    page = endpoint.request("QUERY", "/sparql", {"Content-Type": DIRECT, "Accept": "text/html"},
                            COUNT.encode())  # fmt: skip
    assert (page.status, page.media_type) == (200, "text/html")
    options = endpoint.request("OPTIONS", "/sparql", {})
    assert set(options.headers["Accept-Query"].split(", ")) == {FORM, DIRECT}


# How other endpoints are asked


@pytest.mark.parametrize("parameter", FORMAT_PARAMETERS)
@pytest.mark.parametrize(("query", "name", "given"), [
    *((COUNT, name, JSON) for name in ("json", "JSON", "srj", JSON, "sparql-results+json",
                                       "application/json", "application/sparql-results json")),
    *((COUNT, name, "application/sparql-results+xml") for name in ("xml", "Xml", "text/xml")),
    (COUNT, "csv", "text/csv"), (COUNT, "TSV", "text/tab-separated-values"),
    (COUNT, "text", "text/tab-separated-values"), (COUNT, "html", "text/html"),
    (COUNT, "auto", RESULTS[1]), (COUNT, "", RESULTS[1]),
    ("ASK {}", "text", "text/boolean"), ("ASK {}", "text/boolean", "text/boolean"),
    ("ASK {}", "json", JSON), ("ASK {}", "csv", "text/csv"),
    *((DESCRIPTIONS[0], name, "text/turtle") for name in ("turtle", "ttl", "application/x-turtle")),
    *((DESCRIPTIONS[0], name, "text/n3") for name in ("n3", "text/n3", "text/rdf+n3")),
    *((DESCRIPTIONS[0], name, "application/rdf+xml") for name in (
        "xml", "rdf+xml", "rdf xml", "rdf", "application/rdf+xml")),
    *((DESCRIPTIONS[0], name, "application/ld+json") for name in ("json", "json-ld", "jsonld")),
    *((DESCRIPTIONS[0], name, "application/n-triples") for name in ("nt", "text", "text/plain")),
    (DESCRIPTIONS[0], "trig", "application/trig"), (DESCRIPTIONS[0], "nq", "application/n-quads"),
])  # fmt: skip
def test_formats_have_the_names_that_clients_know(
    endpoint: Endpoint, parameter: str, query: str, name: str, given: str
) -> None:
    accept = "application/sparql-results+xml, application/trig"
    encoded = f"query={quote(query, safe='')}&{parameter}={quote(name, safe='')}"
    for answer in (endpoint.get(encoded, accept), endpoint.post(encoded.encode(), accept=accept)):
        assert (answer.status, answer.media_type) == (200, given)


@pytest.mark.parametrize(
    "name", ["jsn", "turtle", "application/rdf+json", "image/png", "nope/nope"]
)
def test_a_format_that_is_not_there_is_refused_with_those_that_are(
    endpoint: Endpoint, name: str
) -> None:
    for parameter in FORMAT_PARAMETERS:
        answer = endpoint.get(f"{COUNTED}&{parameter}={quote(name, safe='')}", JSON)
        assert "csv" in answer.problem(400)["detail"]


def test_a_name_and_the_media_type_of_one_format_may_be_given(endpoint: Endpoint) -> None:
    """As SPARQLWrapper does."""
    both = "&".join(f"{name}=tsv&{name}=text/tab-separated-values" for name in FORMAT_PARAMETERS)
    assert endpoint.get(f"{COUNTED}&{both}", JSON).media_type == "text/tab-separated-values"
    assert endpoint.get(f"{COUNTED}&format=&format=csv", JSON).media_type == "text/csv"


def test_of_several_names_the_first_in_the_documented_order_counts(endpoint: Endpoint) -> None:
    names = {"results": "csv", "output": "xml", "format": "json", "_format": "tsv"}
    parameters = COUNTED
    for name, media_type in zip(names, ("text/csv", RESULTS[1], JSON, RESULTS[3]), strict=True):
        parameters += f"&{name}={names[name]}"
        assert endpoint.get(parameters, "text/html").media_type == media_type
    for wrong, told in (("format=csv&format=xml", "2 format parameters"),
                        ("format=csv&results=jsn", "results is 'jsn'")):  # fmt: skip
        assert told in endpoint.get(f"{COUNTED}&{wrong}").problem(400)["detail"]


@pytest.mark.parametrize("link", [
    "default-graph-uri=&query={}&format=text%2Fhtml&timeout=0&signal_void=on",
    "default-graph-uri=&query={}&should-sponge=&format=text%2Fhtml&timeout=30000&debug=on&run=+Run+",
    "default-graph-uri=&query={}&format=application%2Fsparql-results%2Bjson&CXML_redir_for_subjs=121"
    "&CXML_redir_for_hrefs=&timeout=0&signal_void=on&signal_unconnected=on"])  # fmt: skip
def test_the_link_of_virtuosos_form_works(endpoint: Endpoint, link: str) -> None:
    answer = endpoint.get(link.format(quote(COUNT)), JSON)
    assert answer.status == 200
    assert b"5002" in answer.body or b"5,002" in answer.body
    sponge = "&should-sponge=soft"
    assert endpoint.get(COUNTED + sponge, JSON).problem(400)["parameter"] == "should-sponge"
    assert endpoint.get(COUNTED + "&maxrows=10000000", JSON).status == 200  # SERVICE of Virtuoso
    assert endpoint.get(COUNTED + "&maxrows=5", JSON).problem(400)["parameter"] == "maxrows"


def test_a_timeout_may_be_in_milliseconds(endpoint: Endpoint) -> None:
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    found = endpoint.get(f"query={quote(cross)}&timeout=1000", JSON).problem(504)
    assert "1 seconds" in found["detail"]


@pytest.mark.parametrize("predicate", ["http://x.example/area²", f"{RDF}li", "urn:x:1",
                                       "http://www.w3.org/2000/xmlns/foo"])  # fmt: skip
def test_rdf_xml_is_only_of_what_is_xml(endpoint: Endpoint, predicate: str) -> None:
    query = f"CONSTRUCT {{ [] <{predicate}> 1 }} {{}}"
    assert endpoint.ask(query, "application/rdf+xml").problem(406)["reason"] == "format"
    assert endpoint.ask(query, "text/turtle").status == 200


def test_blank_nodes_in_rdf_xml_have_names(endpoint: Endpoint) -> None:
    query = "CONSTRUCT { ?s sl:p [] } { ?s sl:n ?n } LIMIT 50"
    body = endpoint.ask(query, "application/rdf+xml").body
    names = re.findall(rb'nodeID="([^"]*)"', body)
    assert len(set(names)) == 50
    assert all(re.fullmatch(rb"[A-Za-z_][\w.-]*", name) for name in names)


@pytest.mark.parametrize("accept", [*GRAPHS, "text/n3"])
def test_a_base_direction_is_kept_or_refused(endpoint: Endpoint, accept: str) -> None:
    answer = endpoint.ask('CONSTRUCT { <a:b> <http://x.example/p> "x"@ar--rtl } {}', accept)
    if accept == "text/n3":
        answer.problem(406)
        return
    fmt = ox.RdfFormat.from_media_type(accept)
    assert fmt
    (quad,) = ox.parse(answer.body, fmt)
    assert str(quad.object) == '"x"@ar--rtl'


# Encodings


def test_utf_8_in_the_address_need_not_be_encoded(endpoint: Endpoint) -> None:
    target = "/sparql?query=SELECT('é\U0001f680'AS?x){}".encode()
    with socket.create_connection(("127.0.0.1", endpoint.port)) as connection:
        connection.sendall(b"GET " + target[:29])  # in two pieces
        connection.sendall(target[29:] + b" HTTP/1.1\r\nHost: a\r\nAccept: text/csv\r\n"
                           b"Connection: close\r\n\r\n")  # fmt: skip
        answer = connection.makefile("rb").read()
    assert answer.endswith("x\r\né\U0001f680\r\n".encode())


def test_a_byte_order_mark_and_spaces_of_web_pages_are_read(endpoint: Endpoint) -> None:
    query = "\ufeffSELECT\u00a0(' \u00a0\u2003'\u2003AS\u00a0?x)\u00a0{} #\u00a0"
    for answer in (endpoint.post(query.encode(), DIRECT, JSON), endpoint.ask(query, JSON)):
        assert echoed(answer) == " \u00a0\u2003"


# What HTTP and other origins need beside the protocol


def test_options_tells_what_is_accepted(endpoint: Endpoint) -> None:
    headers = {"Origin": "http://example.org", "Access-Control-Request-Method": "POST",
               "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    answer = endpoint.request("OPTIONS", "/sparql", headers)
    assert (answer.status, answer.body) == (204, b"")
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert set(answer.headers["Accept-Post"].split(", ")) == {FORM, DIRECT}


def test_every_answer_may_be_read_from_other_origins(endpoint: Endpoint) -> None:
    for answer in (endpoint.get(COUNTED), endpoint.get("query=ASK"), endpoint.post(b"", "a/b")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_an_upgrade_is_not_taken_up(endpoint: Endpoint) -> None:
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    headers = {"Accept": "text/csv", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", **asked}
    assert count(endpoint.request("GET", f"/sparql?{COUNTED}", headers)) == 5002


def test_conditions_are_heeded(endpoint: Endpoint) -> None:
    first = endpoint.get(COUNTED)
    tag, target = first.headers["ETag"], f"/sparql?{COUNTED}"

    def asked(**conditions: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in conditions.items()}
        return endpoint.request("GET", target, {"Accept": "text/csv", **named})

    assert (asked(If_None_Match=tag).status, asked(If_None_Match='"x"').status) == (304, 200)
    assert (asked(If_Match=tag).status, asked(If_Match="*").status) == (200, 200)
    asked(If_Match='"x"').problem(412)
    asked(If_Unmodified_Since="Mon, 01 Jan 1990 00:00:00 GMT").problem(412)
    assert endpoint.get(COUNTED, JSON).headers["ETag"] != tag
    assert "ETag" not in endpoint.ask("SELECT (RAND() AS ?x) {}").headers
