"""What scripts add, in Chromium: editor, tools for results, suggestions, copying, sorting, zoom."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode

import pytest

from tests.browser.axe import faults
from tests.command import Site, ask
from tests.needs import needs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

api = pytest.importorskip("playwright.sync_api")

from server.site.assets import address  # noqa: E402

pytestmark = [
    needs(address("dist/site.js"), "the pages' scripts (Node or npm, then make test)"),
]

DECADES = """SELECT ?decade (COUNT(*) AS ?n) {
  ?r a sl:Resolution ; sl:adoptionDate ?d
  BIND(CONCAT(SUBSTR(STR(?d), 1, 3), "0s") AS ?decade)
} GROUP BY ?decade ORDER BY ?decade"""
STATES = "SELECT ?state ?label { ?state a sl:State ; rdfs:label ?label } ORDER BY ?label"
CSV = {"Accept": "text/csv"}
FAULTY = "SELECT * {\n  ?s a sl:Treaty ;\n    rdfs:label }"


@pytest.fixture(params=[390, 1440])
def page(site: Site, browser: "Browser", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """Open a page on a phone and on a desk; nothing may be complained of or come from elsewhere."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.base.rstrip("/"))
    opened = context.new_page()
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda m: (
            complaints.append(m.text) if m.type == "error" and "400 (" not in m.text else None
        ),
    )
    opened.on(
        "request", lambda r: complaints.append(r.url) if not r.url.startswith(site.base) else None
    )
    yield opened
    context.close()
    assert complaints == []


def sparql(site: Site, query: str) -> str:
    return f"{site.base}sparql?{urlencode({'query': query})}"


def test_suggestions_by_keyboard(site: Site, page: "Page") -> None:
    page.goto(site.base + "docs")
    page.locator("#find").focus()
    page.keyboard.type("LIAD")
    option = page.get_by_role("option").first
    option.wait_for()
    field = page.get_by_role("combobox", name="Search")
    assert field.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.keyboard.press("Escape")
    assert field.get_attribute("aria-expanded") == "false"
    page.keyboard.type(" ")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=LIAD")


def test_a_suggestion_opens_its_page(site: Site, page: "Page") -> None:
    page.goto(site.base + "docs")
    page.locator("#find").focus()
    page.keyboard.type("rescue")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/id/treaty/1968/rescue")


def test_an_identifier_is_copied(site: Site, page: "Page") -> None:
    page.goto(site.base + "doc/id/treaty/1967/outer-space.html")
    page.get_by_role("button", name="Copy the identifier").click()
    page.get_by_text("Copied the identifier").wait_for(state="attached")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == site.base + "id/treaty/1967/outer-space"


def test_the_editor_runs_a_query_by_keyboard_alone(site: Site, page: "Page") -> None:
    page.goto(site.base + "sparql")
    editor = page.get_by_role("textbox", name="Query")
    editor.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("SELECT ?t { ?t a sl:Trea")
    page.get_by_role("option", name="sl:Treaty").first.wait_for()
    page.wait_for_timeout(200)  # the list takes no key at once, lest it take one meant for the text
    page.keyboard.press("Enter")
    assert "?t a sl:Treaty" in editor.inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sparql?query=*")
    treaties = ask(f"{site.base}sparql?query=SELECT+%2A+%7B%3Ft+a+sl%3ATreaty%7D", CSV).body
    assert page.locator("table[data-results] tbody tr").count() == treaties.count(b"\n") - 1 > 7


def test_what_is_typed_before_the_editor_comes_goes_on_in_it(site: Site, page: "Page") -> None:
    held: list[Route] = []
    page.route("**/dist/sparql.js*", lambda route: held.append(route))
    page.goto(f"{site.base}sparql", wait_until="commit")
    field = page.locator("textarea[name=query]")
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("ASK {}")
    page.keyboard.press("ArrowLeft")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    api.expect(page.locator(".editor")).to_be_visible()
    page.keyboard.insert_text("?s ?p 1")
    assert "ASK {?s ?p 1}" in page.get_by_role("textbox", name="Query").inner_text()


