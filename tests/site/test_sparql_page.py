"""The endpoint's page for people, over HTTP: a query, its result or its fault."""

from tests.endpoint import DIRECT, Endpoint


def test_a_page_shows_triple_terms(endpoint: Endpoint) -> None:
    answer = endpoint.ask("SELECT (<<( <id/a> sl:p 'o'@en )>> AS ?t) {}", "text/html")
    assert "&lt;&lt;( id/a def/p o )&gt;&gt;" in answer.body.decode()


def test_a_page_shows_the_first_rows_and_says_so(endpoint: Endpoint) -> None:
    answer = endpoint.ask("SELECT * { ?s ?p ?o }", "text/html")
    assert answer.headers["Result-Cut"] == "the first 1000 of 5002 rows"
    assert "This page shows the first 1000 of 5002 rows" in answer.body.decode()
    assert answer.body.decode().count("<tr>") == 1001
    more = endpoint.ask("SELECT * { ?s ?p ?o . ?a sl:q ?b . ?c sl:n ?d } LIMIT 100000", "text/html")
    assert more.headers["Result-Cut"] == "the first 1000 of more rows"
    few = endpoint.ask("SELECT ?o { <id/a> sl:q ?o }", "text/html")
    assert "Result-Cut" not in few.headers


def test_a_page_keeps_a_query_that_fails_and_marks_the_place(endpoint: Endpoint) -> None:
    answer = endpoint.ask("SELECT * {\n ?s ?p }", "text/html")
    assert answer.status == 400
    assert "?s ?p }</textarea>" in answer.body.decode()
    assert 'data-line="2"' in answer.body.decode()
    assert "Line 2, column" in answer.body.decode()


def test_the_form_for_people(endpoint: Endpoint) -> None:
    assert "<form" in endpoint.request("GET", "/sparql", {"Accept": "text/html"}).body.decode()


def test_a_page_has_a_bound_in_each_direction(endpoint: Endpoint) -> None:
    wide = f"SELECT {' '.join(f'?v{i}' for i in range(3000))} {{ ?v1 ?v2 ?v3 }}"
    answer = endpoint.post(wide.encode(), DIRECT, "text/html")
    assert answer.headers["Result-Cut"] == "the first 10 of 5002 rows"
    assert answer.body.count(b"<td") < 50_000
    long = "SELECT ?unbound { ?a ?b ?c . ?d sl:q ?e . ?f sl:n ?g } LIMIT 400000"
    answer = endpoint.ask(long, "text/html")
    assert answer.headers["Result-Cut"] == "the first 1000 of more rows"
