"""Tests of problem documents (RFC 9457)."""

import json

import pytest

from server.problems import Problem


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
