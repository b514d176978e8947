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


def faults(page: "Page", *, doubts: bool = False) -> list[tuple[str, str]]:
    """Return each rule that an open page breaks, with the first element that does.

    With `doubts`, each element of which axe is not sure is among them, but for text in drawings:
    tests/pages/test_colours.py computes its contrast.
    """
    page.evaluate(AXE)
    found = page.evaluate(RUN, RULES)
    broken = [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]]
    unsure = [(v["id"], n["html"]) for v in found["incomplete"] for n in v["nodes"]]
    return broken + [(rule, html) for rule, html in unsure if doubts and html[:5] != "<text"]
