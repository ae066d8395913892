"""Accessibility: axe finds no serious violation in any view, panel or theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import THEMES, choose_theme, serious_violations

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("view", ["g", "c", "m", "t"])
def test_axe_finds_nothing_serious_in_a_view(page: Page, theme: str, view: str) -> None:
    choose_theme(page, theme)
    page.keyboard.press(view)
    assert serious_violations(page) == []


def test_axe_finds_nothing_serious_in_details_help_and_dialogs(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#tour")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    page.locator("#bookmarks-open").click()
    assert serious_violations(page) == []


def test_axe_finds_nothing_serious_on_a_narrow_screen(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_axe_finds_nothing_serious_on_the_sign_in_page(page: Page) -> None:
    page.context.clear_cookies()
    page.goto(page.url.split("?")[0])
    expect(page.locator("input[name=username]")).to_be_focused()
    assert serious_violations(page) == []


def test_axe_finds_nothing_serious_on_the_pages_of_forms(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    home = page.url.split("?")[0].rstrip("/")
    for path in ("tokens", "alerts", "audit", "api/"):
        page.goto(f"{home}/{path}")
        expect(page.locator("main h1")).to_be_visible()
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
