"""Tests of the pages of the competency questions."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.declared import declared_in
from server.release.reader import Release
from server.settings import default_sources
from server.site.application import create_app
from server.site.prerender import NoEngine
from server.sparql.questions import Question, read_all
from tests.html import Seen
from tests.served import Client

QUESTIONS = read_all(default_sources() / "queries")


def test_all_questions_are_listed_in_words(client: Client) -> None:
    page = Seen(client.get("/questions").text)
    for question in QUESTIONS:
        assert f"/questions/{question.slug}" in page.hrefs()
        assert question.title in page.texts


def test_each_question_has_one_subject() -> None:
    grouped = declared_in(default_sources() / "queries" / "subjects.yaml")
    listed = sorted(slug for slugs in grouped.values() for slug in slugs)
    assert listed == sorted(q.slug for q in QUESTIONS)


def test_questions_stand_by_subject_with_contents_and_counts(client: Client) -> None:
    page = client.get("/questions").text
    contents = page.partition('aria-label="Subjects"')[2].partition("</nav>")[0]
    counts = [int(n) for n in re.findall(r'<span class="note">(\d+)</span>', contents)]
    assert sum(counts) == len(QUESTIONS)
    for key in re.findall(r'href="#([\w-]+)"', contents):
        assert f'<h2 id="{key}">' in page


def test_questions_are_narrowed_by_subject_and_words_in_the_address(client: Client) -> None:
    page = Seen(client.get("/questions?subject=who-is-bound&q=Moon").text)
    found = [h for h in page.hrefs() if h.startswith("/questions/")]
    assert "/questions/moon-agreement-signatories" in found
    assert "/questions/prohibitions-of-the-moon-agreement" not in found
    refused = client.get("/questions?subject=none")
    assert refused.status_code == 400
    assert "who-is-bound" in refused.json["detail"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.slug)
def test_page_has_answer_and_query(client: Client, question: Question) -> None:
    answer = client.get(f"/questions/{question.slug}")
    assert answer.status_code == 200
    assert answer.text.count("<tr>") == max(len(question.answer), 2)
    page = Seen(answer.text)
    (change,) = [h for h in page.hrefs() if h.startswith("/sparql?query=")]
    (query,) = parse_qs(urlsplit(change).query)["query"]
    assert query in question.query
    assert not query.startswith("#")


def test_answer_has_headings_in_words_and_no_column_without_a_value(client: Client) -> None:
    texts = Seen(client.get("/questions/who-is-bound-as-known").text).texts
    assert {"Treaty", "State", "Since", "Act"} <= {*texts}
    assert not {"Table", "table"} & {*texts}


def test_questions_are_those_of_the_sources_that_are_served(
    release: Release, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "queries").mkdir(exist_ok=True)
    (root / "queries/own.rq").write_text("# title: Ours?\n# description: Ours.\nASK {}\n")
    (root / "queries/own.csv").write_text("answer\ntrue\n")
    (root / "shapes/hygiene/own.rq").write_text("# rule: Our rule.\n# why: Ours.\nASK {}\n")
    monkeypatch.setenv("SPACELAW_SOURCES", str(root))
    client = create_app(release, NoEngine()).test_client()
    assert client.get("/questions/own").status_code == 200
    assert client.get(f"/questions/{QUESTIONS[0].slug}").status_code == 404
    assert "Our rule." in client.get("/quality").text


def test_unknown_question_is_not_found(client: Client) -> None:
    assert client.get("/questions/none").status_code == 404


def test_a_question_with_values_for_its_parameters_leads_to_their_answer(client: Client) -> None:
    answer = client.get("/questions/what-came-on-record?from=2015-01-01")
    assert answer.status_code == 303
    (query,) = parse_qs(urlsplit(answer.headers["Location"]).query)["query"]
    assert 'VALUES (?from ?to) { ("2015-01-01"^^xsd:date "2019-12-31"^^xsd:date) }' in query


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("what-came-on-record?asOf=2015-01-01", "does not ask for asOf; it asks for from, to"),
        ("parties-in-2015?asOf=2015-01-01", "it has no parameters"),
        ("what-came-on-record?from=yesterday", "it takes a day"),
        ("what-came-on-record?form=2015-01-01", "did you mean from?"),
    ],
)
def test_a_faulty_value_for_a_question_is_refused(
    client: Client, address: str, detail: str
) -> None:
    answer = client.get(f"/questions/{address}")
    assert answer.status_code == 400
    assert detail in answer.json["detail"]
