"""Tests of the pages of the site over the small release."""

import json
import re
from collections.abc import Iterator

import pytest

from server.release.reader import Release
from tests.html import Seen
from tests.served import NO_ENGINE, Client, served
from tests.tinysource import LOCAL

OST = "/doc/id/treaty/1967/outer-space"
ODD = "/doc/id/odd"


@pytest.fixture(scope="module")
def pages(tiny_release: Release) -> Iterator[Client]:
    with served(tiny_release.folder.parent, LOCAL, **NO_ENGINE) as client:
        yield client


def seen(pages: Client, path: str) -> Seen:
    answer = pages.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return Seen(answer.text)


def test_home_tells_the_release(pages: Client, tiny_release: Release) -> None:
    text = pages.get("/").text
    manifest = tiny_release.manifest
    for expected in (manifest.release, manifest.dataset, manifest.base):
        assert expected in text
    for number in (manifest.resources, manifest.quads, manifest.graphs["official"]):
        assert f"{number:,}" in text


def test_home_lists_kinds_with_their_pages_and_numbers(pages: Client) -> None:
    home = seen(pages, "/")
    assert "/claims" in home.hrefs()
    claims = home.texts.index("Scholarly claims")
    assert home.texts[claims:][:3] == ["Scholarly claims", "", "2"]


def test_home_is_revalidated_by_its_tag(pages: Client) -> None:
    tag = pages.get("/").headers["ETag"]
    answer = pages.get("/", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data) == (304, b"")


def test_sources_are_counted_as_json_and_as_a_page(pages: Client) -> None:
    answer = pages.get("/sources", headers={"Accept": "application/json"})
    assert answer.json is not None
    assert answer.json["official"]["https://treaties.un.org/"][0] == 5
    assert "https://treaties.un.org/" in pages.get("/sources", headers={"Accept": "text/html"}).text


def test_page_has_label_types_and_iri(pages: Client) -> None:
    page = seen(pages, OST + "/article/9")
    assert "Article IX" in page.texts
    assert "/def/Article" in page.hrefs()
    assert page.hrefs("canonical") == [LOCAL + "doc/id/treaty/1967/outer-space/article/9"]
    assert "/id/treaty/1967/outer-space" in page.hrefs()


def test_types_of_other_vocabularies_are_in_words_and_a_definition_leads(
    pages: Client,
) -> None:
    texts = seen(pages, "/doc/id/concept/cooperation").texts
    label = texts.index("cooperation", texts.index("concept"))
    assert texts[label:][2] == "Work of several States towards one end."
    assert "skos:Concept" in texts


def test_page_names_the_layers_that_say_so(pages: Client) -> None:
    assert {"official", "derived"} <= set(seen(pages, OST).texts)
    assert "inferred" not in seen(pages, OST).texts


def test_page_leads_to_each_other_format(pages: Client) -> None:
    for href in seen(pages, OST).hrefs("alternate"):
        answer = pages.get(href, headers={"Accept": "image/png"})
        assert answer.status_code == 200, href
        assert answer.headers["Content-Location"] == LOCAL + href[1:]


def test_json_ld_inside_the_page_is_that_of_the_document(pages: Client) -> None:
    for path in (OST, ODD, "/doc/def", "/doc/id/concept/cooperation"):
        (kind, script), (_, schema_org) = seen(pages, path).scripts
        assert json.loads(schema_org)["@context"] == "https://schema.org/"
        assert kind == "application/ld+json"
        own = json.loads(script)
        assert own["@id"].startswith(LOCAL)
        assert own == pages.get(path + ".jsonld").json or path == "/doc/def"


def test_markup_in_data_is_shown_as_text(pages: Client) -> None:
    page = seen(pages, ODD)
    assert "Odd & <b>ends</b>" in page.texts
    assert "</script><script>alert(1)</script>" in page.texts
    (_, script), _ = page.scripts
    assert "</script><script>alert(1)</script>" in json.loads(script)["sl:note"]


def test_no_page_has_script_handlers_or_links_that_run(pages: Client) -> None:
    for path in (ODD, "/doc/id/strange", OST, "/"):
        page = seen(pages, path)
        assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
        for href in page.hrefs():
            assert href.startswith(("/", "#", "http://", "https://")), href
            assert not href.startswith("//")


def test_iri_that_is_no_link_is_shown_all_the_same(pages: Client) -> None:
    assert {"javascript:alert(1)", "data:text/html,x"} <= set(seen(pages, ODD).texts)


def test_exact_literals_are_shown_with_their_datatypes(pages: Client) -> None:
    texts = seen(pages, ODD).texts
    for shown in ("01", "1.50", "1967-01-27T00:00:00+00:00", "P12M", "xsd:nonNegativeInteger"):
        assert shown in texts


def test_list_and_blank_node_are_shown_inside(pages: Client) -> None:
    page = seen(pages, ODD)
    texts = [t for t in page.texts if t in ("b", "cooperation", "a")]
    assert texts.index("b") < texts.index("cooperation") < texts.index("a")
    assert "/id/concept/cooperation" in page.hrefs()
    assert "/id/treaty/1967/outer-space" in page.hrefs()


def test_label_of_a_blank_node_is_shown(pages: Client) -> None:
    assert "a place" in seen(pages, ODD).texts


def incoming(pages: Client, path: str) -> list[str]:
    below = pages.get(path, headers={"Accept": "text/html"}).text.partition('id="incoming"')[2]
    return re.findall(r'href="(/id/many/\d+)"', below)


def test_what_points_here_comes_in_pages(pages: Client) -> None:
    first, second = (incoming(pages, f"{ODD}.html?page={number}") for number in (1, 2))
    assert first == incoming(pages, ODD)
    assert len(second) == 205 - len(first)
    assert len({*first, *second}) == 205
    assert first[:3] == ["/id/many/1", "/id/many/2", "/id/many/3"]
    assert second[-1] == "/id/many/205"


def test_values_come_in_pages(pages: Client) -> None:
    first, second = (pages.get(f"/doc/id/hub.html?page={n}").text for n in (1, 2))
    found = [re.findall(r'<dd>\s*<a href="(/id/many/\d+)"', text) for text in (first, second)]
    assert [len(hrefs) for hrefs in found] == [200, 5]
    assert len({*found[0], *found[1]}) == 205
    assert pages.get("/doc/id/hub.html?page=3").status_code == 404


def test_pages_lead_to_each_other(pages: Client) -> None:
    one, two = (seen(pages, f"{ODD}.html?page={number}") for number in (1, 2))
    assert (one.hrefs("prev"), one.hrefs("next")) == ([], [f"{ODD}.html?page=2#incoming"])
    assert (two.hrefs("prev"), two.hrefs("next")) == ([f"{ODD}.html?page=1#incoming"], [])
    assert "Page 2 of 2" in two.texts


def test_pages_have_tags_of_their_own(pages: Client) -> None:
    tags = {pages.get(f"{ODD}.html?page={number}").headers["ETag"] for number in (1, 2)}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("3", 404),
        ("1000000", 404),
        ("1000001", 400),
        ("0", 400),
        ("-1", 400),
        ("", 400),
        ("x", 400),
        ("1.0", 400),
        ("²", 400),
        ("٢", 400),
        ("9" * 5000, 400),
    ],
)
def test_page_that_is_not_there(pages: Client, number: str, status: int) -> None:
    answer = pages.get(f"{ODD}.html", query_string={"page": number})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_page_of_what_nothing_points_to_has_no_such_part(pages: Client) -> None:
    assert "incoming" not in pages.get("/doc/id/claim/liao-2013/cl01.html").text
