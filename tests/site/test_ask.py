"""Questions in English over HTTP: the reading, the answer with what it rests on, and refusals."""

import csv
import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest

from server.law.asking import Reader
from server.release.manifest import CURRENT
from server.release.reader import Release
from tests.command import ROOT, Site, ask
from tests.html import Seen

LEAST_RIGHT, MOST_WRONG = 0.8, 0.02


def asked(site: Site, question: str) -> dict[str, Any]:
    url = f"{site.base}ask?{urlencode({'q': question})}"
    answer = ask(url, {"Accept": "application/json"})
    assert answer.status == 200, answer.body
    told: dict[str, Any] = json.loads(answer.body)
    return told


def values(told: dict[str, Any], column: str) -> list[str]:
    return [row[column]["value"] for row in told["rows"]]


def test_who_was_bound_is_the_answer_of_the_competency_question(site: Site) -> None:
    told = asked(site, "Who was bound by the Liability Convention on 31 December 1979?")
    assert told["reading"]["text"] == "Who was bound by the Liability Convention on 1979-12-31?"
    with (ROOT / "queries/bound-by-the-liability-convention.csv").open() as file:
        known = [site.base + row["state"] for row in csv.DictReader(file)]
    assert sorted(row["state"]["iri"] for row in told["rows"]) == sorted(known)
    acts = {row["act"]["iri"] for row in told["rows"]}
    assert acts <= {item["iri"] for item in told["restsOn"]}
    assert all(item["layers"] for item in told["restsOn"])
    assert told["sources"]
    assert told["horizon"] >= "2015-01-01"


@pytest.mark.parametrize("treaty", ["Outer Space Treaty", "Liability Convention", "Moon Agreement"])
@pytest.mark.parametrize("day", ["1979-12-31", "2015-01-01", "2018-07-07", "2026-11-29"])
def test_who_is_bound_is_what_the_page_of_the_day_shows(site: Site, treaty: str, day: str) -> None:
    told = asked(site, f"Who was bound by the {treaty} on {day}?")
    path = told["reading"]["values"]["treaty"].partition("/id/")[2]
    rows = json.loads(ask(f"{site.base}status.json?treaty={path}&asOf={day}").body)["standings"]
    parties = [row["state"] for row in rows if row["status"] == "party"]
    assert sorted(row["state"]["iri"] for row in told["rows"]) == sorted(parties)
    assert told["total"] == len(parties)
    counted = asked(site, f"How many parties did the {treaty} have on {day}?")
    assert counted["said"] == (str(len(parties)) if parties else counted["said"])


def test_norms_are_told_with_kind_and_operative_verb(site: Site) -> None:
    told = asked(site, "What does A/RES/1721 (XVI) recommend?")
    said = {(row["kind"]["value"], row["verb"]["value"]) for row in told["rows"]}
    assert ("recommendation", "Calls upon") in said
    assert {kind for kind, _ in said} == {"recommendation"}


def test_views_are_told_with_who_holds_them(site: Site) -> None:
    told = asked(site, "What is the legal nature of A/RES/1721 (XVI)?")
    said = dict(zip(values(told, "view"), values(told, "who"), strict=True))
    assert "Liao" in said["Resolution 1721 (XVI) has a legal nature, which HSFD confirms"]
    assert "General Assembly resolution, not binding as such" in values(told, "says")
    told = asked(site, "What do States say about article II of the Outer Space Treaty?")
    assert {"Colombia", "Mexico", "Germany"} <= set(values(told, "who"))


def test_who_is_in_doubt_is_not_called_bound(site: Site) -> None:
    for state in ("Gambia", "Iran"):  # signed, and consented by no record
        told = asked(site, f"Is {state} bound by the Outer Space Treaty?")
        assert told["reading"]["pattern"] == "is-bound"
        assert told["total"] == 0
        bound = {"signatory": "not bound", "unknown": "in doubt"}[told["standing"]["status"]]
        assert told["said"].startswith(f"By what is on record, {bound}")
    told = asked(site, "Is the Russian Federation bound by the Outer Space Treaty?")
    assert told["total"] == 1
    told = asked(site, "Which space treaties is the Russian Federation a party to?")
    assert told["total"] == 5  # four of the five treaties, and that on the space station


