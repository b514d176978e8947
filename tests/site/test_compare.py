"""States are compared over all treaties, and texts side by side, as pages, CSV and JSON."""

import csv
import io
import json
from typing import Any

import pytest

from tests.command import Site, ask
from tests.html import Seen
from tests.served import Client
from tests.tinysource import LOCAL

HTML, JSON = {"Accept": "text/html"}, {"Accept": "application/json"}
STATES = "/compare?state=ind&state=bra&asOf=2020-01-01"
TEXTS = "/compare?text=resolution/1961/1721-xvi&text=treaty/1967/outer-space"


def compared(law: Client, path: str) -> Any:
    answer = law.get(path, headers=JSON)
    assert answer.status_code == 200
    return answer.json


def test_states_stand_by_treaty_with_acts_dates_and_declarations(law: Client) -> None:
    found = compared(law, STATES)
    assert [column["name"] for column in found["columns"]] == ["India", "Brazil"]
    rows = {row["name"]: row["cells"] for row in found["rows"]}
    india, brazil = rows["Outer Space Treaty"]
    assert [entry["name"] for entry in india] == [
        "party since 18 January 1982", "signature", "ratification",
    ]  # fmt: skip
    assert [entry.get("date") for entry in india[1:]] == ["3 March 1967", "18 January 1982"]
    assert brazil == []
    _, brazil = rows["Liability Convention"]
    assert brazil[-1]["text"] == "Understands the scope narrowly."


def test_records_of_one_act_that_disagree_are_told_as_one(site: Site) -> None:
    address = f"{site.base}compare?state=ind&state=bra&asOf=2020-01-01"
    found = json.loads(ask(address, {"Accept": "application/json"}).body)
    india, _ = {row["name"]: row["cells"] for row in found["rows"]}["Liability Convention"]
    accessions = [entry for entry in india if entry["name"] == "accession"]
    assert [entry["date"] for entry in accessions] == ["9 July 1979"]
    (told,) = (entry for entry in india if entry["name"] == "sources disagree on the day")
    assert told["date"] == "6 July 1979 or 9 July 1979"
    assert told["url"] == f"{site.base}id/record-conflict/liability/ind"


def test_day_decides_on_standings(law: Client) -> None:
    found = compared(law, STATES.replace("2020", "1970"))
    rows = {row["name"]: row["cells"] for row in found["rows"]}
    assert rows["Outer Space Treaty"][0][0]["name"] == "signatory since 3 March 1967"
    assert rows["Liability Convention"][1][0]["name"] == "treaty not yet adopted"
    assert rows["Liability Convention"][1][1]["name"] == "ratification"


def test_states_are_named_by_code_path_or_iri(law: Client) -> None:
    for name in ("IND", "state/ind", f"{LOCAL}id/state/ind"):
        found = compared(law, f"/compare?state={name}&state=bra&asOf=2020-01-01")
        assert found["columns"][0] == {"name": "India", "url": f"{LOCAL}id/state/ind"}


def test_texts_stand_by_topic_or_heading(law: Client) -> None:
    found = compared(law, TEXTS)
    rows = {row["name"]: row["cells"] for row in found["rows"]}
    assert rows["space debris"][0] == []
    assert rows["space debris"][1][0]["name"] == "Article VI"
    assert rows["break-ups"][0][0]["text"].startswith("Calls upon States")


def test_texts_stand_by_words_in_common(law: Client) -> None:
    (row,) = compared(law, f"{TEXTS}&by=words")["rows"]
    assert row["name"] == "62% of the earlier words"
    assert [cell[0]["name"] for cell in row["cells"]] == ["part B, paragraph 1", "Article VI"]


def test_same_is_had_as_csv_and_as_a_page_that_leads_to_it(law: Client) -> None:
    answer = law.get(f"{STATES}&format=csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert (answer.mimetype, rows[0]) == ("text/csv", ["", "India", "Brazil"])
    page = Seen(law.get(STATES, headers=HTML).text)
    assert "/compare?state=ind&state=bra&by=topic&asOf=2020-01-01&format=csv" in page.hrefs()
    assert "/id/participation/ind" in page.hrefs()


def test_form_offers_states_and_texts(law: Client) -> None:
    text = law.get("/compare", headers=HTML).text
    assert '<option value="ind">India</option>' in text
    assert '<option value="treaty/1967/outer-space">' in text
    empty = law.get("/compare?state=ind&state=&state=bra&state=&state=&asOf=", headers=HTML)
    assert empty.status_code == 200


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("state=ind", 400),
        ("state=ind&state=IND&state=ind", 400),
        ("state=ind&state=nowhere", 404),
        ("state=ind&state=treaty/1972/liability", 404),
        ("state=ind&state=bra&text=treaty/1972/liability", 400),
        ("text=treaty/1972/liability", 400),
        ("text=treaty/1972/liability&text=treaty/none", 404),
        ("text=treaty/1972/liability&text=treaty/1967/outer-space&by=colour", 400),
        ("text=treaty/1972/liability&text=treaty/1967/outer-space&asOf=2000-01-01", 400),
        ("state=ind&state=bra&asOf=2999-01-01", 400),
        ("state=a&state=b&state=c&state=d&state=e&state=f", 400),
    ],
)
def test_what_cannot_be_compared_is_refused(law: Client, query: str, status: int) -> None:
    assert law.get(f"/compare?{query}", headers=HTML).status_code == status


def test_data_without_anything_to_compare_are_refused(law: Client) -> None:
    assert law.get("/compare", headers=JSON).status_code == 400
