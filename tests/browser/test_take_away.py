"""The site opened from disk in Chromium, with the network cut: pages, search, SPARQL, data."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from server.release.manifest import Manifest
from server.sparql.questions import read_all
from tests.command import COMMAND, ROOT, Site, ask, environment
from tests.needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

api = pytest.importorskip("playwright.sync_api")

from server.site.assets import address  # noqa: E402

pytestmark = [
    pytest.mark.xdist_group("browser"),
    needs(address("dist/offline.js"), "the pages' scripts (Node or npm, then make test)"),
]

MAX_SINGLE_BYTES = 15_000_000
MINUTES = 120_000  # milliseconds; a busy machine takes long
QUESTIONS = read_all(ROOT / "queries")
RESULT = "section[aria-live][data-state={}]"
TREATY = "id/treaty/1967/outer-space"


@pytest.fixture(scope="module")
def taken(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export the site of the shared release by the command that the documentation tells."""
    folder = tmp_path_factory.mktemp("taken")
    line = "spacelaw export --site law --single law.html"
    assert line in (ROOT / "docs/take-away.md").read_text("utf-8")
    done = subprocess.run(
        [*COMMAND, *line.split()[1:]],
        env=environment(site.releases, site.port),
        cwd=folder, capture_output=True, text=True, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(params=["law/index.html", "law.html"])
def page(taken: Path, browser: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """Open the folder and the single file; nothing is complained of, nothing asked of a network."""
    complaints: list[str] = []
    context = browser.new_context(offline=True)
    context.set_default_timeout(MINUTES)
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    opened.on("request", lambda r: complaints.append(r.url) if r.url[:4] == "http" else None)
    opened.goto((taken / request.param).as_uri())
    ready(opened)
    yield opened
    context.close()
    assert complaints == []


def ready(page: "Page") -> None:
    page.wait_for_selector("html[data-ready]")


def open_sparql(page: "Page") -> None:
    page.locator("header summary", has_text="Data").click()
    page.locator("header a", has_text="SPARQL").click()
    page.wait_for_url(re.compile("sparql"))
    ready(page)


def rows(page: "Page", query: str) -> list[tuple[str, ...]]:
    """Return the table that the page shows of a query that is typed into its editor."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(RESULT.format("running"), state="detached")
    result = page.locator(RESULT.format("done"))
    assert result.count() == 1, page.locator(".problem").inner_text()
    script = "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    return [tuple(row) for row in result.locator("table").evaluate(script)]


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


def test_page_checks_that_its_data_are_those_of_the_release(page: "Page", site: Site) -> None:
    state = page.locator("#state")
    assert state.get_attribute("data-state") == "equal"
    assert state.locator("code").inner_text() == Manifest.read(site.releases / "current").dataset


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


def test_changed_data_are_told_and_answer_nothing(taken: Path, browser: "Browser") -> None:
    text = (taken / "law.html").read_text("utf-8")
    changed = taken / "changed.html"
    changed.write_text(re.sub('data-dataset="[0-9a-f]{64}"', f'data-dataset="{"0" * 64}"', text))
    context = browser.new_context(offline=True)
    context.set_default_timeout(MINUTES)
    opened = context.new_page()
    opened.goto(changed.as_uri() + "#/sparql?query=ASK%7B%7D")
    opened.wait_for_selector("#state[data-state=different]")
    assert "This copy was changed" in opened.locator(RESULT.format("failed")).inner_text()
    context.close()


def test_fault_in_a_query_is_told(page: "Page") -> None:
    open_sparql(page)
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("SELECT * { ?s a }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(RESULT.format("failed"))
    assert "The query failed" in page.locator(".problem").inner_text()