def test_the_search_box_suggests_to_ask_what_reads_as_a_question(site: Site) -> None:
    question = "Who was bound by the Liability Convention on 31 December 1979?"
    answer = ask(f"{site.base}search/suggest?{urlencode({'q': question})}")
    _, labels, kinds, iris = json.loads(answer.body)
    assert labels[0] == "Who was bound by the Liability Convention on 1979-12-31?"
    assert kinds[0] == "question"
    assert iris[0] == f"{site.base}ask?{urlencode({'q': question})}"
    assert "question" not in json.loads(ask(f"{site.base}search/suggest?q=moon").body)[2]
    home = ask(site.base, {"Accept": "text/html"}).body.decode()
    assert f"/ask?{urlencode({'q': question})}" in home


def test_the_query_shown_gives_the_same_answer(site: Site) -> None:
    told = asked(site, "When did India ratify the Outer Space Treaty?")
    assert "1982-01-18" in values(told, "day")
    again = ask(told["endpoint"], {"Accept": "application/sparql-results+json"})
    assert len(json.loads(again.body)["results"]["bindings"]) == told["total"]


@pytest.mark.parametrize(
    ("question", "column", "value"),
    [
        (
            "Which provisions deal with harmful contamination?",
            "provision",
            "Outer Space Treaty, Article IX",
        ),
        ("What does the Moon Agreement prohibit?", "verb", "is prohibited"),
        ("Which time limits does the Liability Convention set?", "time", "P1Y"),
        ("Who are the depositaries of the Moon Agreement?", "depositary", "Secretary-General"),
        ("In which languages is the Moon Agreement authentic?", "language", "ar"),
        ("Which terms are defined in the Liability Convention?", "term", "damage"),
        ("Does Luxembourg have a national space law?", "law", "Luxembourg"),
        (
            "What cites article VI of the Outer Space Treaty?",
            "text",
            "LTS Guidelines, Guideline A.1",
        ),
    ],
)
def test_patterns_are_answered_from_the_endpoint(
    site: Site, question: str, column: str, value: str
) -> None:
    told = asked(site, question)
    assert told["sure"], told
    assert any(value in found for found in values(told, column)), values(told, column)[:20]


def test_a_number_is_told_and_a_lack_is_said(site: Site) -> None:
    assert int(asked(site, "How many parties did the Moon Agreement have in 2015?")["said"]) > 10
    told = asked(site, "Is the United States party to the Moon Treaty?")
    assert (told["rows"], told["standing"]["status"]) == ([], "none")
    assert told["said"] == "By what is on record, not bound."


def test_an_act_that_does_not_bind_is_told_with_its_source(site: Site) -> None:
    told = asked(site, "Is India bound by the Moon Agreement?")
    assert told["rows"] == []
    assert "not bound: a signatory since 18 January 1982" in told["said"]
    assert f"{site.base}id/participation/moon/ind/signature" in {r["iri"] for r in told["restsOn"]}
    assert told["sources"]
    told = asked(site, "Has India signed the Moon Agreement?")
    assert told["reading"]["pattern"] == "has-signed"
    assert (values(told, "day"), told["said"][:3]) == (["1982-01-18"], "Yes")
    told = asked(site, "Did Germany sign the Moon Agreement?")
    assert told["said"] == "No signature of this State is on record."


def test_one_day_is_answered_and_the_other_offered(site: Site) -> None:
    told = asked(site, "Who was bound by the Liability Convention on 31 December 1979, and today?")
    assert told["reading"]["values"]["day"] == "1979-12-31"
    other = json.loads(ask(told["other"]["address"], {"Accept": "application/json"}).body)
    assert other["reading"]["values"]["day"] == str(date.today())
    assert other["other"] is None


def test_disagreement_of_sources_is_told_beside_the_answer(site: Site) -> None:
    told = asked(site, "Was India bound by the Liability Convention on 31 December 1979?")
    (conflict,) = told["conflicts"]
    assert conflict["says"] == "sources disagree on the day"
    assert told["rows"][0]["act"]["iri"] in conflict["on"]
    told = asked(site, "Who was bound by the Liability Convention on 31 December 1979?")
    assert f"{site.base}id/record-conflict/liability/lie" in {c["iri"] for c in told["conflicts"]}


