"""Tests of how errors are answered, as problem documents (RFC 9457) and as pages."""

import json
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from server.problems import Problem
from server.release.manifest import STATISTICS
from server.release.reader import Release
from server.sparql.engine import QueryFailed, Reason
from tests.awkward import BASE
from tests.served import NO_ENGINE, Answer, Client, served
from tests.tinysource import LOCAL

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def asked(tiny_release: Release) -> Iterator[Client]:
    with served(tiny_release.folder.parent, LOCAL, **NO_ENGINE) as running:
        yield running


def problem(answer: Answer, status: int) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    document: dict[str, object] = json.loads(answer.data)
    assert (document["status"], document["type"]) == (status, "about:blank")
    return document


@pytest.mark.parametrize("accept", ["", "*/*", "text/turtle", "application/json", "image/png"])
@pytest.mark.parametrize("path", ["/id/nothing", "/doc/id/nothing.ttl", "/nothing", "/doc/x"])
def test_problem_is_json_to_all_but_browsers(asked: Client, path: str, accept: str) -> None:
    document = problem(asked.get(path, headers={"Accept": accept}), 404)
    assert document["title"] == "Not Found"
    assert document["detail"]


def test_problem_says_what_is_not_known(asked: Client) -> None:
    assert "http://localhost/id/nothing" in str(problem(asked.get("/id/nothing"), 404)["detail"])


@pytest.mark.parametrize("path", ["/id/nothing", "/nothing", "/sparql?format=nothing"])
def test_problem_is_a_page_to_browsers(asked: Client, path: str) -> None:
    answer = asked.get(path, headers={"Accept": BROWSER})
    assert answer.status_code in (400, 404)
    assert answer.content_type == "text/html; charset=utf-8"
    assert str(answer.status_code) in answer.text
    assert 'href="/"' in answer.text


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_problem_varies_and_is_open_to_scripts_of_other_sites(asked: Client, accept: str) -> None:
    headers = asked.get("/id/nothing", headers={"Accept": accept}).headers
    assert "Accept" in headers["Vary"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" not in headers


def test_head_has_the_headers_of_get_and_no_body(asked: Client) -> None:
    head, get = asked.head("/id/nothing"), asked.get("/id/nothing")
    assert (head.status_code, head.content_type) == (404, "application/problem+json")
    assert head.data == b""
    assert head.content_length == get.content_length


@pytest.mark.parametrize("path", ["/id/<script>alert(1)</script>", "/id/%3Cb%3E", '/id/"onload='])
def test_address_is_shown_as_text(asked: Client, path: str) -> None:
    page = asked.get(quote(path, safe="/%"), headers={"Accept": BROWSER}).text
    shown = path.removeprefix("/id/").replace("%3C", "<").replace("%3E", ">")
    assert escape(shown) in page.replace("&#34;", "&quot;")
    assert "<script>" not in page
    assert "<b>" not in page


@pytest.mark.parametrize("path", ["/", "/id/odd", "/doc/id/odd", "/doc/id/odd.ttl"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_method_that_is_not_allowed(asked: Client, path: str, method: str) -> None:
    answer = asked.open(path, method=method)
    problem(answer, 405)
    assert {"GET", "HEAD"} <= set(answer.headers["Allow"].split(", "))
    assert method not in answer.headers["Allow"]


def test_406_lists_what_there_is(asked: Client) -> None:
    document = problem(asked.get("/doc/id/odd", headers={"Accept": "image/png"}), 406)
    alternatives = document["alternatives"]
    assert isinstance(alternatives, list)
    urls = {found["type"]: found["url"] for found in alternatives}
    assert urls["text/turtle"] == "http://localhost/doc/id/odd.ttl"
    for found in alternatives:
        assert asked.get(found["url"]).status_code == 200


def test_406_to_who_takes_pages_of_no_kind_but_html(asked: Client) -> None:
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


@pytest.mark.parametrize(("reason", "status", "again"), STATUSES)
def test_query_that_fails_says_why(reason: Reason, status: int, again: bool) -> None:
    failed = QueryFailed(reason, "It failed.").problem()
    document = json.loads(failed.as_json())
    assert (document["status"], document["reason"]) == (status, reason)
    assert (document["detail"], "Retry-After" in failed.headers) == ("It failed.", again)


def test_query_without_an_engine(asked: Client) -> None:
    answer = asked.get("/sparql?query=ASK%7B%7D")
    assert problem(answer, 503)["reason"] == "unavailable"
    assert answer.headers["Retry-After"] == "5"
    page = asked.get("/sparql?query=ASK%7B%7D", headers={"Accept": BROWSER})
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert page.headers["Retry-After"] == "5"
    assert "ASK{}" in page.text  # nobody shall lose what was typed


def test_syntax_error_has_its_place(server: Client) -> None:
    path = "/sparql?query=SELECT%20%2A%20%7B%0A%20%3Fs%20%3Fp%20%7D"
    document = problem(server.get(path), 400)
    assert (document["reason"], document["line"], document["column"]) == ("syntax", 2, 8)
    page = server.get(path, headers={"Accept": BROWSER})
    assert page.status_code == 400
    assert "line 2, column 8" in page.text.lower()


@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_unforeseen_error_is_logged_and_not_told(
    awkward: Release, tmp_path: Path, capfd: pytest.CaptureFixture[str], accept: str
) -> None:
    releases = tmp_path / "a secret path"
    shutil.copytree(awkward.folder.parent, releases, symlinks=True)
    (releases / awkward.folder.name / STATISTICS).unlink()
    with served(releases, BASE, **NO_ENGINE) as broken:
        answer = broken.get("/sources", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "a secret path" in capfd.readouterr().err


def test_document_has_the_members_of_rfc_9457() -> None:
    assert Problem(404, "Nothing is known of it.").document() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Nothing is known of it.",
    }


@pytest.mark.parametrize(
    ("status", "title"),
    [(400, "Bad Request"), (406, "Not Acceptable"), (429, "Too Many Requests")],
)
def test_title_is_the_reason_phrase(status: int, title: str) -> None:
    assert Problem(status, "").title == title


def test_extension_members_stand_beside_the_others() -> None:
    document = Problem(400, "No.", {"line": 1, "column": 7}).document()
    assert (document["status"], document["line"], document["column"]) == (400, 1, 7)
    assert json.loads(json.dumps(document)) == document


def test_headers_are_no_part_of_the_document() -> None:
    assert "GET" not in str(Problem(405, "No.", headers={"Allow": "GET"}).document())


def test_text_is_the_detail() -> None:
    assert str(Problem(500, "It broke.")) == "It broke."


def test_problems_do_not_share_members() -> None:
    first, second = Problem(400, "a"), Problem(400, "b")
    assert first.members is not second.members
    assert first.headers is not second.headers
