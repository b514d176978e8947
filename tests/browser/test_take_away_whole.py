"""The whole site opened from disk in Chromium, with the network cut: pages, search, SPARQL."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from server.release.manifest import Manifest
from server.site.assets import address
from server.sparql.questions import read_all
from tests.browser.copies import FILES, export, open_sparql, opened, ready, rows
from tests.command import ROOT, Site, ask
from tests.needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api")

pytestmark = [
    needs(address("dist/offline.js"), "the pages' scripts (Node or npm, then make test)"),
]

MAX_SINGLE_BYTES = 15_000_000
QUESTIONS = read_all(ROOT / "queries")
TREATY = "id/treaty/1967/outer-space"


@pytest.fixture(scope="module")
def taken(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the site of the shared release."""
    return export(site.releases, tmp_path_factory.mktemp("taken"), BASE_IRI=site.base)


@pytest.fixture(params=FILES)
def page(taken: Path, browser: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """Open the folder and the single file."""
    with opened(browser, taken / request.param) as page:
        yield page


def test_single_file_is_small(taken: Path) -> None:
    assert (taken / "law.html").stat().st_size <= MAX_SINGLE_BYTES


def test_each_record_has_a_page_in_the_folder(taken: Path, site: Site) -> None:
    manifest = Manifest.read(site.releases / "current")
    things = [
        p
        for root in ("id", "def", "shape", "graph")
        for p in (taken / "law" / root).rglob("*.html")
    ]
    assert len([p for p in things if "~" not in p.name]) >= manifest.resources - 1  # def.html


def test_all_questions_have_the_answers_of_the_site(page: "Page", site: Site) -> None:
    open_sparql(page)
    wrong = []
    for question in QUESTIONS:
        head, *found = [
            tuple(cell.replace(site.base, "") for cell in row) for row in rows(page, question.query)
        ]
        expected_head, *expected = question.answer
        in_order = found if question.ordered else sorted(found)
        # A page shows runs of white space as the table of results has them: as they are.
        if head != expected_head or in_order != (
            expected if question.ordered else sorted(expected)
        ):
            wrong.append(question.slug)
    assert wrong == []


def test_search_finds_what_the_site_finds(page: "Page", site: Site) -> None:
    for query in ("LIAD", "OST VI", "duty to cooperate", "cote d ivoire"):
        page.fill("#find", query)
        page.press("#find", "Enter")
        page.locator("h1", has_text=f"“{query}”").wait_for()
        ready(page)
        listed = ask(f"{site.base}search?{urlencode({'q': query})}", {"Accept": "text/html"})
        found = listed.body.decode().partition('<ol class="entries"')[2]
        there = re.findall(r'<li><a href="[^"]*">(.*?)</a>', found)
        first = page.locator("main ol a").first.inner_text()
        assert first == re.sub("<.*?>", "", there[0]).replace("&#39;", "'")
        number = re.search(r"<p>([\d,]+) records? found", listed.body.decode())
        assert number
        assert page.locator("#found").inner_text().startswith(f"{number[1].replace(',', '')} ")


def test_pages_lead_to_pages_and_say_what_the_site_says(page: "Page", site: Site) -> None:
    page.locator("main a", has_text="Outer Space Treaty").first.click()
    page.wait_for_url(re.compile("outer-space"))
    ready(page)
    served = page.context.browser.new_page()  # type: ignore[union-attr]
    served.goto(f"{site.base}doc/{TREATY}.html")
    expected = served.locator("main").evaluate("main => main.textContent.split(/\\s+/)")
    served.close()
    found = page.locator("main").evaluate("main => main.textContent.split(/\\s+/)")
    assert found == expected
