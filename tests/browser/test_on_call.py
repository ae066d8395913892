"""What a person on call does on a host with sixty containers, after a bad night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import keep_picture
from tests.support.on_call import DIED_AGAIN, LONG, id_of, looks, pid_of, write_night
from tests.support.past import visit
from tests.support.running import Run

pytestmark = pytest.mark.browser

ROWS = {"chains": "#chains .step", "matrix": "#matrix-grid .rows > .mx-row", "table": "#table-grid .table-body .row"}


@pytest.fixture(scope="module")
def night(isoscope: Run) -> datetime:
    """The end of the night that is written."""
    end = datetime.now(UTC).replace(microsecond=0)
    write_night(Path(isoscope.environ["ISOSCOPE_DATA"]), end)
    return end


@pytest.fixture
def host(page: Page, night: datetime) -> Page:
    """The page, live, at the host of that night."""
    visit(page)
    return page


def find(page: Page, text: str) -> None:
    """Search by the keyboard alone, and go to what is found."""
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def chosen(page: Page) -> Locator:
    return page.locator("#details h2")


@pytest.mark.parametrize("view", ["graph", "chains", "matrix", "table"])
def test_a_dead_container_is_found_by_its_name_and_chosen_by_enter(host: Page, view: str) -> None:
    host.click(f"#view-{view}")
    find(host, "zookeeper")
    expect(host.locator("#search-count")).to_have_text("1 container")
    expect(chosen(host)).to_have_text("data-zookeeper")
    expect(host.locator("#details")).to_contain_text("exited")
    count = "0" if view == "table" else "1"
    expect(host.locator(f"#view-{view}")).to_have_attribute("data-count", count)
    if view == "table":
        expect(host.locator("#find-note")).to_contain_text("1 container without a process: data-zookeeper (exited)")


def test_containers_are_found_by_state_and_project_and_counted_with_their_processes(host: Page) -> None:
    find(host, "state:exited")
    expect(host.locator("#search-count")).to_have_text("2 containers")
    find(host, "label:com.docker.compose.project=data")
    expect(host.locator("#search-count")).to_contain_text("15 containers, ")
    find(host, "no-such-thing")
    expect(host.locator("#search-count")).to_have_text("no match")
    expect(host.locator("#find-note")).to_contain_text("None of 61 containers and ")


def test_several_matches_are_fitted_together_and_then_gone_through(host: Page) -> None:
    find(host, "kafka")
    steps = host.locator(".steps-of-search output")
    expect(steps).to_have_text("3 matches")
    assert "select=" not in host.url
    rects = host.evaluate(
        "ids => ids.map(id => isoscope.rect(id))", [id_of(f"data-kafka-{one}") for one in (1, 2, 3)]
    )
    size = host.viewport_size
    assert size and all(rect and 0 <= rect["x"] <= size["width"] for rect in rects)
    for key, number in (("Enter", 1), ("Enter", 2), ("Shift+Enter", 1), ("Shift+Enter", 3)):
        host.keyboard.press(key)
        expect(steps).to_have_text(f"{number} of 3")
        expect(chosen(host)).to_have_text(f"data-kafka-{number}")
    host.get_by_role("button", name="Next match").click()
    expect(steps).to_have_text("1 of 3")
    host.keyboard.press("n")
    expect(chosen(host)).to_have_text("data-kafka-2")
    host.keyboard.press("Shift+N")
    expect(chosen(host)).to_have_text("data-kafka-1")


@pytest.mark.parametrize("view", ROWS)
def test_a_link_names_the_container_that_it_chooses(host: Page, view: str) -> None:
    visit(host, select="monitoring-promtail", view=view)
    expect(chosen(host)).to_have_text("monitoring-promtail")
    expect(host.locator(f"{ROWS[view]}.selected, {ROWS[view]}[aria-selected=true]").first).to_be_visible()


def test_what_needs_attention_is_listed_with_its_moment_and_leads_to_the_container(host: Page) -> None:
    expect(host.locator("#attention-open")).to_have_text("4 need attention")
    host.keyboard.press("a")
    lines = host.locator("#details .need")
    expect(lines.first).to_be_focused()
    expect(lines).to_have_count(4)
    expect(lines.nth(0)).to_contain_text("shop-cache")
    expect(lines.nth(0)).to_contain_text("killed for memory; restarting, 29 times")
    expect(lines.nth(2)).to_contain_text("exited 2 times, exit 137")
    expect(lines.nth(3)).to_contain_text("newly exposed: the host’s network")
    expect(lines.nth(2).locator("time")).to_contain_text("ago")
    lines.nth(2).click()
    expect(chosen(host)).to_have_text("data-zookeeper")


def test_the_wall_screen_shows_first_what_needs_attention(host: Page) -> None:
    wall = host.locator("#attention-wall")
    expect(wall).to_be_hidden()
    host.keyboard.press("k")
    expect(wall).to_be_visible()
    expect(wall.locator(".need")).to_have_count(4)
    below, above = host.locator("#graph-box").bounding_box(), wall.bounding_box()
    assert below and above and above["y"] + above["height"] <= below["y"] + 1


def test_nothing_of_now_is_said_of_the_past(host: Page) -> None:
    visit(host, at=5)
    expect(host.locator("#moment")).to_be_visible()
    expect(host.locator("#attention-open")).to_be_hidden()
    expect(host.locator("#details .need")).to_have_count(0)


def compare_night(page: Page, **query: object) -> None:
    """The whole night: its first snapshot and its last."""
    visit(page, from_=1, to=len(list(looks())), **query)
    expect(page.locator("#tally [data-headline]").first).to_be_visible()


def test_a_comparison_begins_with_what_happened_to_each_container_in_a_sentence(host: Page) -> None:
    compare_night(host)
    headlines = host.locator("#headlines")
    for kind, text in (
        (
            "exposed",
            "monitoring-promtail restarted; is newly exposed: network shared with the host; changed: network mode",
        ),
        ("unhealthy", "shop-web-1 is unhealthy"),
        ("restarted", "shop-cache restarted 29 times: out of memory"),
        ("restarted", "data-zookeeper restarted; stopped: exit 137"),
    ):
        expect(headlines.locator(f"[data-headline={kind}]").filter(has_text=text)).to_have_count(1)
    assert headlines.locator("li").count() <= 20
    assert headlines.locator("h3").all_inner_texts()[0] == "monitoring"
    panel, banner = (
        host.locator(f"{place} [data-headline]").all_inner_texts() for place in ("#report-counts", "#tally")
    )
    assert panel == banner != []
    assert host.locator("#details .report-group").count() > 2
    assert host.locator("#details .report-group[open]").count() == 0


def test_a_selection_hides_nothing_of_a_comparison_and_a_search_only_what_it_does_not_match(host: Page) -> None:
    compare_night(host)
    host.locator("#headlines").get_by_role("button", name="monitoring-promtail").click()
    expect(chosen(host)).to_have_text("monitoring-promtail")
    expect(host.locator("#fate-note")).to_have_attribute("data-fate", "changed")
    expect(host.locator("#headlines [data-headline=restarted]").first).to_contain_text("shop-cache")
    find(host, "shop-cache")
    expect(host.locator("#headlines .report-entry")).to_have_count(1)
    expect(host.locator("#tally")).to_have_text(host.locator("#report-counts").inner_text().replace("\n", ""))


@pytest.mark.parametrize("view", ["matrix", "table"])
def test_what_changed_comes_first_and_alone_where_only_changes_are_asked_for(host: Page, view: str) -> None:
    compare_night(host, view=view)
    rows = host.locator(ROWS[view])
    expect(rows.first).to_be_visible()
    unchanged = host.locator(f"{ROWS[view]}:not([data-fate]):not(.mx-title)")
    everything = rows.count()
    assert unchanged.count() > 0
    host.click("#changes-only")
    expect(host.locator("#changes-only")).to_have_attribute("aria-pressed", "true")
    expect(unchanged).to_have_count(0)
    assert 0 < rows.count() < everything
    assert "changes=1" in host.url


def marks(page: Page) -> list[float]:
    rooms = page.locator("#timeline-strip .event .event-room")
    return [float(x) for x in rooms.evaluate_all("rooms => rooms.map(room => room.getAttribute('x'))")]


def test_however_much_happens_the_marks_of_events_stand_apart_and_say_how_many(host: Page) -> None:
    host.click("[data-span=all]")
    expect(host.locator("#timeline-strip .event")).not_to_have_count(0)
    places = sorted(marks(host))
    assert all(after - before >= 15.9 for before, after in pairwise(places))
    counts = host.locator("#timeline-strip .event").evaluate_all("all => all.map(one => Number(one.dataset.count))")
    events = int(host.locator("#timeline-strip").get_attribute("data-events") or 0)
    assert sum(counts) == events > len(counts)


def test_the_kinds_of_events_have_lanes_that_a_reload_keeps_open(host: Page) -> None:
    names = host.locator("#timeline-strip .lane-name")
    expect(names).to_have_count(0)
    host.get_by_role("button", name="Lanes").click()
    expect(names).to_have_count(4)
    expect(names.first).to_contain_text("containers ")
    host.reload()
    expect(names).to_have_count(4)
    keep_picture(host, "lanes")
    host.get_by_role("button", name="Lanes").click()
    expect(names).to_have_count(0)


def test_every_time_is_in_the_zone_that_the_reader_chose(host: Page, night: datetime) -> None:
    host.get_by_role("button", name="Account").click()
    host.get_by_label("Time zone").select_option("Asia/Tokyo")
    expect(host.locator("#clock")).to_contain_text("UTC")
    host.keyboard.press("a")
    died = (night - LONG + DIED_AGAIN).astimezone(ZoneInfo("Asia/Tokyo"))
    expect(host.locator("#details .need time").nth(2)).to_contain_text(f"{died:%H:%M:%S}")
    host.get_by_role("button", name="Account").click()
    expect(host.get_by_label("Time zone")).to_have_value("Asia/Tokyo")


class Hands:
    """The keyboard of a person. An action is a key, with the text that is typed into the field that it opens."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def press(self, key: str, text: str = "") -> None:
        self.page.keyboard.press(key)
        self.page.keyboard.type(text)
        self.actions += 1


