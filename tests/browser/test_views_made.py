"""Chains, matrix and table on states that are made: two moments compared, and a host with 4,000 processes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser
COMPARED = "from=20&to=140&sort=-pid"
CROWD = "4000,200"
MOST_ROWS = 120  # as many as may exist at once, whatever there is
ROWS = {"chains": "#chains .step", "matrix": "#matrix-grid .rows > .mx-row", "table": "#table-grid .table-body .row"}


@pytest.fixture
def open_view(places_of_states: Callable[[str], str], context: BrowserContext) -> Callable[..., Page]:
    def go(view: str, query: str = "", crowd: str = "") -> Page:
        page = context.new_page()
        page.goto(f"{places_of_states(crowd)}?view={view}&{query}")
        expect(page.locator(ROWS[view]).first).to_be_visible(
            timeout=90_000
        )  # one process makes and serves all states
        return page

    return go


@pytest.mark.parametrize("view", ROWS)
def test_a_comparison_marks_what_came_and_what_went_and_each_side_lacks_one(
    open_view: Callable[..., Page], view: str
) -> None:
    page = open_view(view, COMPARED)
    came, went = (page.locator(f"{ROWS[view]}[data-fate={fate}]") for fate in ("came", "went"))
    expect(went.first).to_be_attached()
    if view != "matrix":  # nothing with namespaces of its own came
        expect(came.first).to_be_attached()
    page.click("#side-before")
    expect(came).to_have_count(0)
    expect(went.first).to_be_attached()
    page.click("#side-after")
    expect(went).to_have_count(0)


@pytest.mark.parametrize("view", ROWS)
def test_only_the_visible_rows_of_thousands_of_processes_exist_and_the_last_can_be_reached(
    open_view: Callable[..., Page], view: str
) -> None:
    page = open_view(view, "turn=host", CROWD)
    box = page.locator({"chains": "#chains", "matrix": "#matrix-grid", "table": "#table-grid"}[view])
    assert 10 < page.locator(ROWS[view]).count() < MOST_ROWS
    reaches = "box => box.scrollTop = box.scrollHeight"
    before = page.locator(ROWS[view]).last.inner_text()
    box.evaluate(reaches)
    expect(page.locator(ROWS[view]).last).not_to_have_text(before)
    assert 10 < page.locator(ROWS[view]).count() < MOST_ROWS


@pytest.mark.parametrize("view", ROWS)
def test_on_a_narrow_screen_nothing_is_wider_than_the_page(open_view: Callable[..., Page], view: str) -> None:
    page = open_view(view)
    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.locator(ROWS[view]).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_was_declared_and_is_not_observed_is_marked_and_said(open_view: Callable[..., Page]) -> None:
    page = open_view("matrix", "", "400,30")
    cell = page.locator(".mx-cell.t-net.is-host").first
    expect(cell.locator(".differs")).to_be_visible()
    cell.hover()
    expect(page.locator(".mx-tip")).to_contain_text("Declared network=bridge, but this is observed.")


def test_the_table_sorts_thousands_of_rows_by_what_was_clicked(open_view: Callable[..., Page]) -> None:
    page = open_view("table", "", CROWD)
    page.click("[data-sort=container]")
    expect(page.locator(ROWS["table"]).first).to_contain_text("api-002")
    page.click("[data-sort=container]")
    expect(page.locator(ROWS["table"]).first).to_contain_text("worker-")


def test_the_details_of_a_process_that_is_gone_list_its_recent_changes(
    open_view: Callable[..., Page],
) -> None:
    page = open_view("table", "from=200&to=270&sort=-pid")
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.locator(f"{ROWS['table']}[data-fate=went]").first.click()
    expect(page.locator("#fate-note")).to_have_attribute("data-fate", "went")
    changed = page.locator("#details .recent-entry[data-kind=changed]")
    expect(changed.last).to_contain_text("name")
    expect(changed.last.locator("del")).to_have_text("sh")
    page.click("#life-open")
    expect(page.locator("#life .life-entry.went")).to_be_visible()
    assert complaints == []
