"""Lists are narrowed, sorted, counted and turned over by the URL, as pages, CSV and JSON."""

import csv
import io
from typing import Any

import pytest

from tests.html import Seen
from tests.served import Client
from tests.tinysource import LOCAL

HTML, JSON, CSV = {"Accept": "text/html"}, {"Accept": "application/json"}, {"Accept": "text/csv"}
LISTS = (
    "treaties", "resolutions", "principles-and-declarations", "laws-and-policies", "definitions",
    "norms", "topics", "states", "organizations", "claims", "errata",
)  # fmt: skip


def listed(law: Client, path: str) -> Any:
    answer = law.get(path, headers=JSON)
    assert answer.status_code == 200
    return answer.json


def names(law: Client, path: str) -> list[str]:
    return [item["name"] for item in listed(law, path)["items"]]


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_a_page_json_and_csv(law: Client, name: str) -> None:
    for headers in (HTML, JSON, CSV):
        answer = law.get(f"/{name}", headers=headers)
        assert (answer.status_code, answer.mimetype) == (200, headers["Accept"])
        assert answer.headers["Vary"].startswith("Accept")
    page = Seen(law.get(f"/{name}", headers=HTML).text)
    assert page.hrefs("alternate") == [f"/{name}?format=csv", f"/{name}?format=json"]


def test_parameter_takes_the_place_of_accept(law: Client) -> None:
    assert law.get("/treaties?format=csv", headers=HTML).mimetype == "text/csv"
    assert law.get("/treaties?format=html", headers=JSON).mimetype == "text/html"
    assert law.get("/treaties?format=ttl").status_code == 400
    assert law.get("/treaties", headers={"Accept": "image/png"}).status_code == 406


def test_treaties_come_by_date_with_their_citation(law: Client) -> None:
    answer = law.get("/treaties", headers=CSV)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["name"] for row in rows] == ["Outer Space Treaty", "Liability Convention"]
    assert rows[0]["citation"] == "610 UNTS 205"
    assert rows[0]["date"] == "1967-01-27"
    assert rows[0]["iri"] == LOCAL + "id/treaty/1967/outer-space"
    assert b"\r\n" in answer.data


def test_sorting_by_a_column_either_way_leaves_blanks_last(law: Client) -> None:
    assert names(law, "/treaties?sort=-date")[0] == "Liability Convention"
    assert names(law, "/treaties?sort=name")[0] == "Liability Convention"
    for sort in ("inForce", "-inForce"):
        assert names(law, f"/treaties?sort={sort}") == [
            "Outer Space Treaty",
            "Liability Convention",
        ]
    refused = law.get("/treaties?sort=nonsense", headers=JSON)
    assert (refused.status_code, "inForce" in refused.json["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bearer=state/ind", ["Responsibility for national activities"]),
        ("kind=norm-kind/right", ["Freedom of launching"]),
        (f"kind={LOCAL}id/norm-kind/right", ["Freedom of launching"]),
        ("instrument=treaty/1967/outer-space", ["Responsibility for national activities"]),
        ("instrument=treaty/1967/outer-space&kind=norm-kind/right", []),
        ("topic=topic/debris", ["Responsibility for national activities"]),
        ("q=LAUNCH", ["Freedom of launching"]),
        ("q=duty+responsibility", ["Responsibility for national activities"]),
        ("bearer=&kind=", ["Freedom of launching", "Responsibility for national activities"]),
    ],
)
def test_norms_are_narrowed(law: Client, query: str, expected: list[str]) -> None:
    assert names(law, f"/norms?{query}") == expected


def test_values_of_a_filter_are_counted(law: Client) -> None:
    whole = listed(law, "/norms")
    assert whole["counts"]["kind"] == {"norm-kind/duty": 1, "norm-kind/right": 1}
    assert whole["total"] == 2
    page = law.get("/norms?bearer=state/ind", headers=HTML).text
    assert '<option value="state/ind" selected>India (1)</option>' in page


def test_links_of_a_page_keep_what_is_chosen(law: Client) -> None:
    page = Seen(law.get("/norms?bearer=state/ind&sort=-name", headers=HTML).text)
    assert "/norms?bearer=state%2Find&sort=kind" in page.hrefs()
    assert "/norms?bearer=state%2Find&sort=-name&format=csv" in page.hrefs()
    assert "/norms?sort=-name" in page.hrefs()  # without the filter


def test_values_are_things_with_their_names(law: Client) -> None:
    (item,) = listed(law, "/norms?kind=norm-kind/duty")["items"]
    assert item["bearer"] == [{"iri": LOCAL + "id/state/ind", "name": "India"}]
    assert item["instrument"][0]["name"] == "Outer Space Treaty"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/treaties?page=2", 404),
        ("/treaties?page=0", 400),
        ("/treaties?page=1&format=csv", 400),
        ("/treaties?bearer=state/ind", 400),
        ("/norms?kind=a&kind=b", 400),
    ],
)
def test_what_a_list_has_not_is_refused(law: Client, path: str, status: int) -> None:
    assert law.get(path, headers=HTML).status_code == status


def test_list_with_nothing_says_so_and_leads_back(law: Client) -> None:
    page = Seen(law.get("/treaties?decade=1850s", headers=HTML).text)
    assert "/treaties" in page.hrefs()
    assert any("Nothing in this list" in text for text in page.texts)


def test_claims_tell_whether_the_texts_support_them(law: Client) -> None:
    claims = {item["name"]: item for item in listed(law, "/claims")["items"]}
    assert claims["1721 became the treaty"]["support"] == ["a citation supports it"]
    assert listed(law, "/claims?support=a+citation+supports+it")["total"] == 1


def test_law_without_a_date_has_the_year_of_its_address(law: Client) -> None:
    (item,) = listed(law, "/laws-and-policies?decade=1980s")["items"]
    assert (item["name"], item["year"]) == ("India, statute of 1984", ["1984"])
    assert item["issuedBy"][0]["name"] == "India"


def test_home_leads_to_the_lists(law: Client) -> None:
    hrefs = Seen(law.get("/", headers=HTML).text).hrefs()
    assert {f"/{name}" for name in ("treaties", "norms", "topics", "states")} <= set(hrefs)


def test_long_list_comes_in_pages(many: Client) -> None:
    first = Seen(many.get("/states", headers=HTML).text)
    second = Seen(many.get("/states?page=2", headers=HTML).text)
    assert first.hrefs("next") == ["/states?page=2"]
    assert second.hrefs("prev") == ["/states?page=1"]
    shown = [h for page in (first, second) for h in page.hrefs() if h.startswith("/id/state/")]
    assert len(set(shown)) == 70
    assert listed(many, "/states")["total"] == 70