@pytest.fixture
def hands(host: Page) -> Iterator[Hands]:
    """A person before the page; no question may take more than three actions."""
    person = Hands(host)
    yield person
    assert 0 < person.actions <= 3


def test_which_containers_share_the_hosts_network_and_since_when(hands: Hands, host: Page) -> None:
    hands.press("m")
    hands.press("/", "host:net container:*")
    names = host.locator("#matrix-grid .rows .mx-row")
    expect(names.filter(has_text="node-exporter")).to_have_count(1)
    expect(names.filter(has_text="promtail")).to_have_count(1)
    expect(host.locator("#search-count")).to_contain_text("2 containers")
    hands.press("Enter")
    expect(chosen(host)).to_have_text("monitoring-node-exporter")
    expect(host.locator("#details .recent-entry[data-kind=appeared]")).to_contain_text("ago")


def test_whose_a_pid_of_the_host_is_and_which_pid_it_has_inside(hands: Hands, host: Page) -> None:
    hands.press("/", f"pid={pid_of('shop-payments')}")
    hands.press("Enter")
    expect(host.locator("#details")).to_contain_text("shop-payments")
    pids = host.locator("#details .pids").first.locator(".pid")
    expect(pids).to_have_text([str(pid_of("shop-payments")), "1"])


def test_who_else_is_in_the_network_namespace_of_a_container(hands: Hands, host: Page) -> None:
    hands.press("/", "container=shop-web-logs")
    hands.press("Enter")
    expect(chosen(host)).to_have_text("shop-web-logs")
    expect(host.locator("#details")).to_contain_text("shop-web-1")


def test_what_changed_in_a_project_between_a_moment_and_now(hands: Hands, host: Page) -> None:
    hands.press("j", "-9h..now")
    hands.press("Enter")
    expect(host.locator("#headlines")).to_contain_text("shop-cache")
    hands.press("/", "project:data")
    headlines = host.locator("#headlines .report-entry")
    expect(headlines.filter(has_text="data-zookeeper")).to_have_count(1)
    expect(headlines.filter(has_text="shop-")).to_have_count(0)


def test_which_containers_died_in_the_night_how_often_and_why(hands: Hands, host: Page) -> None:
    hands.press("a")
    died = host.locator("#details .need")
    expect(died.filter(has_text="data-zookeeper")).to_contain_text("exited 2 times, exit 137")
    expect(died.filter(has_text="shop-cache")).to_contain_text("killed for memory; restarting, 29 times")
