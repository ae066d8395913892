"""What a person does with the details: reads who else is there and what changed lately, copies commands, goes on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspector.facts.namespaces import namespace_key
from inspector.facts.types import process_key
from tests.support.accessibility import THEMES, choose_theme, serious_violations
from tests.support.past import visit
from tests.support.states import BOOT, HOST, container_id

pytestmark = pytest.mark.browser

WEB = container_id(1)
NET = namespace_key(BOOT, "net", 2)
INIT = process_key(BOOT, 51, 100)


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(
        viewport={"width": 1400, "height": 1000}, permissions=["clipboard-read", "clipboard-write"]
    )
    yield made
    made.close()


@pytest.fixture
def web(page: Page, end: datetime) -> Page:
    """The page, live, with a container selected that restarted eight hours ago."""
    visit(page, select=WEB)
    expect(page.locator("#details h2")).to_have_text("web")
    return page


def test_a_command_is_copied_as_it_is_pasted(web: Page) -> None:
    rows = web.locator("#details .command-text")
    expect(rows.first).to_have_text("docker inspect web")
    expect(rows.nth(3)).to_have_text("nsenter -t 51 -m -u -i -p -n sh")
    web.get_by_role("button", name="Copy: what it printed last").click()
    expect(web.locator("#toast")).to_contain_text("docker logs --tail 100 web")
    assert web.evaluate("navigator.clipboard.readText()") == "docker logs --tail 100 web"


def test_no_command_is_offered_for_the_past_because_pids_are_reused(web: Page) -> None:
    visit(web, select=WEB, at=20)
    expect(web.locator("#moment")).to_be_visible()
    expect(web.locator("#details h2")).to_have_text("web")
    expect(web.locator("#details .recent-entry").first).to_be_visible()
    expect(web.locator("#details .command-text")).to_have_count(0)


def test_what_changed_lately_leads_to_that_moment(web: Page) -> None:
    restarted = web.locator("#details .recent-entry[data-kind=changed]").first
    expect(restarted).to_contain_text("pid of its init")
    expect(restarted).to_contain_text("50 → 51")
    seq = int(restarted.get_attribute("data-seq") or 0)
    restarted.locator(".recent-when").click()
    web.wait_for_function("seq => isoscope.state().seq === seq", arg=seq)
    expect(web.locator("#details h2")).to_have_text("web")


def test_in_the_past_only_earlier_changes_are_listed(web: Page) -> None:
    visit(web, select=WEB, at=20)
    expect(web.locator("#details .recent-entry")).to_have_count(1)
    expect(web.locator("#details .recent-entry")).to_have_attribute("data-kind", "appeared")


def test_buttons_lead_to_its_beginning_its_life_and_an_hour_before(web: Page) -> None:
    web.click("#go-begin")
    web.wait_for_function("() => isoscope.state().seq === 1")
    web.go_back()
    expect(web.locator("#moment")).to_be_hidden()
    web.click("#hour-ago")
    expect(web.locator("#tally")).to_be_visible()
    expect(web.locator("#details h2")).to_have_text("web")
    web.click("#life-open")
    expect(web.locator("#life h2")).to_contain_text("web")


def test_a_namespace_says_what_it_isolates_who_lives_in_it_and_who_did(web: Page) -> None:
    web.locator(f"#details [data-focus='namespace:{NET}']").click()
    details = web.locator("#details")
    expect(details.locator("h2")).to_have_text("Network namespace")
    expect(details).to_contain_text("Isolates interfaces, addresses, routes, ports and firewall rules.")
    expect(details.locator(".members")).to_contain_text("httpd")
    expect(details.locator(".recent-entry[data-kind=went]")).to_contain_text("httpd left it")
    expect(details.locator(".command-text").nth(1)).to_have_text("nsenter -t 51 -n ss -tulnp")


def test_an_explanation_that_was_unfolded_stays_so_when_the_state_changes(page: Page) -> None:
    hosts = page.evaluate("fetch('/api/v1/hosts').then(answer => answer.json())")
    (living,) = (row["id"] for row in hosts if row["id"] != HOST.machine_id)
    page.goto(f"{page.url.split('?')[0]}?host={living}")
    page.wait_for_function("host => globalThis.isoscope?.state()?.host.machine_id === host", arg=living)
    first = page.evaluate("[...isoscope.state().processes.values()].find(({pid}) => pid === 1).key")
    page.goto(f"{page.url.split('?')[0]}?host={living}&select={first}")
    explained = page.locator("#details [data-explains=types]")
    explained.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(explained).to_have_attribute("open", "")
    expect(explained).to_contain_text("not isolated in this respect")
    before = page.evaluate("isoscope.state().seq")
    subprocess.run(["sleep", "2"], check=True)  # a process comes, and goes
    page.wait_for_function("before => isoscope.state().seq > before", arg=before)
    expect(page.locator("#details [data-explains=types]")).to_have_attribute("open", "")
    assert page.evaluate("document.activeElement.closest('details')?.dataset.explains") == "types"


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious_in_details_comparisons_and_lives(page: Page, end: datetime, theme: str) -> None:
    choose_theme(page, theme)
    for query in (
        {"select": WEB},
        {"select": NET},
        {"select": INIT},
        {"from_": 13, "to": 74},
        {"life": f"container:{WEB}"},
    ):
        visit(page, **query)
        page.evaluate("for (const one of document.querySelectorAll('#details details')) one.open = true")
        assert serious_violations(page) == [], query


def test_the_life_of_an_ended_container_can_still_be_opened(web: Page) -> None:
    visit(web, select=container_id(2))
    expect(web.locator("#details h2")).to_have_text("No longer there")
    web.click("#life-open")
    expect(web.locator("#life .life-entry.went")).to_be_visible()
