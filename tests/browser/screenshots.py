"""Pictures of every kind of page to look at, and those of the README and of docs/design.md.

`make screenshots` writes them.
"""

import re
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

import playwright.sync_api as api
from playwright.sync_api import Browser, sync_playwright

from tests.browser.kinds import PAGES
from tests.command import ROOT, Site

WIDTHS, SCHEMES = (390, 1024, 1440), ("light", "dark")
STATUS = "status?treaty=treaty/1972/liability&asOf=1979-12-31"
OST = "doc/id/treaty/1967/outer-space.html"
# The parts of pages that docs/design.md shows, each with the page and the element.
COMPONENTS = {
    "header": (OST, "header.site"),
    "title": (OST, "header.title"),
    "contents": (OST, ".contents"),
    "facts": (OST, "dl.facts"),
    "provision": (OST, ".provision:has(> #article-6)"),
    "norms": ("doc/id/treaty/1967/outer-space/article/6.html", "ul.norms"),
    "references": (f"{OST.removesuffix('.html')}/article/6.html", "ul:has(> li > ul.places)"),
    "layers": ("sources", "tbody tr"),
    "legend": (STATUS, ".legend"),
    "curve": (STATUS, ".curve"),
    "drawing": ("doc/id/norm/liao-2013/c005.html", ".drawing"),
    "timeline": ("evolution", "figure[data-zoom]"),
}
PRINTED = ("doc/id/treaty/1967/outer-space.html", "status?treaty=treaty/1979/moon", "doc/def.html")
PICTURES = ROOT / "docs" / "pictures"
MARGINS = api.PdfMargins(top="2cm", right="2cm", bottom="2cm", left="2cm")
TALLEST = 2400  # pixels; what is further down repeats


def name(path: str) -> str:
    """Return a file name for the address of a page."""
    return re.sub(r"[^a-z0-9]+", "-", path.lower().removesuffix(".html")).strip("-") or "home"


def shoot(browser: Browser, url: str, width: int, scheme: str, target: Path) -> None:
    """Write the picture of a page in one width and colour scheme."""
    size = {"width": width, "height": 900}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(url)
        height = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": height})  # all of a long page takes long
        page.screenshot(path=target, timeout=300_000)


def picture(
    browser: Browser, url: str, target: Path, element: str = "", scheme: str = "light"
) -> None:
    """Write the picture of an element of a page, or of what a window shows of it."""
    size = {"width": 1100, "height": 1290}
    with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(url)
        if element:
            page.locator(element).first.screenshot(path=target)
        else:
            page.screenshot(path=target, type="jpeg", quality=75)


def print_out(browser: Browser, url: str, target: Path) -> None:
    """Write the page as it is printed on A4."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(url)
        page.pdf(path=target, format="A4", margin=MARGINS)


def main(folder: Path) -> None:
    """Run the site and write all pictures into a folder."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing (Debian: apt install chromium).")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as releases, sync_playwright() as playwright:
        site = Site(Path(releases))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            for path, width, scheme in product(PAGES, WIDTHS, SCHEMES):
                target = folder / f"{name(path)}-{width}-{scheme}.png"
                shoot(browser, site.base + path, width, scheme, target)
            for scheme in SCHEMES:
                target = PICTURES / f"site-{scheme}.jpg"
                picture(browser, site.base + STATUS, target, scheme=scheme)
            for key, (path, element) in COMPONENTS.items():
                picture(browser, site.base + path, PICTURES / f"{key}.png", element)
            for path in PRINTED:
                print_out(browser, site.base + path, folder / f"{name(path)}.pdf")
        finally:
            browser.close()
            site.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
