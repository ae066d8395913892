"""What a person does with the graph: drag, pin, unpin, zoom, open and close, and use the minimap of a large host.

The page runs on states that are made, so that what it shows is known; its server is ``harness/serve.mjs``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import keep_picture

pytestmark = pytest.mark.browser
Show = Callable[..., Page]


@pytest.fixture
def show(
    places_of_states: Callable[[str], str], context: BrowserContext, request: pytest.FixtureRequest
) -> Iterator[Show]:
    """Opens the page, and waits until its picture is settled; what goes wrong in it fails the test."""
    complaints: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def go(crowd: str = "", query: str = "") -> Page:
        page.goto(f"{places_of_states(crowd)}?{query}")
        settled(page)
        return page

    yield go
    keep_picture(page, request.node.name)
    assert complaints == []


def settled(page: Page) -> None:
    page.wait_for_selector("#app[data-settled]", state="attached")


def key_of(page: Page, label: str) -> str:
    found = page.evaluate("label => isoscope.graph().nodes.find(node => node.label === label)?.key", label)
    assert found, f"no node is called {label}"
    return str(found)


def group_of(page: Page, title: str) -> str:
    return str(page.evaluate("title => isoscope.graph().groups.find(group => group.title === title).key", title))


def place_of(page: Page, key: str) -> list[float]:
    return list(page.evaluate("key => isoscope.places()[key]", key))


def rect_of(page: Page, key: str) -> dict[str, float]:
    """Where something is, in pixels of the window."""
    return dict(page.evaluate("key => isoscope.rect(key)", key))


def screen_of(page: Page, key: str) -> tuple[float, float]:
    rect = rect_of(page, key)
    return rect["x"] + rect["w"] / 2, rect["y"] + rect["h"] / 2


OVERLAPPING = """() => {
  const rects = isoscope.graph().groups.map(({ key }) => isoscope.rect(key));
  const meet = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  return rects.some((one, at) => rects.slice(at + 1).some(other => meet(one, other)));
}"""


def drag(page: Page, key: str, dx: float, dy: float) -> None:
    x, y = screen_of(page, key)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()


def wait_for_place(page: Page, key: str, condition: str) -> None:
    page.wait_for_function(f"key => {{ const [x, y] = isoscope.places()[key]; return {condition}; }}", arg=key)


def test_a_dragged_node_is_pinned_and_stays_when_the_layout_runs_again(show: Show) -> None:
    page = show()
    key = key_of(page, "dockerd")
    before = place_of(page, key)
    drag(page, key, -40, -90)
    page.wait_for_function("() => new URL(location.href).searchParams.has('pin')")
    pinned = place_of(page, key)
    assert pinned[1] < before[1]
    page.keyboard.press("r")
    expect(page.locator("#unpin")).to_be_visible()
    wait_for_place(page, key, f"Math.hypot(x - {pinned[0]}, y - {pinned[1]}) < 0.2")


def test_a_pin_is_stored_for_the_host_and_is_in_the_link(show: Show, chromium: Browser) -> None:
    page = show()
    key = key_of(page, "containerd")
    drag(page, key, 30, 80)
    page.wait_for_function("() => new URL(location.href).searchParams.has('pin')")
    link, pinned = page.url, place_of(page, key)
    page.goto(re.sub(r"\?.*", "", link))
    settled(page)
    assert place_of(page, key) == pytest.approx(pinned, abs=0.2)
    other = chromium.new_context()
    elsewhere = other.new_page()
    elsewhere.goto(link)
    settled(elsewhere)
    assert place_of(elsewhere, key) == pytest.approx(pinned, abs=0.2)
    other.close()


def test_an_unpinned_node_returns_to_its_own_place(show: Show) -> None:
    page = show()
    key = key_of(page, "dockerd")
    before = place_of(page, key)
    drag(page, key, -60, -120)
    page.click("#unpin")
    expect(page.locator("#unpin")).to_be_hidden()
    page.keyboard.press("r")
    wait_for_place(page, key, f"Math.hypot(x - {before[0]}, y - {before[1]}) < 0.2")
    assert "pin=" not in page.url


def test_the_arrangement_is_switched_by_a_button_and_a_key_and_is_in_the_address(show: Show) -> None:
    page = show()
    key = group_of(page, "isoscope-jobs")
    ordered = rect_of(page, key)
    page.click("[data-arrangement=force]")
    page.wait_for_function("() => new URL(location.href).searchParams.get('arrangement') === 'force'")
    page.wait_for_function("([key, x]) => Math.abs(isoscope.rect(key).x - x) > 5", arg=[key, ordered["x"]])
    expect(page.locator("[data-arrangement=force]")).to_have_attribute("aria-pressed", "true")
    assert not page.evaluate(OVERLAPPING)
    page.locator("#graph").focus()
    page.keyboard.press("o")
    page.wait_for_function("() => !new URL(location.href).searchParams.has('arrangement')")
    expect(page.locator("[data-arrangement=ordered]")).to_have_attribute("aria-pressed", "true")


def test_what_is_dragged_by_force_draws_its_sharer_along_and_nothing_else(show: Show) -> None:
    page = show(query="arrangement=force")
    dragged, sharer, other = (group_of(page, f"isoscope-{name}") for name in ("web", "sidecar", "jobs"))
    before, still = place_of(page, f"box:{sharer}"), place_of(page, f"box:{other}")
    start = place_of(page, f"box:{dragged}")
    box = rect_of(page, dragged)
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    away = 1 if start[1] > before[1] else -1  # from its sharer
    for step in range(1, 30):
        page.mouse.move(box["x"] + 6, box["y"] + 6 + away * step * 12)
        page.wait_for_timeout(20)
    page.mouse.up()
    page.wait_for_function("() => new URL(location.href).searchParams.has('pin')")
    wait_for_place(page, f"box:{sharer}", f"Math.hypot(x - {before[0]}, y - {before[1]}) > 20")
    assert place_of(page, f"box:{other}") == pytest.approx(still, abs=0.2)


def test_the_keyboard_moves_what_is_selected_and_pins_it(show: Show) -> None:
    page = show(query="")
    key = key_of(page, "containerd")
    page.mouse.click(*screen_of(page, key))
    before = place_of(page, key)
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    wait_for_place(page, key, f"y > {before[1]} + 31")
    page.keyboard.press("u")
    expect(page.locator("#unpin")).to_be_hidden()


def test_a_dragged_container_takes_its_processes_along_and_others_give_way(show: Show) -> None:
    page = show()
    key, child = group_of(page, "isoscope-jobs"), key_of(page, "supervise")
    before, box = place_of(page, child), rect_of(page, key)
    page.mouse.move(box["x"] + 6, box["y"] + 6)
    page.mouse.down()
    page.mouse.move(box["x"] + 6, box["y"] - 60, steps=4)
    page.mouse.up()
    wait_for_place(page, child, f"y < {before[1]} - 20")
    page.wait_for_function(f"() => !({OVERLAPPING})()")


def test_a_closed_container_opens_where_it_stands_and_closes_again(show: Show) -> None:
    page = show("3000,100")
    key = key_of(page, "web-001")
    page.mouse.dblclick(*screen_of(page, key))
    page.wait_for_function("key => isoscope.graph().groups.some(group => group.key === key)", arg=key)
    page.wait_for_function(
        "key => isoscope.places()[isoscope.graph().nodes.find(node => node.unit === key).key]", arg=key
    )
    expect(page.locator("#details")).to_contain_text("web-001")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "key => isoscope.graph().nodes.some(node => node.key === key && node.kind === 'card')", arg=key
    )


def test_the_wheel_zooms_at_the_pointer_and_fit_shows_all_again(show: Show) -> None:
    page = show()
    key = key_of(page, "supervise")
    at, width = screen_of(page, key), rect_of(page, key)["w"]
    page.mouse.move(*at)
    page.mouse.wheel(0, -400)
    page.wait_for_function("([key, width]) => isoscope.rect(key).w > width * 1.3", arg=[key, width])
    assert screen_of(page, key) == pytest.approx(at, abs=2)
    page.keyboard.press("f")
    page.wait_for_function("([key, width]) => Math.abs(isoscope.rect(key).w - width) < 1", arg=[key, width])


RIGHTMOST = """() => isoscope.graph().nodes.map(({ key }) => key)
  .reduce((most, key) => (isoscope.places()[key][0] > isoscope.places()[most][0] ? key : most))"""


def test_the_minimap_of_a_large_host_shows_the_view_and_moves_it(show: Show) -> None:
    page = show("3000,100")
    small = page.locator("#minimap")
    expect(small).to_be_hidden()
    page.mouse.move(*screen_of(page, key_of(page, "api-002")))
    page.mouse.wheel(0, -900)
    expect(small).to_be_visible()
    far = str(page.evaluate(RIGHTMOST))
    assert rect_of(page, far)["x"] > 1200  # out of sight
    box = small.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 8, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    x, _ = screen_of(page, far)
    view = page.locator("#graph").bounding_box()
    assert view
    assert view["x"] < x < view["x"] + view["width"]
    page.keyboard.press("f")
    expect(small).to_be_hidden()


ZOOM_AND_LEAVE = """async () => {
  const canvas = document.querySelector("#graph"), { x, y, width, height } = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new WheelEvent("wheel", {
    deltaY: -900, clientX: x + width / 2, clientY: y + height / 2, bubbles: true, cancelable: true }));
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "t", bubbles: true }));
  const isHidden = !canvas.checkVisibility();
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  return isHidden;
}"""
PAINTED = """() => {
  const { width, height } = document.querySelector("#minimap");
  const pixels = document.querySelector("#minimap").getContext("2d").getImageData(0, 0, width, height).data;
  return new Set(new Uint32Array(pixels.buffer)).size > 2;
}"""


def test_the_minimap_is_not_painted_while_another_view_is_shown_but_once_the_graph_is_back(show: Show) -> None:
    page = show("3000,100")
    expect(page.locator("#minimap")).to_be_hidden()
    assert page.evaluate(ZOOM_AND_LEAVE)
    page.keyboard.press("g")
    expect(page.locator("#minimap")).to_be_visible()
    page.wait_for_function(PAINTED)


def test_pairwise_links_replace_hubs_where_they_can_be_read(show: Show) -> None:
    page = show(query="show=direct")
    kinds: dict[str, Any] = page.evaluate("() => Object.groupBy(isoscope.graph().links, link => link.kind)")
    assert len(kinds["shared"]) > 5
    assert "member" not in kinds
    page.locator("[data-show=direct]").uncheck()
    page.wait_for_function("() => isoscope.graph().links.some(link => link.kind === 'member')")


def test_the_same_state_gives_the_same_places_whenever_it_is_opened(show: Show) -> None:
    page = show("3000,100")
    first = page.evaluate("() => isoscope.places()")
    page.reload()
    settled(page)
    assert page.evaluate("() => isoscope.places()") == first
