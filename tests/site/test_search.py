"""Tests of search over the small release."""

import json
from xml.etree import ElementTree

import pytest

from tests.html import Seen
from tests.lawsource import LABELS
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


def test_all_words_must_occur_where_a_record_has_them(client: Client) -> None:
    answer = client.get("/search?q=outer+treaty", headers=JSON).json
    assert "allWords" not in answer
    assert all("treaty" in (hit["label"] + hit["text"]).lower() for hit in answer["hits"])


def test_where_no_record_has_all_words_those_that_have_most_are_shown(client: Client) -> None:
    answer = client.get("/search?q=outer+nonsense", headers=JSON).json
    assert (answer["allWords"], answer["hits"][0]["label"]) == (False, "Outer Space Treaty")
    page = client.get("/search?q=outer+nonsense", headers=HTML).text
    assert "No record has all of these words; these have some." in page
    assert found(client, q="outer nonsense gibberish") == []


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


@pytest.mark.parametrize(
    "query",
    [
        "OST VI",
        "OST 6",
        "ost article vi",
        "OST Art",
        "Outer Space Treaty Article 6",
        "\uff2f\uff33\uff34 \u2165",
    ],
)
def test_provision_is_found_by_roman_and_arabic_numbers(law: Client, query: str) -> None:
    assert found(law, q=query)[0] == "Outer Space Treaty, Article VI"


@pytest.mark.parametrize(
    "query",
    ["A/RES/1721 (XVI)", "A/RES/1721(XVI)", "a/res/1721 xvi", "A RES 1721 16", "1721XVI", "1721",
     "GA resolution 1721 (XVI)", "UNGA resolution 1721"],
)  # fmt: skip
def test_symbol_is_found_in_any_spelling(law: Client, query: str) -> None:
    assert found(law, q=query)[0] == "A/RES/1721 (XVI)"


def test_synonym_finds_the_topic_and_the_provisions_on_it(law: Client) -> None:
    hits = found(law, q="orbital waste")
    assert (hits[0], "Outer Space Treaty, Article VI" in hits) == ("space debris", True)


def test_instruments_come_before_norms_and_claims(law: Client) -> None:
    answer = law.get("/search", query_string={"q": "treaty"}, headers=JSON)
    kinds = [hit["kind"] for hit in json.loads(answer.data)["hits"]]
    assert kinds.index("treaty") < kinds.index("article") < kinds.index("claim")


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [("libility convention", "liability convention"), ("outr spase", "outer space")],
)
def test_typing_error_is_mended(law: Client, mistyped: str, meant: str) -> None:
    answer = law.get("/search", query_string={"q": mistyped}, headers=JSON)
    assert answer.json["didYouMean"] == meant
    page = Seen(law.get("/search", query_string={"q": mistyped}, headers=HTML).text)
    assert f"/search?q={meant.replace(' ', '+')}" in page.hrefs()
    assert found(law, q=meant)


def test_common_words_of_a_question_do_not_count(law: Client) -> None:
    asked = "How did the responsibility become a duty for activities?"
    assert found(law, q=asked)[0] == "Responsibility for national activities"
    assert found(law, q="How did the nonsense become a ...") == []


def test_two_states_lead_to_their_comparison(law: Client) -> None:
    href = "/compare?state=state/ind&state=state/bra"
    for query, is_offered in (("India Brazil", True), ("INDIA and Brazil", True), ("India", False)):
        page = Seen(law.get("/search", query_string={"q": query}, headers=HTML).text)
        assert (href in page.hrefs()) == is_offered
    assert law.get(href, headers=HTML).status_code == 200


def test_nothing_is_proposed_where_words_are_known_or_like_nothing(law: Client) -> None:
    for query, is_whole in (("india liability debris", False), ("zzzzqqqq", True)):
        answer = law.get("/search", query_string={"q": query}, headers=JSON).json
        assert (answer.get("allWords", True), "didYouMean" in answer) == (is_whole, False)
    assert found(law, q="zzzzqqqq") == []


def test_matches_are_marked(law: Client) -> None:
    page = law.get("/search?q=article+vi+outer", headers=HTML).text
    for marked in ("<mark>Outer</mark>", "<mark>Article</mark>", "<mark>VI</mark>"):
        assert marked in page
    evil = law.get("/search", query_string={"q": "evil"}, headers=HTML).text
    assert "<mark>EVIL</mark>" in evil


STREET, CONVENTION, NATIONS, WIDE, NARROW, LIGATURES, CHINESE = LABELS


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("strasse", STREET), ("STRASSE", STREET), (STREET, STREET),
        ("συμβαση", CONVENTION), ("ΣΎΜΒΑΣΗ", CONVENTION), (CONVENTION, CONVENTION),
        ("наций", NATIONS), ("НАЦИИ", NATIONS), ("объединенных", NATIONS),
        (WIDE, WIDE), ("space law", WIDE), ("ガス", NARROW), (NARROW, NARROW),
        ("office", LIGATURES), ("oeuvre", LIGATURES), ("ŒUVRE", LIGATURES),
        ("空间", CHINESE), (CHINESE, CHINESE),
    ],
)  # fmt: skip
def test_index_and_query_are_folded_alike(law: Client, query: str, label: str) -> None:
    assert label in found(law, q=query)


@pytest.mark.parametrize(
    ("path", "status", "nearest"),
    [
        ("/id/treaty/1967/outer-space/article/VI", 301, "/id/treaty/1967/outer-space/article/6"),
        ("/doc/id/treaty/1967/outer-space/article/vi.html", 301, "/doc/id/treaty/1967/outer-space"),
        ("/id/treaty/1967/outer-spac", 404, "/id/treaty/1967/outer-space"),
        ("/id/treaty/outer-space", 404, "/id/treaty/1967/outer-space"),
        ("/id/treaties/1972/liability", 404, "/id/treaty/1972/liability"),
        ("/treatys", 404, "/treaties"),
        ("/treaty/outer-spce", 404, "/id/treaty/1967/outer-space"),
        ("/law/libility-convention", 404, "/id/treaty/1972/liability"),
        ("/space-debris", 404, "/id/topic/debris"),
    ],
)
def test_unknown_address_leads_to_the_nearest(
    law: Client, path: str, status: int, nearest: str
) -> None:
    answer = law.get(path, headers=HTML)
    assert answer.status_code == status
    if status == 301:
        assert nearest in answer.headers["Location"]
        return
    assert nearest in Seen(answer.text.partition("<main")[2]).hrefs()
    problem = law.get(path, headers=JSON).json
    assert nearest in [entry["url"] for entry in problem["nearest"]]
