"""The endpoint over HTTP, by the sections of the SPARQL 1.1 Protocol and of its companions."""

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.app import create_app
from server.build import documents
from server.engine.interface import Limits
from server.engine.workers import Workers
from server.release.manifest import DOCUMENTS, QUADS, Manifest
from server.release.reader import Release
from server.vocab import PREFIXES, graph_iri
from server.web.operation import MAX_BODY
from tests.engine.conftest import BASE, nquads

pytestmark = pytest.mark.xdist_group("engine")

LITERAL = 'é "+%&=#\\ \t\n\U0001f680'
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = Path(tmp_path_factory.mktemp("web"))
    text = nquads(5000)
    (folder / QUADS).write_text(text)
    counts = {"official": 5001, "paper": 2, "inferred": 1}
    documents.write(folder / DOCUMENTS, {}, BASE)
    Manifest("r1", "1", BASE, "", "", "", 0, 0, counts, {}).write(folder)
    workers = Workers(folder / QUADS, BASE, Limits(seconds=2))
    app = create_app(Release(folder), workers.engine())
    yield app.test_client()
    workers.close()


def get(
    client: FlaskClient, query: str, accept: str = "text/csv", **parameters: str
) -> TestResponse:
    url = "/sparql?" + urlencode({"query": query, **parameters})
    return client.get(url, headers={"Accept": accept})


def post(client: FlaskClient, body: bytes, content_type: str, query: str = "",
         headers: Mapping[str, str] | None = None) -> TestResponse:  # fmt: skip
    return client.post(f"/sparql{query}", data=body, content_type=content_type,
                       headers={"Accept": "text/csv", **(headers or {})})  # fmt: skip


