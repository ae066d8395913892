"""What a person sees: containers come and go without a reload, and the page says when it is out of step."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.running import Run
from tests.support.started_containers import PREFIX, Start
from tests.support.started_containers import start as start

pytestmark = [pytest.mark.browser, pytest.mark.docker]


LINKED = """id => {
  const graph = isoscope.graph(), state = isoscope.state();
  if (!graph || !state) return null;
  const members = [...state.processes.values()].filter(process => process.container === id);
  const nodes = new Set(members.map(process => graph.nodeOf.get(process.key)).filter(Boolean));
  const kinds = new Map(graph.nodes.map(node => [node.key, node.kind]));
  const ends = link => [link.source, link.target];
  const hubs = graph.links.filter(link => link.kind === "member" && ends(link).some(key => nodes.has(key)));
  const types = new Set(hubs.flatMap(link => link.types));
  return { processes: members.length, nodes: nodes.size, types: [...types].sort(),
           hubs: new Set(hubs.flatMap(ends).filter(key => kinds.get(key) === "hub")).size };
}"""


def wait_until(page: Page, container: str, condition: str) -> dict[str, Any]:
    page.wait_for_function(f"id => {{ const found = ({LINKED})(id); return found && ({condition}); }}", arg=container)
    return dict(page.evaluate(LINKED, container))


def test_a_started_container_appears_linked_to_its_namespaces_and_goes_when_it_is_killed(
    page: Page, start: Start
) -> None:
    page.evaluate("globalThis.neverReloaded = true")
    container = start("web", command=["sh", "-c", "sleep 1000 & wait"])
    found = wait_until(page, container.id, "found.processes >= 2 && found.hubs >= 1")
    assert found["nodes"] == found["processes"]
    assert set(found["types"]) >= {"mnt", "uts", "ipc", "pid", "net"}
    expect(page.locator("#details")).to_contain_text(f"{PREFIX}web")
    container.kill()
    wait_until(page, container.id, "found.processes === 0")
    container.remove()
    expect(page.locator("#details")).not_to_contain_text(f"{PREFIX}web")
    assert page.evaluate("globalThis.neverReloaded") is True


def test_a_process_of_docker_exec_appears_in_its_container(page: Page, start: Start) -> None:
    container = start("box")
    wait_until(page, container.id, "found.processes === 1")
    container.exec_run(["sleep", "12345"], detach=True)
    wait_until(page, container.id, "found.processes === 2")
    page.fill("#search", "12345")
    expect(page.locator("#search-count")).to_contain_text("1")


SHARED = """ids => {
  const graph = isoscope.graph(), state = isoscope.state();
  if (!graph || !state) return false;
  const inits = ids.map(id => [...state.processes.values()].find(process => process.container === id));
  if (inits.some(init => !init) || inits[0].namespaces.net !== inits[1].namespaces.net) return false;
  const hub = graph.hubOf.get(inits[0].namespaces.net);
  const joined = new Set(graph.links.filter(link => link.kind === "member" && link.types.includes("net")
    && [link.source, link.target].includes(hub)).flatMap(link => [link.source, link.target]));
  return ids.every((id, at) => joined.has(id) || joined.has(graph.nodeOf.get(inits[at].key)));
}"""


def test_what_shares_a_network_is_linked_by_one_hub(page: Page, start: Start) -> None:
    web = start("one")
    other = start("two", network_mode=f"container:{web.id}")
    page.wait_for_function(SHARED, arg=[web.id, other.id])


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", 'a"b`d&amp;'])
def test_a_hostile_process_name_is_text_wherever_it_shows(page: Page, start: Start, name: str) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a process name ran as script: {dialog.message}"))
    container = start("evil", command=["sh", "-c", 'exec sleep 4242 # "$0"', name])
    wait_until(page, container.id, "found.processes === 1")
    other = start("evil2", command=["sh", "-c", "sleep 4243; true", name])
    wait_until(page, other.id, "found.processes >= 1")
    page.fill("#search", "4243")
    page.click("#view-table")
    page.locator("#table").get_by_text("sh", exact=True).first.click()
    expect(page.locator("#details")).to_contain_text(name)
    assert page.evaluate("document.querySelectorAll('#app img, #app script').length") == 0


def test_the_page_says_that_it_is_stale_when_the_agent_is_gone_and_recovers_when_it_is_back(
    isoscope: Run, page: Page
) -> None:
    agent = isoscope.children()["agent"]
    agent.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator("#status")).to_contain_text("Not live since")
    finally:
        agent.send_signal(signal.SIGCONT)
    expect(page.locator("#status")).to_have_text("Live")


def test_a_snapshot_on_demand_is_kept(page: Page) -> None:
    page.click("#snapshot")
    expect(page.locator("#toast")).to_contain_text("is taken and bookmarked")


def test_a_view_is_in_its_address(page: Page, start: Start) -> None:
    container = start("link")
    wait_until(page, container.id, "found.processes === 1")
    page.fill("#search", "container:isoscope-browser-link")
    page.locator("#search").blur()  # what completes it is not wanted
    expect(page.locator("#search-options")).to_be_hidden()
    page.click("#view-table")
    expect(page.locator("#table")).to_contain_text("sleep")
    page.reload()
    expect(page.locator("#search")).to_have_value("container:isoscope-browser-link")
    expect(page.locator("#view-table")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#table")).to_contain_text("sleep")


def test_signing_out_ends_the_stream_and_the_page(page: Page) -> None:
    page.locator("[popovertarget=account]").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in*")
