"""What a scholar of space law comes for, by clicks from the home page, scripts on and off."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.command import Site, ask

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("playwright.sync_api")


MOST_CLICKS = 4
MISTAKEN = "SELECT * { ?act a sl:Ratificaton }"


class Reader:
    """Somebody at the home page, whose clicks are counted; to fill in a field is none."""

    def __init__(self, site: Site, page: "Page") -> None:
        self.site, self.page, self.clicks = site, page, 0
        page.goto(site.base)

    def click(self, name: str, role: str = "link", within: str = "body") -> None:
        """Click the first thing of a name."""
        found = self.page.locator(within).get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        found.first.click()
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS

    def opens(self, summary: str) -> None:
        """Open what stands behind a summary."""
        self.page.locator("summary", has_text=summary).first.click()
        self.clicks += 1

    def follow(self, css: str) -> None:
        """Click the first link that a selector finds."""
        self.page.locator(css).first.click()
        self.clicks += 1
        assert self.clicks <= MOST_CLICKS

    @property
    def text(self) -> str:
        """What stands in the page."""
        return self.page.locator("main").inner_text()

    def section(self, title: str) -> str:
        """Return what stands in the section of a title."""
        heading = self.page.get_by_role("heading", name=title).first
        return heading.locator("xpath=..").inner_text()


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def reader(site: Site, browser: "Browser", request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Open the home page with scripts and without."""
    with browser.new_context(java_script_enabled=request.param) as context:
        yield Reader(site, context.new_page())


def test_who_was_bound_by_the_liability_convention_on_a_day(reader: Reader) -> None:
    reader.follow("main a[href='/status']")
    reader.page.get_by_label("Treaty").select_option(label="Liability Convention")
    reader.page.get_by_label("On", exact=True).fill("1979-12-31")
    reader.click("Show", "button", "main")
    assert "Liability Convention on 31 December 1979" in reader.text
    table = reader.page.get_by_role("table").inner_text()
    assert "Czechoslovakia" in table
    reader.opens("Download")
    href = reader.page.get_by_role("link", name="CSV", exact=True).get_attribute("href")
    answer = ask(f"{reader.site.base}{str(href)[1:]}")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    parties = sum(row["status"] == "party" for row in rows)
    assert f"{parties} parties" in reader.text
    assert "liability-1979-12-31.csv" in answer.headers["Content-Disposition"]


def test_what_article_six_requires_of_whom_and_what_builds_on_it(reader: Reader) -> None:
    reader.follow("main a[href='/id/treaty/1967/outer-space']")
    reader.click("Article VI", within=".provision")
    assert "Responsibility for national activities" in reader.text
    duties = reader.section("Who must, may or should do what")
    assert "States Parties" in duties
    assert "duty" in duties
    assert "supervision" in duties
    assert "Principle 8" in reader.section("Who refers to it")
    assert "Declaration of Legal Principles" in reader.section("Corresponding provisions")


def test_how_1721_b_became_a_duty(reader: Reader) -> None:
    reader.click("Timeline", within="header")
    assert "Registration Convention" in reader.text
    reader.click("The request to launching States became a duty in the Registration Convention")
    facts = reader.page.locator("dl.facts").inner_text()
    assert "1721 (XVI)" in facts
    assert "Registration Convention" in facts
    assert "Liao" in facts
    assert reader.page.get_by_role("heading", name="Evidence in the texts").count() == 1


def test_the_legal_nature_of_1721_and_who_says_so(reader: Reader) -> None:
    reader.page.get_by_label("What to look for").fill("1721")
    reader.click("Search", "button", "main")
    reader.click("A/RES/1721 (XVI)", within="main")
    assert "General Assembly resolution" in reader.page.locator("dl.facts").inner_text()
    assert "Liao (2013)" in reader.section("What scholars and States say")


def test_the_three_white_papers_of_china(reader: Reader) -> None:
    reader.follow("main a[href='/compare']")
    reader.page.locator("a[href*='white-paper/2011']").first.click()
    for year in ("2000", "2006", "2011"):
        assert year in reader.page.locator("h1").inner_text()
    assert reader.page.get_by_role("table").count() == 1


def test_everything_on_space_debris(reader: Reader) -> None:
    reader.click("Topics", within="header")
    reader.click("space debris", within="main")
    assert "Space Debris Mitigation Guidelines" in reader.text


def test_india_and_brazil_compared(reader: Reader) -> None:
    reader.follow("main a[href='/compare']")
    reader.click("India and Brazil", within="main")
    table = reader.page.get_by_role("table").inner_text()
    for name in ("India", "Brazil", "Moon Agreement", "Liability Convention"):
        assert name in table


def test_a_page_is_cited(reader: Reader) -> None:
    reader.follow("main a[href='/id/treaty/1967/outer-space']")
    assert "610 UNTS 205" in reader.page.locator(".citation").inner_text()
    reader.click("Cite", within=".contents")
    cited = reader.page.locator("#cite ~ details[open] pre").first.inner_text()
    assert "https://w3id.org/spacelaw/id/treaty/1967/outer-space" in cited


def test_the_timeline_is_read_by_keyboard(site: Site, browser: "Browser") -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site.base}evolution")
        box = page.get_by_label("Timeline: arrow keys")
        assert box.locator("a:not([tabindex='-1'])").count() == 0
        box.focus()
        names = []
        for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"):
            page.keyboard.press(key)
            names.append(page.evaluate("document.activeElement.querySelector('title').textContent"))
        assert len(set(names)) >= 4
        assert names[0].startswith("Charter of the United Nations")
        page.keyboard.press("Enter")
        page.wait_for_url("**/doc/id/**")


def test_a_first_query_with_a_mistake(reader: Reader) -> None:
    reader.opens("Data")
    reader.click("SPARQL", within="header")
    # Unlike focus(), click() waits where the editor has just taken the place of the field.
    reader.page.get_by_role("textbox", name="Query").click()
    reader.page.keyboard.press("Control+A")
    reader.page.keyboard.insert_text(MISTAKEN)
    reader.click("Run", "button", "main")
    reader.page.wait_for_url("**query=**")
    assert "sl:Ratificaton is unknown. Did you mean sl:Ratification?" in reader.text


def test_a_term_and_its_constraints(reader: Reader) -> None:
    reader.opens("Data")
    reader.click("Ontology", within="header")
    reader.click("treaty", within="main")
    assert "Constraints" in reader.text


def test_a_wrong_address(reader: Reader) -> None:
    answer = reader.page.goto(f"{reader.site.base}id/treaty/1967/outerspace")
    assert answer is not None
    assert answer.status == 404
    reader.click("Outer Space Treaty", within="main")
    assert reader.page.locator("h1").inner_text() == "Outer Space Treaty"
