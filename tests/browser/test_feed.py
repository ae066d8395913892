"""What a person reads in the feed: real containers start, are entered, restart and go, told as it happens."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.started_containers import PREFIX, Start
from tests.support.started_containers import start as start  # a fixture

pytestmark = [pytest.mark.browser, pytest.mark.docker]


@pytest.fixture
def feed(page: Page) -> Iterator[Locator]:
    """The feed, open, with the newest entries read."""
    page.keyboard.press("e")
    drawer = page.locator("#feed")
    expect(drawer).to_be_visible()
    expect(drawer.locator(".feed-line, .feed-empty, .feed-routine").first).to_be_attached()
    yield drawer


def line(feed: Locator, kind: str, text: str) -> Locator:
    """A line that is no noise."""
    return feed.locator(f".feed-line[data-kind={kind}]:not([data-noise])", has_text=text).first


def test_starting_exec_restarting_and_killing_a_container_are_in_the_feed_as_they_happen(
    page: Page, feed: Locator, start: Start
) -> None:
    container = start("told", network_mode="none", command=["sh", "-c", "trap 'exit 0' TERM; sleep 1000 & wait"])
    expect(line(feed, "container-started", f"{PREFIX}told started")).to_be_visible()
    container.exec_run(["sh", "-c", "sleep 8; echo done"], detach=True)
    expect(line(feed, "exec", f"exec in {PREFIX}told: sh -c sleep 8")).to_be_visible()
    container.restart(timeout=2)
    told = feed.locator(".feed-line", has_text=re.compile(f"{PREFIX}told (restarted|started)"))
    expect(told.nth(1)).to_be_visible()
    container.kill()
    expect(line(feed, "container-stopped", f"{PREFIX}told stopped")).to_be_visible()


def test_sharing_with_the_host_is_in_the_feed_and_leads_to_the_moment_and_the_container(
    page: Page, feed: Locator, start: Start
) -> None:
    container = start("exposed", network_mode="host")
    began = line(feed, "sharing-began", f"{PREFIX}exposed shares")
    expect(began).to_contain_text("net")
    expect(began).to_have_class(re.compile("severe"))
    began.locator(".feed-words").click()
    expect(page.locator("#details h2")).to_contain_text(f"{PREFIX}exposed")
    began.locator(".feed-time").click()
    expect(page.locator("#app")).to_have_attribute("data-mode", "past")
    expect(page).to_have_url(re.compile(f"select={container.id}"))
    page.keyboard.press("l")


def test_it_is_filtered_and_its_place_is_kept_in_the_address(page: Page, feed: Locator, start: Start) -> None:
    start("chosen", network_mode="none")
    expect(line(feed, "container-started", f"{PREFIX}chosen started")).to_be_visible()
    feed.locator("[data-group=sharing]").click()
    expect(feed.locator(".feed-line[data-kind=container-started]")).to_have_count(0)
    feed.locator("[data-group='']").click()
    feed.locator(".feed-text").fill("chosen")
    expect(feed.locator(".feed-line[data-kind=container-started]")).to_have_count(1)
    page.reload()
    expect(page.locator("#feed")).to_be_visible()
    page.keyboard.press("e")
    expect(page.locator("#feed")).to_be_hidden()


def test_it_does_not_move_while_it_is_read(page: Page, feed: Locator, start: Start) -> None:
    feed.locator(".feed-list").hover()
    start("later", network_mode="none")
    expect(feed.locator(".feed-news")).to_be_visible()
    expect(line(feed, "container-started", f"{PREFIX}later started")).to_have_count(0)
    page.mouse.move(10, 10)
    expect(feed.locator(".feed-news")).to_be_hidden()
    expect(line(feed, "container-started", f"{PREFIX}later started")).to_be_visible()
