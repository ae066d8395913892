"""What a person does with the timeline, on two days of history: look, drag, zoom, step, play, jump."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocket, expect

from tests.support.past import AWAY, EVERY, LONG, MARKED, RESTARTED, STARTED, visit
from tests.support.running import wait_for
from tests.support.states import HOST, container_id

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("Asia/Seoul")
HOURS = "(({from, to}) => (to - from) / 3_600_000)(document.querySelector('#timeline-strip').dataset)"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1400, "height": 900}, timezone_id=ZONE.key)
    yield made
    made.close()


@pytest.fixture
def past(page: Page, end: datetime) -> Page:
    """The page, live, at the host whose history was written, all of which the strip shows."""
    visit(page)
    page.click("[data-span=all]")
    expect(strip(page)).to_have_attribute("data-events", "4")
    return page


def strip(page: Page) -> Locator:
    return page.locator("#timeline-strip")


def place(page: Page, moment: datetime) -> tuple[float, float]:
    """Where on the screen a moment of the strip is."""
    box, line = strip(page).bounding_box(), strip(page)
    assert box is not None
    first, last = (float(line.get_attribute(f"data-{name}") or 0) for name in ("from", "to"))
    return box["x"] + (moment.timestamp() * 1000 - first) / (last - first) * box["width"], box["y"] + 20


def drag(page: Page, start: datetime, stop: datetime) -> None:
    page.mouse.move(*place(page, start))
    page.mouse.down()
    page.mouse.move(*place(page, start + (stop - start) / 2), steps=4)
    page.mouse.move(*place(page, stop), steps=4)
    page.mouse.up()


def shown(page: Page) -> datetime:
    """When the state that the page holds was taken."""
    return datetime.fromisoformat(page.evaluate("isoscope.state().taken_at"))


def wait_until_shown(page: Page, moment: datetime) -> None:
    """Until the page holds the state that held at a moment."""
    held = "at => { const took = Date.parse(isoscope.state().taken_at); return took <= at && at - took < 1_800_000; }"
    page.wait_for_function(held, arg=moment.timestamp() * 1000)


def job(page: Page) -> str:
    """The process that tells one state from another."""
    return str(
        page.evaluate("[...isoscope.state().processes.values()].find(({comm}) => comm.startsWith('job')).comm")
    )


def test_the_strip_shows_density_starts_and_stops_a_pinned_snapshot_and_absences(past: Page) -> None:
    line = strip(past)
    assert line.locator(".bar-mark").count() > 40
    for kind in ("container-started", "container-stopped", "container-removed", "container-restarted"):
        expect(line.locator(f"[data-kind={kind}]")).to_be_visible()
    expect(line.locator("[data-kind=mark].pinned")).to_contain_text("before the upgrade")
    expect(line.locator("[data-kind=gap]")).to_contain_text("no agent")


def test_dragging_shows_the_state_of_that_moment_in_every_view_and_live_is_one_click_away(
    past: Page, end: datetime
) -> None:
    now, wanted = job(past), end - LONG + STARTED + EVERY / 2
    drag(past, end - timedelta(hours=4), wanted)
    wait_until_shown(past, wanted)
    expect(past.locator("#moment")).to_contain_text(f"{shown(past).astimezone(ZONE):%H:%M:%S}")
    expect(past.locator("#moment")).to_contain_text(f"{shown(past):%H:%M:%S} UTC")
    assert past.evaluate("id => isoscope.graph().groups.some(({key}) => key === id)", container_id(2))
    expect(past.locator("#details")).to_contain_text("batch")
    past.click("#view-table")
    expect(past.locator("#table")).to_contain_text(job(past))
    expect(past.locator("#table")).not_to_contain_text(now)
    past.click("#view-graph")
    assert "at=" in past.url
    past.click("#back-live")
    expect(past.locator("#moment")).to_be_hidden()
    past.wait_for_function("now => [...isoscope.state().processes.values()].some(({comm}) => comm === now)", arg=now)


def test_a_moment_without_an_agent_is_said_to_be_one(past: Page, end: datetime) -> None:
    drag(past, end - timedelta(hours=2), end - LONG + sum(AWAY, timedelta()) / 2)
    expect(past.locator("#toast")).to_contain_text("No agent reported")
    wait_until_shown(past, end - LONG + AWAY[0])


def test_the_wheel_zooms_around_the_pointer_and_a_preset_shows_all_again(past: Page, end: datetime) -> None:
    moment = end - LONG + RESTARTED
    before = place(past, moment)
    past.mouse.move(*before)
    past.mouse.wheel(0, -480)
    past.wait_for_function(f"() => {HOURS} < 12")
    assert abs(place(past, moment)[0] - before[0]) < 8  # the pointer stands on a whole pixel, which is now four
    past.click("[data-span=all]")
    past.wait_for_function(f"() => {HOURS} > 40")


def test_a_link_to_a_moment_of_the_last_day_opens_on_the_last_day(past: Page) -> None:
    visit(past, at=70)
    expect(past.locator("#moment")).to_be_visible()
    expect(past.locator("[data-span='24h']")).to_have_attribute("aria-pressed", "true")


def test_steps_go_from_change_to_change(past: Page, end: datetime) -> None:
    visit(past, at=12)
    expect(past.locator("#moment")).to_be_visible()
    past.click("#step-back")
    past.wait_for_function("() => isoscope.state().seq === 11")
    past.click("#step-on")
    past.wait_for_function("() => isoscope.state().seq === 12")
    past.keyboard.press(".")
    past.wait_for_function("() => isoscope.state().seq === 13")
    past.keyboard.press(",")
    past.wait_for_function("() => isoscope.state().seq === 12")


def test_playing_goes_through_the_changes_until_it_is_stopped(past: Page) -> None:
    visit(past, at=3)
    expect(past.locator("#moment")).to_be_visible()
    past.select_option("#speed", "10")
    past.click("#play")
    past.wait_for_function("() => isoscope.state().seq >= 6")
    past.click("#play")
    expect(past.locator("#play")).to_have_attribute("aria-pressed", "false")
    assert past.evaluate("isoscope.state().seq") < 70


def jumps() -> Iterator[tuple[str, Any]]:
    now = datetime.now(ZONE)
    exactly = (now - timedelta(hours=10)).replace(second=0, microsecond=0)
    yield f"{exactly:%Y-%m-%d %H:%M}", lambda: exactly
    yield "-2h", lambda: datetime.now(UTC) - timedelta(hours=2)
    nine = (now - timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    yield "yesterday 9:00", lambda: nine


@pytest.mark.parametrize(("text", "meant"), list(jumps()), ids=["a date", "ago", "yesterday"])
def test_a_jump_goes_to_the_moment_that_the_readers_clock_means(
    past: Page, end: datetime, text: str, meant: Any
) -> None:
    past.fill("#jump-text", text)
    past.press("#jump-text", "Enter")
    expect(past.locator("#moment")).to_be_visible()
    asked = meant().astimezone(UTC)
    held = [end - LONG + passed for passed in (AWAY[0],) if AWAY[0] < asked - (end - LONG) < AWAY[1]]
    wait_until_shown(past, held[0] if held else asked)


def test_while_the_past_is_shown_the_socket_is_closed_and_live_opens_it_again(past: Page) -> None:
    lines: list[WebSocket] = []
    past.on("websocket", lambda line: lines.append(line))
    visit(past)
    expect(past.locator("#status")).to_have_text("Live")
    assert [line.is_closed() for line in lines] == [False]
    past.keyboard.press(",")
    expect(past.locator("#moment")).to_be_visible()
    expect(past.locator("#status")).to_have_text("The past")
    wait_for(lambda: past.evaluate("true") and all(line.is_closed() for line in lines))
    past.keyboard.press("l")
    expect(past.locator("#status")).to_have_text("Live")
    assert [line.is_closed() for line in lines] == [True, False]


def test_dragging_with_shift_compares_and_nothing_moves_between_before_after_and_both(
    past: Page, end: datetime
) -> None:
    past.keyboard.down("Shift")
    drag(past, end - LONG + STARTED - EVERY / 2, end - LONG + RESTARTED + EVERY / 2)
    past.keyboard.up("Shift")
    expect(past.locator("#tally")).to_be_visible()
    wait_until_settled(past)
    places = {}
    for side in ("before", "after", "both"):
        past.click(f"#side-{side}")
        expect(past.locator(f"#side-{side}")).to_have_attribute("aria-pressed", "true")
        wait_until_settled(past)
        places[side] = past.evaluate("isoscope.places()")
    assert places["before"] == places["after"] == places["both"] != {}
    assert re.search(r"[?&]from=\d+.*[?&]to=\d+", past.url)
    expect(past.locator("#details [data-kind=restarted]")).to_contain_text("web")


def wait_until_settled(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('#app').dataset.settled === String(isoscope.state().seq)")


def test_what_is_gone_can_still_be_selected(past: Page) -> None:
    visit(past, from_=13, to=40)
    past.locator("#details .report-entry.went button.link").first.click()
    expect(past.locator("#fate-note")).to_have_attribute("data-fate", "went")
    expect(past.locator("#details")).to_contain_text("pid")


@pytest.mark.parametrize(("form", "begins"), [("json", "{"), ("csv", "group,"), ("markdown", "# ")])
def test_a_comparison_is_exported_as_a_file(past: Page, form: str, begins: str) -> None:
    visit(past, from_=13, to=40)
    with past.expect_download() as waiting:
        past.click(f"#export-{form}")
    assert Path(waiting.value.path()).read_text().lstrip("\ufeff").startswith(begins)


def test_a_snapshot_is_named_annotated_and_pinned_and_the_strip_says_so(past: Page) -> None:
    visit(past, at=60)
    past.click("#snapshot")
    row = past.locator("#bookmarks-body .bookmark-row.editing")
    row.locator("[name=name]").fill("after the upgrade")
    row.locator("[name=note]").fill("one container restarted")
    row.locator("[name=pinned]").check()
    row.get_by_role("button", name="Save").click()
    kept = past.locator("#bookmarks-body .bookmark-row.pinned", has_text="after the upgrade")
    expect(kept).to_contain_text("one container restarted")
    expect(strip(past).locator("[data-kind=mark].pinned", has_text="after the upgrade")).to_be_attached()
    kept.get_by_role("button", name="Delete").click()
    expect(kept).to_have_count(0)


def test_a_snapshot_is_exported_and_imported_as_a_host_that_is_marked_as_imported(past: Page) -> None:
    visit(past, at=MARKED)
    before = job(past)
    past.click("#bookmarks-open")
    with past.expect_download() as waiting:
        past.locator(f"#bookmarks-body [data-seq='{MARKED}'] [data-do=export]").click()
    past.set_input_files("#import-file", waiting.value.path())
    expect(past.locator("#hosts .host-button .imported")).to_have_text("imported")
    past.wait_for_function(
        "host => isoscope.state()?.host.machine_id.startsWith(host + '+imported')", arg=HOST.machine_id
    )
    assert job(past) == before
    assert json.loads(past.evaluate("JSON.stringify(isoscope.state().containers.size)")) == 1
