"""A small site opened from disk in Chromium, with the network cut: pages, search, SPARQL, data."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.release.reader import Release
from server.site.assets import address
from tests import tinysource
from tests.browser.copies import FILES, RESULT, ask_query, export, open_sparql, opened, ready, rows
from tests.needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api")

pytestmark = [
    needs(address("dist/offline.js"), "the pages' scripts (Node or npm, then make test)"),
]

ARTICLES = "SELECT ?name { ?article a sl:Article ; rdfs:label ?name } ORDER BY ?article"


@pytest.fixture(scope="module")
def taken(plain_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the site of a small release."""
    sources = plain_release.folder.parents[1] / "sources"
    (sources / "queries").mkdir(exist_ok=True)
    folder = tmp_path_factory.mktemp("taken")
    return export(
        plain_release.folder.parent, folder, BASE_IRI=tinysource.BASE, SOURCES=str(sources)
    )


@pytest.fixture(params=FILES)
def page(taken: Path, browser: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """Open the folder and the single file."""
    with opened(browser, taken / request.param) as page:
        yield page


def test_page_checks_that_its_data_are_those_of_the_release(
    page: "Page", plain_release: Release
) -> None:
    state = page.locator("#state")
    assert state.get_attribute("data-state") == "equal"
    assert state.locator("code").inner_text() == plain_release.manifest.dataset


def test_query_is_answered(page: "Page") -> None:
    open_sparql(page)
    assert rows(page, ARTICLES) == [("name",), ("Article X",), ("Article II",), ("Article IX",)]


def test_fault_in_a_query_is_told(page: "Page") -> None:
    open_sparql(page)
    ask_query(page, "SELECT * { ?s a }")
    page.wait_for_selector(RESULT.format("failed"))
    assert "The query failed" in page.locator(".problem").inner_text()


def test_search_finds_and_its_results_lead_to_pages(page: "Page") -> None:
    page.fill("#find", "outer space")
    page.press("#find", "Enter")
    page.locator("h1", has_text="“outer space”").wait_for()
    ready(page)
    page.locator("main ol a", has_text="Outer Space Treaty").first.click()
    page.locator("h1", has_text="Outer Space Treaty").wait_for()
    page.locator("main a", has_text="Article IX").first.click()
    page.locator("h1", has_text="Article IX").wait_for()


def test_changed_data_are_told_and_answer_nothing(taken: Path, browser: "Browser") -> None:
    text = (taken / "law.html").read_text("utf-8")
    changed = taken / "changed.html"
    changed.write_text(re.sub('data-dataset="[0-9a-f]{64}"', f'data-dataset="{"0" * 64}"', text))
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto(changed.as_uri() + "#/sparql?query=ASK%7B%7D")
        page.wait_for_selector("#state[data-state=different]")
        assert "This copy was changed" in page.locator(RESULT.format("failed")).inner_text()
