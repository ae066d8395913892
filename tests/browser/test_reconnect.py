"""A page recovers from a killed server, a lost network and its own freeze, and keeps the reader's choices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from inspector.facts.types import HostState
from tests.support.installation import Installation, ScriptedAgent, copy_of
from tests.support.numbered_states import some_state
from tests.support.running import wait_for

pytestmark = pytest.mark.browser

HELD = "() => ({ seq: globalThis.isoscope?.state()?.seq ?? 0, reloaded: globalThis.neverReloaded !== true })"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prepared = Installation(tmp_path_factory.mktemp("template") / "data")
    prepared.prepare()
    prepared.listener.close()
    return prepared.data


@pytest.fixture
def server(template: Path, tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(copy_of(template, tmp_path / "data"))
    try:
        installation.start()
        yield installation
    finally:
        installation.end()


@pytest.fixture
def agent(server: Installation, tmp_path: Path) -> Iterator[ScriptedAgent]:
    with server.agent(tmp_path / "agent", state_now(0)) as agent:
        agent.see(state_now(0))
        agent.deliver_all()
        yield agent


@pytest.fixture
def page(server: Installation, agent: ScriptedAgent, context: BrowserContext) -> Page:
    """The page in step, with a search, a selection and a zoom of the reader's."""
    page = context.new_page()
    page.goto((server.data / "link").read_text().replace("http://server", server.url))
    page.locator("#use-link").click()
    see(agent, page, 1)
    page.evaluate("globalThis.neverReloaded = true")
    page.fill("#search", "worker")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.locator("#zoom-in").click()
    return page


def state_now(number: int) -> HostState:
    """Another state for each number, taken now: an old one would be told as old."""
    return msgspec.structs.replace(some_state(number), taken_at=datetime.now(UTC).isoformat())


def see(agent: ScriptedAgent, page: Page, number: int) -> None:
    """The agent looks twice; the page comes to hold what it saw, and says that it agrees."""
    agent.see(state_now(number))
    agent.deliver_all()
    agent.see(state_now(number))  # nothing new: a heartbeat
    seq = agent.agent.spool.last
    wait_for(lambda: page.evaluate(HELD)["seq"] == seq)
    expect(page.locator("#status")).to_have_text("Live")
    expect(page.locator("#status")).to_have_attribute("title", re.compile(rf"State {seq},.*equals the host’s"))


def chosen(page: Page) -> dict[str, Any]:
    return {"search": page.input_value("#search"), "address": page.evaluate("location.search")}


def assert_kept(page: Page, before: dict[str, Any]) -> None:
    assert chosen(page) == before
    assert page.evaluate(HELD)["reloaded"] is False


def test_it_recovers_after_the_server_was_killed(server: Installation, agent: ScriptedAgent, page: Page) -> None:
    before = chosen(page)
    server.kill()
    expect(page.locator("#status")).to_contain_text("Reconnecting")
    agent.see(state_now(2))
    server.start()
    see(agent, page, 3)
    assert_kept(page, before)


def test_it_recovers_after_the_network_was_away(agent: ScriptedAgent, page: Page, context: BrowserContext) -> None:
    before = chosen(page)
    context.set_offline(True)
    agent.see(state_now(2))
    agent.deliver_all()
    context.set_offline(False)
    see(agent, page, 3)
    assert_kept(page, before)


def test_it_recovers_after_it_was_frozen(agent: ScriptedAgent, page: Page, context: BrowserContext) -> None:
    before = chosen(page)
    chrome = context.new_cdp_session(page)
    chrome.send("Page.setWebLifecycleState", {"state": "frozen"})
    agent.see(*(state_now(number) for number in range(2, 6)))
    agent.deliver_all()
    chrome.send("Page.setWebLifecycleState", {"state": "active"})
    see(agent, page, 7)
    assert_kept(page, before)
