"""One browser for all tests of this folder that run in one process."""

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.needs import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PATIENCE = 300_000  # milliseconds: a machine may have much else to do
api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """Start the system's Chromium; the tests are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium (Debian: chromium)")
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=PATIENCE
        )
        opened = running.new_context

        def new_context(**options: Any) -> "BrowserContext":
            context: BrowserContext = opened(**options)
            context.set_default_timeout(PATIENCE)
            return context

        running.new_context = new_context
        yield running
        running.close()
