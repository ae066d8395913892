"""What a person does with history: goes back, compares, follows one container's life, and returns to live."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import docker
import docker.errors
import pytest
from playwright.sync_api import Page, expect

from tests import demo
from tests.support.running import Run

pytestmark = [pytest.mark.browser, pytest.mark.docker]

PREFIX = "isoscope-past-"
KNOWS = "id => [...(isoscope.state()?.processes.values() ?? [])].some(process => process.container === id)"


@pytest.fixture
def come_and_gone(page: Page) -> Iterator[Any]:
    """A container that started, was seen, and is gone again; and the snapshots before, during and after."""
    client = docker.from_env(timeout=60)
    demo.make_image(client)
    before = seq(page)
    container = demo.run(client, "web", PREFIX)
    page.wait_for_function(KNOWS, arg=container.id)
    during = seq(page)
    container.remove(force=True)
    page.wait_for_function(f"id => !({KNOWS})(id) && !isoscope.state().containers.has(id)", arg=container.id)
    yield container.id, before, during, seq(page)
    with contextlib.suppress(docker.errors.NotFound):
        container.remove(force=True)
    client.close()


def seq(page: Page) -> int:
    return int(page.evaluate("isoscope.state().seq"))


def visit(page: Page, isoscope: Run, **query: object) -> None:
    """Open a link as somebody would who was sent it."""
    base = page.url.split("?")[0]
    host = page.evaluate("isoscope.state().host.machine_id")
    words = "&".join(f"{name.rstrip('_')}={value}" for name, value in query.items())
    page.goto(f"{base}?host={host}&{words}")
    page.wait_for_function("() => globalThis.isoscope?.state()")


def test_a_link_to_a_moment_shows_what_was_there_then_and_back_to_live_what_is_now(
    isoscope: Run, page: Page, come_and_gone: Any
) -> None:
    container, _, during, _ = come_and_gone
    visit(page, isoscope, at=during)
    page.wait_for_function(KNOWS, arg=container)
    expect(page.locator("body")).to_contain_text(f"{PREFIX}web")
    page.get_by_role("button", name="Back to live").first.click()
    expect(page.locator("#status")).to_have_text("Live")
    page.wait_for_function(f"id => !({KNOWS})(id)", arg=container)
    assert "at=" not in page.url


def test_while_the_past_is_shown_no_live_changes_arrive(isoscope: Run, page: Page, come_and_gone: Any) -> None:
    _, _, during, _ = come_and_gone
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    visit(page, isoscope, at=during)
    expect(page.locator("#status")).not_to_have_text("Live")
    assert sockets == []


def test_a_jump_to_a_time_that_is_still_to_come_is_answered_in_words(page: Page) -> None:
    page.fill("#jump-text", "2999-01-01 09:00")
    page.press("#jump-text", "Enter")
    expect(page.locator("#jump-problem")).to_contain_text("still to come")


def test_a_jump_to_a_time_that_makes_no_sense_is_answered_in_words(page: Page) -> None:
    page.fill("#jump-text", "the day before never")
    page.press("#jump-text", "Enter")
    expect(page.locator("#jump-problem")).not_to_be_empty()


def test_a_comparison_says_what_came_and_what_went_and_survives_a_reload(
    isoscope: Run, page: Page, come_and_gone: Any
) -> None:
    _, before, during, after = come_and_gone
    visit(page, isoscope, from_=before, to=during)
    expect(page.locator("#details")).to_contain_text(f"{PREFIX}web")
    page.reload()
    expect(page.locator("#details")).to_contain_text(f"{PREFIX}web")
    assert f"from={before}" in page.url and f"to={during}" in page.url
    visit(page, isoscope, from_=during, to=after)
    expect(page.locator("#details")).to_contain_text(f"{PREFIX}web")


def test_the_timeline_shows_the_start_and_the_stop_of_a_container(
    isoscope: Run, page: Page, come_and_gone: Any
) -> None:
    page.reload()
    for word in ("started", "stopped"):
        titles = page.locator("#timeline-strip .event title", has_text=f"{PREFIX}web {word}")
        expect(titles.first).to_be_attached()


def test_one_containers_life_says_when_it_came_and_went(isoscope: Run, page: Page, come_and_gone: Any) -> None:
    container, _, _, _ = come_and_gone
    visit(page, isoscope, life=f"container:{container}")
    expect(page.locator("#life")).to_contain_text(f"{PREFIX}web")
    expect(page.locator("#life .life-entry.came").first).to_be_visible()
    expect(page.locator("#life .life-entry.went").first).to_be_visible()


def test_a_snapshot_can_be_found_again_in_the_list(page: Page) -> None:
    page.click("#snapshot")
    expect(page.locator("#toast")).to_contain_text("is taken and bookmarked")
    page.click("#bookmarks-open")
    expect(page.locator("#bookmarks-body .bookmark-row").first).to_be_visible()
