"""Pictures of every kind of page to look at, which `make screenshots` writes."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import playwright.sync_api as api
from playwright.sync_api import Browser, sync_playwright

from tests.browser.kinds import PAGES
from tests.command import Site

WIDTHS = (390, 1440)
DARK = ("", "evolution", "status?treaty=treaty/1979/moon", "doc/id/norm/liao-2013/c004.html")
PRINTED = ("doc/id/treaty/1967/outer-space.html", "status?treaty=treaty/1979/moon", "doc/def.html")
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
        clip = {"x": 0, "y": 0, "width": width, "height": height}
        page.screenshot(path=target, full_page=True, clip=clip)  # type: ignore[arg-type]


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
            for path in PAGES:
                for width in WIDTHS:
                    shoot(
                        browser,
                        site.base + path,
                        width,
                        "light",
                        folder / f"{name(path)}-{width}.png",
                    )
            for path in DARK:
                shoot(browser, site.base + path, 1440, "dark", folder / f"{name(path)}-dark.png")
            for path in PRINTED:
                print_out(browser, site.base + path, folder / f"{name(path)}.pdf")
        finally:
            browser.close()
            site.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