def problem(answer: TestResponse, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.data
    assert answer.content_type == "application/problem+json"
    found: dict[str, object] = json.loads(answer.data)
    assert found["status"] == status
    return found


def rows(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.data
    text: str = answer.data.decode()
    return text.split("\r\n")[1:-1]


ECHO = f"SELECT ?x {{ BIND({json.dumps(LITERAL, ensure_ascii=False)} AS ?x) }}"


@pytest.mark.parametrize("way", ["get", "form", "direct"])
def test_2_1_literals_are_exact_in_each_way(client: FlaskClient, way: str) -> None:
    encoded = ("query=" + quote(ECHO, safe="")).encode()
    answer = {
        "get": lambda: get(client, ECHO, "application/sparql-results+json"),
        "form": lambda: post(client, encoded, FORM, headers={"Accept": "application/json"}),
        "direct": lambda: post(
            client, ECHO.encode(), QUERY, headers={"Accept": "application/json"}
        ),
    }[way]()
    value = json.loads(answer.data)["results"]["bindings"][0]["x"]["value"]
    assert value == LITERAL


def test_2_1_1_get_needs_one_query(client: FlaskClient) -> None:
    accept = {"Accept": "application/sparql-results+json"}
    assert "no query" in str(problem(client.get("/sparql", headers=accept), 400)["detail"])
    twice = client.get("/sparql?query=ASK{}&query=ASK{}", headers=accept)
    assert "2 query parameters" in str(problem(twice, 400)["detail"])
    problem(client.get("/sparql?query=ASK%7B%7", headers=accept), 400)


def test_2_1_1_head_is_get_without_a_body(client: FlaskClient) -> None:
    url = "/sparql?" + urlencode({"query": COUNT})
    full, head = client.get(url), client.head(url)
    assert head.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "Content-Length", "ETag"):
        assert head.headers[name] == full.headers[name]


def test_2_1_2_post_of_a_form_with_a_charset(client: FlaskClient) -> None:
    body = urlencode({"query": COUNT}).encode()
    assert rows(post(client, body, f"{FORM}; charset=UTF-8")) == ["5002"]
    problem(post(client, body, f"{FORM}; charset=latin-1"), 415)


def test_2_1_3_direct_post_with_graphs_in_the_url(client: FlaskClient) -> None:
    graphs = "?" + urlencode({"default-graph-uri": graph_iri("paper", BASE)})
    assert rows(post(client, COUNT.encode(), QUERY, graphs)) == ["2"]
    problem(post(client, b"ASK { ?s ?p '\xff' }", QUERY), 400)


def test_2_1_3_other_media_types_are_refused(client: FlaskClient) -> None:
    answer = post(client, COUNT.encode(), "text/plain")
    problem(answer, 415)
    assert QUERY in answer.headers["Accept-Post"]


def test_2_1_4_the_dataset_of_the_protocol_replaces_that_of_the_query(client: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <graph/official> { ?s ?p ?o }"
    assert rows(get(client, query)) == ["5001"]
    paper = {"default-graph-uri": graph_iri("paper", BASE)}
    assert rows(get(client, query, **paper)) == ["2"]


@pytest.mark.parametrize(("clause", "count"), [
    ("FROM <graph/official> FROM <graph/paper>", 5002),
    ("FROM <graph/paper> FROM <graph/paper>", 2),
    ("FROM <graph/paper> FROM <graph/inferred>", 3),
    ("FROM NAMED <graph/paper>", 0)])  # fmt: skip
def test_2_1_4_graphs_are_merged_without_duplicates(client: FlaskClient, clause: str,
                                                     count: int) -> None:  # fmt: skip
    query = f"PREFIX g: <graph/> SELECT (COUNT(*) AS ?n) {clause} {{ ?s ?p ?o }}"
    assert rows(get(client, query)) == [str(count)]
    assert rows(get(client, f"BASE <{BASE}id/> " + query.replace("<graph/", "<../graph/"))) == [
        str(count)]  # fmt: skip
    named = "SELECT (COUNT(*) AS ?n) FROM g:official FROM g:paper { ?s ?p ?o }"
    assert rows(get(client, "PREFIX g: <graph/> " + named)) == ["5002"]


@pytest.mark.parametrize("iri", ["http://example.org/g", "file:///etc/passwd", "graph/none"])
def test_2_1_4_no_graph_from_elsewhere_is_fetched(client: FlaskClient, iri: str) -> None:
    answer = get(client, f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}", "application/json")
    assert graph_iri("paper", BASE) in problem(answer, 400)["graphs"]  # type: ignore[operator]
    problem(get(client, COUNT, "application/json", **{"named-graph-uri": iri}), 400)


RESULTS = ["application/sparql-results+json", "application/sparql-results+xml", "text/csv",
           "text/tab-separated-values"]  # fmt: skip
GRAPHS = ["text/turtle", "application/n-triples", "application/ld+json", "application/rdf+xml",
          "application/trig", "application/n-quads"]  # fmt: skip


@pytest.mark.parametrize("accept", RESULTS)
def test_2_1_6_results_of_select_and_ask_in_each_format(client: FlaskClient, accept: str) -> None:
    for query in ("SELECT ?o { <id/a> sl:q ?o }", "ASK { <id/a> sl:q ?o }"):
        answer = get(client, query, accept)
        assert answer.status_code == 200
        assert answer.content_type.split(";")[0] == accept
        assert b"only" in answer.data or b"true" in answer.data


@pytest.mark.parametrize("accept", GRAPHS)
def test_2_1_6_results_of_construct_and_describe_in_each_format(client: FlaskClient,
                                                                accept: str) -> None:  # fmt: skip
    for query in ("CONSTRUCT { ?s sl:q ?o } { ?s sl:q ?o }", "DESCRIBE <id/a>"):
        answer = get(client, query, accept)
        assert answer.content_type.split(";")[0] == accept
        fmt = ox.RdfFormat.from_media_type(accept)
        assert fmt
        assert any(q.object == ox.Literal("only") for q in ox.parse(answer.data, fmt))


def test_2_1_6_nothing_acceptable_is_406_with_what_there_is(client: FlaskClient) -> None:
    found = problem(get(client, COUNT, "image/png"), 406)
    assert len(found["alternatives"]) == 5  # type: ignore[arg-type]


def test_2_1_7_a_malformed_query_is_400_with_its_place(client: FlaskClient) -> None:
    found = problem(get(client, "SELECT * {\n ?s ?p }", "application/json"), 400)
    assert (found["reason"], found["line"], found["column"]) == ("syntax", 2, 8)
    assert "'..'" not in str(found["detail"]).replace("'0'..='9'", "'..'")


def test_2_1_7_an_unknown_function_is_400_with_its_name(client: FlaskClient) -> None:
    query = "SELECT (<http://nope.example/f>(1) AS ?x) {}"
    found = problem(get(client, query, "application/json"), 400)
    assert (found["reason"], "nope.example" in str(found["detail"])) == ("function", True)


def test_what_rdf_xml_cannot_say_is_406(client: FlaskClient) -> None:
    query = "CONSTRUCT { <a:b> <http://x.example/1> 1 } {}"
    assert problem(get(client, query, "application/rdf+xml"), 406)["reason"] == "format"


def test_a_page_shows_triple_terms(client: FlaskClient) -> None:
    answer = get(client, "SELECT (<<( <id/a> sl:p 'o'@en )>> AS ?t) {}", "text/html")
    assert "&lt;&lt;( id/a def/p o )&gt;&gt;" in answer.text


def test_2_1_7_a_query_that_runs_too_long_is_504(client: FlaskClient) -> None:
    cross = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    found = problem(get(client, cross, "application/json", timeout="0.5"), 504)
    assert found["reason"] == "deadline"
    for bad in ("0", "-1", "soon", "nan"):
        problem(get(client, COUNT, "application/json", timeout=bad), 400)


@pytest.mark.parametrize("update", ["INSERT DATA { <a> <b> <c> }", "DROP ALL",
                                    "LOAD <http://127.0.0.1/>"])  # fmt: skip
def test_2_2_updates_are_refused_in_any_disguise(client: FlaskClient, update: str) -> None:
    encoded = urlencode({"update": update}).encode()
    problem(post(client, update.encode(), "application/sparql-update"), 403)
    problem(post(client, encoded, FORM), 403)
    problem(get(client, update, "application/json"), 403)
    problem(post(client, update.encode(), QUERY), 403)
    problem(client.get("/sparql?" + encoded.decode()), 403)


def test_service_is_refused(client: FlaskClient) -> None:
    problem(get(client, "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "*/*"), 403)


def test_options_and_other_methods(client: FlaskClient) -> None:
    answer = client.options("/sparql")
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
    for method in ("PUT", "DELETE", "PATCH"):
        refused = client.open("/sparql", method=method)
        problem(refused, 405)
        assert "POST" in refused.headers["Allow"]


def test_a_compressed_body_is_read_and_bounded(client: FlaskClient) -> None:
    coded = {"Content-Encoding": "gzip"}
    assert rows(post(client, gzip.compress(COUNT.encode()), QUERY, headers=coded)) == ["5002"]
    bomb = gzip.compress(b" " * 50 * MAX_BODY)
    assert "unpacks" in str(problem(post(client, bomb, QUERY, headers=coded), 413)["detail"])
    problem(post(client, b"no gzip", QUERY, headers=coded), 400)
    problem(post(client, gzip.compress(b"ASK {}")[:-4], QUERY, headers=coded), 400)
    problem(post(client, b"ASK {}", QUERY, headers={"Content-Encoding": "br"}), 415)
    problem(post(client, b" " * (MAX_BODY + 1), QUERY), 413)


def test_a_large_result_has_its_length(client: FlaskClient) -> None:
    answer = get(client, "SELECT * { ?s ?p ?o }")
    assert answer.content_length == len(answer.data) > 100_000
    assert len(rows(answer)) == 5002


def test_a_page_shows_the_first_rows_and_says_so(client: FlaskClient) -> None:
    answer = get(client, "SELECT * { ?s ?p ?o }", "text/html")
    assert answer.headers["Result-Cut"] == "the first 1000 of 5002 rows"
    assert "This page shows the first 1000 of 5002 rows" in answer.text
    assert answer.text.count("<tr>") == 1001
    more = get(client, "SELECT * { ?s ?p ?o . ?a sl:q ?b . ?c sl:n ?d } LIMIT 100000", "text/html")
    assert more.headers["Result-Cut"] == "the first 1000 of more rows"
    few = get(client, "SELECT ?o { <id/a> sl:q ?o }", "text/html")
    assert "Result-Cut" not in few.headers


def test_a_page_keeps_a_query_that_fails_and_marks_the_place(client: FlaskClient) -> None:
    answer = get(client, "SELECT * {\n ?s ?p }", "text/html")
    assert answer.status_code == 400
    assert "?s ?p }</textarea>" in answer.text
    assert 'data-line="2"' in answer.text
    assert "Line 2, column" in answer.text


def test_a_repeated_query_is_304(client: FlaskClient) -> None:
    first = get(client, COUNT)
    url = "/sparql?" + urlencode({"query": COUNT})
    again = client.get(url, headers={"Accept": "text/csv", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert get(client, COUNT, "application/json").headers["ETag"] != first.headers["ETag"]
    assert "ETag" not in get(client, "SELECT (RAND() AS ?x) {}").headers
    assert get(client, "SELECT (RAND() AS ?x) {}").data != get(
        client, "SELECT (RAND() AS ?x) {}").data  # fmt: skip


@pytest.mark.parametrize("accept", [*GRAPHS, "*/*"])
def test_service_description_section_2(client: FlaskClient, accept: str) -> None:
    answer = client.get("/sparql", headers={"Accept": accept})
    assert answer.status_code == 200
    fmt = ox.RdfFormat.from_media_type(answer.content_type.split(";")[0])
    assert fmt
    store = ox.Store()
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in ox.parse(answer.data, fmt))
    query = (f"PREFIX sd: <{PREFIXES['sd']}> PREFIX void: <{PREFIXES['void']}> "
             "SELECT ?g ?n { ?s a sd:Service ; sd:endpoint ?e ; sd:supportedLanguage "
             "sd:SPARQL11Query ; sd:defaultDataset/sd:namedGraph ?x . ?x sd:name ?g ; "
             "sd:graph/void:triples ?n }")  # fmt: skip
    found = {str(r["g"].value): int(r["n"].value) for r in store.query(query)}  # type: ignore[union-attr]
    assert found == {graph_iri(n, BASE): c for n, c in
                     {"official": 5001, "paper": 2, "inferred": 1}.items()}  # fmt: skip


def test_the_form_for_people(client: FlaskClient) -> None:
    assert "<form" in client.get("/sparql", headers={"Accept": "text/html"}).text
