"""Tests of search over the small release."""

import json
from xml.etree import ElementTree

import pytest

from tests.served import Client

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


def found(client: Client, **asked: str) -> list[str]:
    answer = client.get("/search", query_string=asked, headers=JSON)
    assert answer.status_code == 200
    return [hit["label"] for hit in json.loads(answer.data)["hits"]]


def test_identifier_is_found_before_texts(client: Client) -> None:
    assert found(client, q="ost")[0] == "Outer Space Treaty"


def test_label_is_found_whole_by_its_beginning_and_by_a_word(client: Client) -> None:
    for query in ("Outer Space Treaty", "outer sp", "TREATY"):
        assert "Outer Space Treaty" in found(client, q=query)


def test_all_words_must_occur(client: Client) -> None:
    assert found(client, q="outer nonsense") == []


def test_accents_do_not_matter(client: Client) -> None:
    assert found(client, q="beyönd ascii") == ["beyond ASCII"]


@pytest.mark.parametrize("query", ['"', "*", "a OR", "NEAR(", "label:", "-", "\x00", "' --", "^x"])
def test_syntax_of_the_index_is_nothing_special(client: Client, query: str) -> None:
    assert client.get("/search", query_string={"q": query}, headers=HTML).status_code == 200


def test_query_is_shown_as_text(client: Client) -> None:
    page = client.get("/search", query_string={"q": "<script>"}, headers=HTML).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_facet_narrows(client: Client) -> None:
    answer = client.get("/search?q=a", headers=JSON)
    whole = json.loads(answer.data)
    layer, count = next(iter(whole["facets"]["layer"].items()))
    narrowed = json.loads(client.get(f"/search?q=a&layer={layer}", headers=JSON).data)
    assert narrowed["total"] == count
    assert narrowed["asked"] == {"q": "a", "layer": layer}


def test_value_that_nothing_has_finds_nothing(client: Client) -> None:
    assert found(client, q="treaty", decade="1066") == []


@pytest.mark.parametrize(("page", "status"), [("0", 400), ("x", 400), ("2", 404), ("", 400)])
def test_page_that_is_not_there(client: Client, page: str, status: int) -> None:
    asked = {"q": "outer", "page": page}
    assert client.get("/search", query_string=asked, headers=HTML).status_code == status


def test_long_query_is_refused(client: Client) -> None:
    assert client.get("/search", query_string={"q": "a" * 201}).status_code == 400
    assert client.get("/search/suggest", query_string={"q": "a" * 201}).status_code == 400


def test_suggestions_are_of_the_form_of_opensearch(client: Client) -> None:
    answer = client.get("/search/suggest?q=outer")
    assert answer.content_type == "application/x-suggestions+json"
    query, labels, kinds, iris = json.loads(answer.data)
    assert (query, labels[0], kinds[0]) == ("outer", "Outer Space Treaty", "treaty")
    assert iris[0].endswith("/id/treaty/1967/outer-space")
    assert json.loads(client.get("/search/suggest").data) == ["", [], [], []]


def test_description_names_both_addresses(client: Client) -> None:
    answer = client.get("/opensearch.xml")
    root = ElementTree.fromstring(answer.data)
    templates = [e.get("template", "") for e in root if e.tag.endswith("Url")]
    assert [t.partition("?")[2] for t in templates] == ["q={searchTerms}", "q={searchTerms}"]


def test_result_is_revalidated_by_its_tag(client: Client) -> None:
    tag = client.get("/search?q=outer", headers=HTML).headers["ETag"]
    again = client.get("/search?q=outer", headers={**HTML, "If-None-Match": tag})
    other = client.get("/search?q=space", headers={**HTML, "If-None-Match": tag})
    assert (again.status_code, other.status_code) == (304, 200)