def test_a_query_is_shown_without_the_title_of_another_question(site: Site) -> None:
    told = asked(site, "Who is bound by the Moon Agreement?")
    assert told["query"].startswith("SELECT")


@pytest.mark.parametrize(
    "question",
    [
        "Who owns the Moon?",
        # Those who signed only are some of them, and those who signed are not those who are bound.
        "Which States are not parties to the Outer Space Treaty?",
        "Which States have not signed the Outer Space Treaty?",
        "Who is not bound by the Liability Convention?",
        "How many States have signed the Moon Agreement?",
        # What was done in a year is not how things stood at its end.
        "Which States joined the Outer Space Treaty in 2021?",
        "Did India ratify the Outer Space Treaty in 1990?",
        "What does article 99 of the Outer Space Treaty say?",
        "x",
        "?",
        "\u0000 {day}",
    ],
)
def test_an_unsure_reading_is_refused_with_the_nearest_three(site: Site, question: str) -> None:
    told = asked(site, question)
    assert (told["sure"], told["reading"], len(told["nearest"])) == (False, None, 3)


def test_each_reading_that_is_offered_is_read_as_itself(site: Site) -> None:
    for question in (
        "duties of the Registration Convention and others",
        "Who ever left Moon Treaty",
    ):
        for offered in asked(site, question)["nearest"]:
            if offered["address"]:
                again = json.loads(ask(offered["address"], {"Accept": "application/json"}).body)
                assert again["sure"]
                assert again["reading"]["pattern"] == offered["pattern"]


def test_the_page_shows_reading_answer_evidence_and_query(site: Site) -> None:
    question = urlencode({"q": "What does article II of the Outer Space Treaty say?"})
    page = Seen(ask(f"{site.base}ask?{question}", {"Accept": "text/html"}).body.decode())
    assert "What is Outer Space Treaty, Article II about?" in page.texts
    assert "/id/treaty/1967/outer-space/article/2" in page.hrefs()
    assert any(href.startswith(f"{site.base}sparql?query=") for href in page.hrefs())
    unsure = Seen(ask(f"{site.base}ask?q=Who+owns+the+Moon", {"Accept": "text/html"}).body.decode())
    assert "I am not sure what this asks" in unsure.texts


def test_the_search_offers_the_answer_to_a_question(site: Site) -> None:
    question = urlencode({"q": "Who is bound by the Moon Agreement?"})
    page = ask(f"{site.base}search?{question}", {"Accept": "text/html"}).body.decode()
    assert f'href="/ask?{question}"' in page
    assert "/ask?" not in ask(f"{site.base}search?q=moon", {"Accept": "text/html"}).body.decode()


@pytest.mark.parametrize("query", ["q=" + "a" * 201, "q=a&q=b", "question=a"])
def test_faulty_parameters_are_refused(site: Site, query: str) -> None:
    assert ask(f"{site.base}ask?{query}", {"Accept": "application/json"}).status == 400
    assert ask(f"{site.base}ask", {"Accept": "application/json"}).status == 400


def expected(row: dict[str, str]) -> dict[str, str]:
    if row["parameters"].startswith("term="):
        return {"term": row["parameters"].removeprefix("term=")}
    return dict(part.split("=", 1) for part in row["parameters"].split())


def test_phrasings_are_read_rightly_or_refused(site: Site) -> None:
    reader = Reader(ROOT, Release(site.releases / CURRENT))
    with (ROOT / "tests/data/ask.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    right, wrong = [], []
    for row in rows:
        reading, wanted = reader.sure(reader.read(row["question"])), expected(row)
        told = dict(reading.values) if reading else {}
        if "day" not in wanted:
            told.pop("day", None)  # today, where the question names none
        key = reading.pattern.key if reading else "none"
        if key == row["reading"] and told == wanted:
            right.append(row["question"])
        elif reading:
            wrong.append(row["question"])
    assert len(rows) >= 150
    assert len(right) / len(rows) >= LEAST_RIGHT
    assert len(wrong) / len(rows) <= MOST_WRONG, wrong
    assert len(reader.patterns) >= 60
