"""A phone and a wall screen: how much of them the content has, and how large its text is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

BUSY = "busy:5,60,250"
PHONE = {"width": 360, "height": 740}
WALL = {"width": 3840, "height": 2160}
FIRST = {"graph": "#graph", "chains": "#chains .step", "matrix": "#matrix-grid .mx-row", "table": "#table-grid .row"}
NESTED = "box => box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== 'visible'"
SMALLEST = """box => {
  const seen = [...document.querySelectorAll('body *')].filter(one => {
    const { width, height } = one.getBoundingClientRect();
    const text = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    return text && width > 3 && height > 3 && one.checkVisibility();
  });
  const size = one => parseFloat(getComputedStyle(one).fontSize) * (one.currentCSSZoom ?? 1);
  return Math.min(...seen.map(size));
}"""


@pytest.fixture
def open_busy(places_of_states: Callable[[str], str], context: BrowserContext) -> Callable[..., Page]:
    def go(view: str, size: dict[str, int], query: str = "") -> Page:
        page = context.new_page()
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{places_of_states(BUSY)}?view={view}&host=busy-60&{query}")
        expect(page.locator(FIRST[view]).first).to_be_visible()
        return page

    return go


@pytest.mark.parametrize("view", ["graph", "matrix"])
def test_on_a_phone_the_content_has_two_thirds_of_the_height_and_the_timeline_hides(
    open_busy: Callable[..., Page], view: str
) -> None:
    page = open_busy(view, PHONE)
    content = page.locator("#graph" if view == "graph" else "#matrix-grid").bounding_box()
    handle = page.locator("#timeline-handle").bounding_box()
    assert content and handle
    assert min(content["y"] + content["height"], handle["y"]) - content["y"] >= PHONE["height"] * 2 / 3
    expect(page.locator("#timeline-strip")).to_be_hidden()
    page.click("#timeline-handle")
    expect(page.locator("#timeline-strip")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("view", ["chains", "matrix", "table"])
def test_on_a_phone_the_page_scrolls_as_one_to_the_last_row(open_busy: Callable[..., Page], view: str) -> None:
    page = open_busy(view, PHONE)
    rows = page.locator(
        {"chains": "#chains .step", "matrix": "#matrix-grid .rows > *", "table": ".table-body .row"}[view]
    )
    before = rows.last.inner_text()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(rows.last).not_to_have_text(before)
    last = rows.last.bounding_box()
    assert last
    assert last["y"] + last["height"] <= PHONE["height"]
    assert not page.locator("#matrix-grid" if view == "matrix" else f"#{view}").evaluate(NESTED)


@pytest.mark.parametrize("view", ["matrix", "graph"])
def test_a_wall_screen_of_4k_has_text_from_28_pixels_and_is_filled(open_busy: Callable[..., Page], view: str) -> None:
    page = open_busy(view, WALL, "kiosk=60")
    assert page.evaluate(SMALLEST) >= 28
    box = page.locator("#graph" if view == "graph" else "#matrix-grid").bounding_box()
    assert box
    assert box["width"] == WALL["width"]
    assert box["y"] + box["height"] == pytest.approx(WALL["height"], abs=2)
    assert box["height"] > WALL["height"] * 0.8
    assert page.evaluate("document.documentElement.scrollWidth") <= WALL["width"]
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.style.zoom") == ""
