"""The help opens as a tour over the live page; once it was seen, as the list of keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.accessibility import serious_violations

pytestmark = pytest.mark.browser

STEPS = 6
COVERED = """() => {
  const [ring, card] = ['.tour-ring', '.tour-card'].map((one) => document.querySelector(one).getBoundingClientRect());
  const fits = card.left >= 0 && card.top >= 0 && card.right <= innerWidth && card.bottom <= innerHeight;
  return [fits, ring.width > 20 && ring.right <= innerWidth && ring.bottom <= innerHeight];
}"""


@pytest.fixture
def page(places_of_states: Callable[[str], str], context: BrowserContext) -> Page:
    """The page, on states that are made."""
    opened = context.new_page()
    opened.goto(places_of_states(""))
    opened.wait_for_selector("#app[data-settled]", state="attached")
    return opened


@pytest.mark.parametrize("size", [(1440, 900), (360, 740)], ids=["laptop", "phone"])
def test_six_steps_by_keyboard_point_at_the_live_page(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.locator("#help-open").focus()
    page.keyboard.press("?")
    titles = set()
    for step in range(1, STEPS + 1):
        expect(page.locator(".tour-card")).to_contain_text(f"Step {step} of {STEPS}")
        expect(page.locator("#tour-next")).to_be_focused()
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished)).then(() => null)")
        assert page.evaluate(COVERED) == [True, True]
        titles.add(page.locator("#tour-title").text_content())
        if step == 2:
            expect(page.locator("#tour-text")).to_contain_text("a cgroup how much it may use")
            assert serious_violations(page) == []
        page.keyboard.press("Enter" if step % 2 else "ArrowRight")
    assert len(titles) == STEPS
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()


def test_what_was_seen_is_remembered_and_starts_again_on_request(page: Page) -> None:
    page.locator("#help-open").click()
    page.keyboard.press("Escape")
    expect(page.locator("#tour")).to_be_hidden()
    page.reload()
    page.locator("#help-open").click()
    expect(page.locator("#help")).to_be_visible()
    page.locator("#tour-open").click()
    expect(page.locator(".tour-card")).to_contain_text("Step 1 of 6")
    for _ in range(STEPS - 1):
        page.locator("#tour-next").click()
    page.locator("#tour-end").click()
    expect(page.locator("#help")).to_be_visible()