def test_tab_leaves_the_editor(site: Site, page: "Page") -> None:
    page.goto(site.base + "sparql")
    page.get_by_role("textbox", name="Query").focus()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Run"


def test_a_fault_is_marked_where_the_server_found_it(site: Site, page: "Page") -> None:
    page.goto(sparql(site, FAULTY))
    mark = page.locator(".cm-fault")
    assert mark.inner_text() == "}"
    assert "Line 3" in page.locator("#problem").inner_text()
    page.get_by_role("textbox", name="Query").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" ")
    assert mark.count() == 0


def test_results_are_filtered_sorted_and_turned_over(site: Site, page: "Page") -> None:
    page.goto(sparql(site, STATES))
    rows = page.locator("table[data-results] tbody tr:visible")
    assert rows.count() == 50
    assert "1 to 50 of 196 rows" in page.locator(".tools [role=status]").inner_text()
    page.get_by_role("button", name="Next").click()
    assert "51 to 100 of 196 rows" in page.locator(".tools [role=status]").inner_text()
    page.get_by_role("button", name="label").click()
    page.get_by_role("button", name="label").click()
    assert "Zimbabwe" in rows.first.inner_text()
    page.get_by_label("Filter").fill("guinea")
    assert rows.count() == 4
    assert page.locator("th[aria-sort=descending]").count() == 1


def test_numbers_are_drawn(site: Site, page: "Page") -> None:
    page.goto(sparql(site, DECADES))
    assert page.locator("svg .bar").count() == 0
    page.get_by_role("button", name="Chart").click()
    assert page.locator("svg .bar").count() == page.locator("table tbody tr").count() > 5
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_timeline_is_zoomed(site: Site, page: "Page") -> None:
    page.goto(site.base + "evolution")
    drawing = page.locator("figure[data-zoom] svg").first
    before = drawing.bounding_box()
    page.get_by_role("button", name="Zoom in").click()
    after = drawing.bounding_box()
    assert before
    assert after
    assert after["width"] > 1.3 * before["width"]
    page.get_by_role("button", name="Reset zoom").click()
    assert drawing.bounding_box() == before


@pytest.mark.parametrize("width", [1024, 1440])
def test_no_name_of_the_timeline_is_cut_off_on_a_desk(
    site: Site, browser: "Browser", width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 900}) as context:
        opened = context.new_page()
        opened.goto(site.base + "evolution")
        box = opened.locator("figure[data-zoom] .wide").bounding_box()
        assert box
        ends = opened.locator("svg.timeline text:visible").evaluate_all(
            "texts => texts.map((text) => text.getBoundingClientRect().right)"
        )
        assert len(ends) > 40
        assert max(ends) <= box["x"] + box["width"]


def test_the_timeline_tells_the_full_name_at_the_place(site: Site, page: "Page") -> None:
    page.goto(site.base + "evolution")
    full = page.locator("svg.timeline .full")
    assert not full.is_visible()
    page.get_by_label("Timeline: arrow keys").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight", "End"):
        page.keyboard.press(key)
        name = page.evaluate("document.activeElement.querySelector('title').textContent")
        assert full.text_content() == name
        assert full.is_visible()
    page.keyboard.press("Escape")
    mark = page.locator("svg.timeline a[data-lane=policy]").first
    mark.locator("circle").hover()
    assert full.text_content() == mark.locator("title").text_content()


