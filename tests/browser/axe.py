"""What axe-core finds on a page by WCAG 2.2 AA and good practice."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

package = pytest.importorskip("axe_playwright_python")

AXE = (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "rules => axe.run(document, {runOnly: rules})"


def faults(page: "Page") -> list[tuple[str, str]]:
    """Return each rule that an open page breaks, with the first element that does."""
    page.evaluate(AXE)
    found = page.evaluate(RUN, RULES)["violations"]
    return [(v["id"], v["nodes"][0]["html"]) for v in found]
