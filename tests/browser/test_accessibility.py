"""Every kind of page in Chromium: axe-core finds nothing, nothing overflows, nothing is fetched."""

from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.kinds import PAGES
from tests.command import Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

api = pytest.importorskip("playwright.sync_api")


VIEWS = [(360, "light"), (1440, "dark")]
LARGE = "document.documentElement.style.fontSize = '200%'"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
@pytest.mark.parametrize("path", PAGES)
def test_page(site: Site, browser: "Browser", path: str, width: int, scheme: str) -> None:
    faults: list[str] = []
    size = api.ViewportSize(width=width, height=900)
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: faults.append(r.url) if not r.url.startswith(site.base) else None)
    answer = page.goto(site.base + path)
    assert answer is not None
    assert answer.status == 200
    assert faults == []
    assert page.evaluate(TOO_WIDE) <= 0
    found = axe.faults(page, doubts=True)
    page.evaluate(LARGE)
    assert page.evaluate(TOO_WIDE) <= 0
    context.close()
    assert found == []


def test_search_by_keyboard_alone_and_without_scripts(site: Site, browser: "Browser") -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.base)
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to content"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("LIAD")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=LIAD")
        page.get_by_role("link", name="Liability Convention", exact=True).first.click()
        assert page.locator("h1").inner_text() == "Liability Convention"


def test_a_day_is_chosen_by_keyboard_alone(site: Site, browser: "Browser") -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.base + "status?treaty=treaty/1979/moon&asOf=2015-01-01")
        page.get_by_label("On", exact=True).focus()
        page.keyboard.type("12121985")  # whichever of day and month comes first
        page.keyboard.press("Enter")
        page.wait_for_url("**asOf=1985-12-12*")
        assert "Moon Agreement" in page.locator("h1").inner_text()


def test_data_are_checked_by_keyboard_alone(site: Site, browser: "Browser") -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.base + "validate")
        page.get_by_label("Your data").focus()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text("<https://example.org/a> a <https://example.org/b> .")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        assert "example.org/a" in page.get_by_label("Your data").input_value()
        assert page.locator("h2").first.inner_text()
