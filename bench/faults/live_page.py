"""A page in a real Chromium, signed in and live."""

from __future__ import annotations

import shutil
from typing import Final

from playwright.sync_api import Page, Playwright, expect

from tests.conftest import BROWSERS

PATIENCE_MS: Final = 60_000


def open_page(playwright: Playwright, link: str) -> Page:
    """Open a page with a sign-in link, and wait until it is live."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    page = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"]).new_page()
    page.goto(link)
    page.locator("#use-link").click()
    wait_until_live(page)
    return page


def wait_until_live(page: Page) -> None:
    expect(page.locator("#status")).to_have_text("Live", timeout=PATIENCE_MS)