def test_everything_is_reached_by_keyboard(site: Site, page: "Page") -> None:
    page.goto(site.base + "status?treaty=treaty/1979/moon&asOf=2015-01-01")
    drawing = page.locator("figure[data-zoom] svg").first
    before = drawing.bounding_box()
    page.locator("figure[data-zoom] [tabindex='0']").first.focus()
    page.keyboard.press("+")
    after = drawing.bounding_box()
    assert before
    assert after
    assert after["width"] > before["width"]
    page.keyboard.press("0")
    page.goto(sparql(site, DECADES))
    page.get_by_role("button", name="Chart").focus()
    page.keyboard.press("Enter")
    assert page.locator("svg .bar").count() > 5
    page.get_by_role("button", name="n", exact=True).focus()
    page.keyboard.press("Space")
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("n")
    page.goto(site.base + "doc/id/treaty/1979/moon.html")
    page.get_by_role("button", name="Copy the identifier").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Copied the identifier").wait_for(state="attached")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_scripts_open(
    site: Site, browser: "Browser", scheme: Literal["light", "dark"]
) -> None:
    with browser.new_context(color_scheme=scheme) as context:
        opened = context.new_page()
        opened.goto(sparql(site, DECADES))
        opened.get_by_role("button", name="Chart").click()
        assert faults(opened) == []
        opened.goto(sparql(site, FAULTY))
        assert faults(opened) == []
        opened.get_by_role("textbox", name="Query").focus()
        opened.keyboard.press("Control+Space")
        opened.get_by_role("option").first.wait_for()
        assert faults(opened) == []
        opened.goto(site.base + "docs/licence")  # no links lie half below the suggestions
        opened.locator("#find").focus()
        opened.keyboard.type("Moon")
        opened.get_by_role("option").first.wait_for()
        opened.keyboard.press("ArrowDown")
        assert faults(opened) == []


def test_a_query_without_scripts(site: Site, browser: "Browser") -> None:
    with browser.new_context(java_script_enabled=False) as context:
        opened = context.new_page()
        opened.goto(site.base + "sparql")
        opened.get_by_label("Query").fill(DECADES)
        opened.get_by_role("button", name="Run").click()
        assert opened.locator("table tbody tr").count() > 5
        opened.get_by_label("Query").fill(FAULTY)
        opened.get_by_role("button", name="Run").click()
        assert opened.get_by_label("Query").input_value() == FAULTY
        assert "Line 3" in opened.locator("#problem").inner_text()


def test_a_table_is_sorted(site: Site, page: "Page") -> None:
    page.goto(site.base + "status?treaty=treaty/1979/moon&asOf=2015-01-01")
    page.get_by_role("button", name="Participant").click()
    names = page.locator("table tbody tr td:first-child").all_inner_texts()
    assert names[0] == "Afghanistan"
    page.get_by_role("button", name="Participant").click()
    assert page.locator("table tbody tr td:first-child").all_inner_texts() == names[::-1]
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Participant")


def test_a_table_is_sorted_by_date(site: Site, page: "Page") -> None:
    page.goto(site.base + "status?treaty=treaty/1972/liability&asOf=2015-01-01")
    page.get_by_role("button", name="Since").click()
    days = page.locator("table tbody td[data-label=Since] > time:first-child")
    found = days.evaluate_all("times => times.map((time) => time.dateTime)")
    assert found == sorted(found)
    assert len(set(found)) > 20


@pytest.mark.parametrize("path", ["", "doc/id/treaty/1967/outer-space.html", "evolution"])
def test_pages_weigh_less_than_100_kilobytes(site: Site, path: str) -> None:
    assert weight(site, path) < 100_000


def test_the_page_with_the_editor_weighs_less_than_300_kilobytes(site: Site) -> None:
    assert weight(site, "sparql", "dist/sparql.js") < 300_000


def weight(site: Site, path: str, *more: str) -> int:
    """Return the bytes of a page with its style, icon and scripts, as a browser loads them."""
    files = [address(name) for name in ("style.css", "icon.svg", "dist/site.js", *more)]
    headers = {"Accept": "text/html", "Accept-Encoding": "br"}
    urls = [site.base + path, *(site.base.rstrip("/") + file for file in files)]
    return sum(len(ask(url, headers).body) for url in urls)
