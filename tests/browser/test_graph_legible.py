"""Every box of the graph has its name, and nothing is drawn over a label: measured in what is painted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import SERVE
from tests.support.running import free_port

pytestmark = pytest.mark.browser
SIZES = (5, 40, 60, 100, 250)
SCREENS: tuple[ViewportSize, ...] = ({"width": 1440, "height": 900}, {"width": 1920, "height": 1080})
RECORDER = Path(__file__).parent / "harness" / "painted.js"
PATIENCE_MS = 120_000
CARD = 180  # width of a closed container at its natural size
LEGIBLE: dict[str, list[str]] = {"nameless": [], "overlaps": [], "struck": [], "under": []}


@pytest.fixture(scope="module")
def busy_hosts() -> Iterator[str]:
    """The page before made hosts of several sizes."""
    command = ["node", str(SERVE), "--port", str(free_port()), "--busy", ",".join(map(str, SIZES))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()


@pytest.fixture(scope="module")
def recorded(chromium: Browser) -> Iterator[Page]:
    """A page that writes down what is painted."""
    context = chromium.new_context(reduced_motion="reduce")
    context.add_init_script(path=RECORDER)
    context.set_default_timeout(PATIENCE_MS)
    context.set_default_navigation_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def show(page: Page, site: str, containers: int, screen: ViewportSize, query: str = "") -> None:
    page.set_viewport_size(screen)
    page.goto(f"{site}?host=busy-{containers}&{query}")
    page.wait_for_function("() => document.getElementById('app').dataset.settled")


def measure(page: Page) -> dict[str, Any]:
    """What is painted once nothing moves any more."""
    page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 250))")
    found: dict[str, Any] = page.evaluate("measurePainted()")
    return found


def faults(found: dict[str, Any]) -> dict[str, list[str]]:
    return {name: found[name] for name in LEGIBLE}


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: str(screen["width"]))
@pytest.mark.parametrize("containers", SIZES)
def test_every_box_has_its_name_and_nothing_crosses_a_label(
    recorded: Page, busy_hosts: str, containers: int, screen: ViewportSize
) -> None:
    show(recorded, busy_hosts, containers, screen)
    found = measure(recorded)
    assert found["labels"] > 20
    assert faults(found) == LEGIBLE
    if containers == 60:
        assert found["card"] >= 0.6 * CARD


def test_at_every_zoom_each_box_has_its_name(recorded: Page, busy_hosts: str) -> None:
    show(recorded, busy_hosts, 40, SCREENS[0])
    for key in "--+++++":
        recorded.keyboard.press(key)
        assert faults(measure(recorded)) == LEGIBLE


def test_the_usage_of_a_container_is_written_beside_its_name(recorded: Page, busy_hosts: str) -> None:
    show(recorded, busy_hosts, 5, SCREENS[1], "fill=memory")
    recorded.wait_for_function("() => measurePainted().labels > 20")
    assert faults(measure(recorded)) == LEGIBLE
