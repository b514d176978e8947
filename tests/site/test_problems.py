"""Tests of how errors are answered, as problem documents (RFC 9457) and as pages."""

import json
import logging
from html import escape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.http.context import PROBLEM
from server.http.query_operation import problem_of
from server.release.reader import Release
from server.site.application import create_app
from server.sparql.engine import QueryFailed, Reason
from tests.site.conftest import NoEngine

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def small(tiny_release: Release) -> Flask:
    return create_app(tiny_release, NoEngine(), kept=0)


@pytest.fixture
def asked(small: Flask) -> FlaskClient:
    return small.test_client()


def problem(answer: TestResponse, status: int) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    document: dict[str, object] = json.loads(answer.data)
    assert (document["status"], document["type"]) == (status, "about:blank")
    return document


@pytest.mark.parametrize("accept", ["", "*/*", "text/turtle", "application/json", "image/png"])
@pytest.mark.parametrize("path", ["/id/nothing", "/doc/id/nothing.ttl", "/nothing", "/doc/x"])
def test_problem_is_json_to_all_but_browsers(asked: FlaskClient, path: str, accept: str) -> None:
    document = problem(asked.get(path, headers={"Accept": accept}), 404)
    assert document["title"] == "Not Found"
    assert document["detail"]


def test_problem_says_what_is_not_known(asked: FlaskClient) -> None:
    assert "http://localhost/id/nothing" in str(problem(asked.get("/id/nothing"), 404)["detail"])


@pytest.mark.parametrize("path", ["/id/nothing", "/nothing", "/sparql?format=nothing"])
def test_problem_is_a_page_to_browsers(asked: FlaskClient, path: str) -> None:
    answer = asked.get(path, headers={"Accept": BROWSER})
    assert answer.status_code in (400, 404)
    assert answer.content_type == "text/html; charset=utf-8"
    assert str(answer.status_code) in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_problem_varies_and_is_open_to_scripts_of_other_sites(
    asked: FlaskClient, accept: str
) -> None:
    headers = asked.get("/id/nothing", headers={"Accept": accept}).headers
    assert "Accept" in headers["Vary"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in headers


def test_head_has_the_headers_of_get_and_no_body(asked: FlaskClient) -> None:
    head, get = asked.head("/id/nothing"), asked.get("/id/nothing")
    assert (head.status_code, head.content_type) == (404, "application/problem+json")
    assert head.data == b""
    assert head.content_length == get.content_length


@pytest.mark.parametrize("path", ["/id/<script>alert(1)</script>", "/id/%3Cb%3E", '/id/"onload='])
def test_address_is_shown_as_text(asked: FlaskClient, path: str) -> None:
    page = asked.get(path, headers={"Accept": BROWSER}).text
    shown = path.removeprefix("/id/").replace("%3C", "<").replace("%3E", ">")
    assert escape(shown) in page.replace("&#34;", "&quot;")
    assert "<script>" not in page
    assert "<b>" not in page


@pytest.mark.parametrize("path", ["/", "/id/odd", "/doc/id/odd", "/doc/id/odd.ttl"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_method_that_is_not_allowed(asked: FlaskClient, path: str, method: str) -> None:
    answer = asked.open(path, method=method)
    problem(answer, 405)
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    assert method not in answer.headers["Allow"]


def test_406_lists_what_there_is(asked: FlaskClient) -> None:
    document = problem(asked.get("/doc/id/odd", headers={"Accept": "image/png"}), 406)
    alternatives = document["alternatives"]
    assert isinstance(alternatives, list)
    urls = {found["type"]: found["url"] for found in alternatives}
    assert urls["text/turtle"] == "http://localhost/doc/id/odd.ttl"
    for found in alternatives:
        assert asked.get(found["url"]).status_code == 200


def test_406_to_who_takes_pages_of_no_kind_but_html(asked: FlaskClient) -> None:
    accept = "text/html;q=0, image/png"
    problem(asked.get("/doc/id/odd", headers={"Accept": accept}), 406)


STATUSES: list[tuple[Reason, int, bool]] = [
    ("syntax", 400, False),
    ("deadline", 504, False),
    ("memory", 503, False),
    ("size", 503, False),
    ("busy", 429, True),
    ("crash", 500, False),
    ("unavailable", 503, True),
    ("upstream", 502, True),
]


def failed(asked: FlaskClient, failure: Exception, accept: str = "*/*") -> TestResponse:
    """Return how a query is answered for which the gateway hands on a failure."""
    return asked.get("/sparql?query=ASK%7B%7D", headers={"Accept": accept},
                     environ_overrides={PROBLEM: failure})  # fmt: skip


@pytest.mark.parametrize(("reason", "status", "again"), STATUSES)
def test_query_that_fails_says_why(
    asked: FlaskClient, reason: Reason, status: int, again: bool
) -> None:
    answer = failed(asked, problem_of(QueryFailed(reason, "It failed.")))
    document = problem(answer, status)
    assert (document["reason"], document["detail"]) == (reason, "It failed.")
    assert ("Retry-After" in answer.headers) is again


def test_syntax_error_has_its_place(asked: FlaskClient) -> None:
    failure = problem_of(QueryFailed("syntax", "Line 3, column 7: no.", 3, 7))
    document = problem(failed(asked, failure), 400)
    assert (document["line"], document["column"]) == (3, 7)
    assert "line 3, column 7" in failed(asked, failure, BROWSER).text.lower()


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_unforeseen_error_is_logged_and_not_told(
    asked: FlaskClient, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = failed(asked, RuntimeError("a secret path"), accept)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "a secret path" in caplog.text
