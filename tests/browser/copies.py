"""Copies of the site that `spacelaw export` wrote, opened from disk with the network cut."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.command import COMMAND, ROOT, environment, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LINE = "spacelaw export --site law --single law.html"
FILES = ["law/index.html", "law.html"]
RESULT = "section[aria-live][data-state={}]"


def export(releases: Path, folder: Path, **settings: str) -> Path:
    """Export the site of a release by the command that the documentation tells."""
    assert LINE in (ROOT / "docs/take-away.md").read_text("utf-8")
    done = subprocess.run(
        [*COMMAND, *LINE.split()[1:]],
        env=environment(releases, free_port(), **settings),
        cwd=folder, capture_output=True, text=True, timeout=3600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


@contextmanager
def opened(browser: "Browser", file: Path) -> Iterator["Page"]:
    """Open a copy; at the end nothing was complained of, and nothing asked of a network."""
    complaints: list[str] = []
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("request", lambda r: complaints.append(r.url) if r.url[:4] == "http" else None)
        page.goto(file.as_uri())
        ready(page)
        yield page
    assert complaints == []


def ready(page: "Page") -> None:
    """Wait until the script of the copy has done its part."""
    page.wait_for_selector("html[data-ready]")


def open_sparql(page: "Page") -> None:
    """Go to the page of queries by the menu."""
    page.locator("header summary", has_text="Data").click()
    page.locator("header a", has_text="SPARQL").click()
    page.wait_for_url(re.compile("sparql"))
    ready(page)


def ask_query(page: "Page", query: str) -> None:
    """Type a query into the editor and run it."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)
    page.keyboard.press("Control+Enter")


def rows(page: "Page", query: str) -> list[tuple[str, ...]]:
    """Return the table that the page shows of a query that is typed into its editor."""
    ask_query(page, query)
    page.wait_for_selector(RESULT.format("running"), state="detached")
    result = page.locator(RESULT.format("done"))
    assert result.count() == 1, page.locator(".problem").inner_text()
    script = "table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent))"
    return [tuple(row) for row in result.locator("table").evaluate(script)]
