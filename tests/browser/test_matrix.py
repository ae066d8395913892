"""The matrix of a busy host: how many rows are seen, what a line says, and what a name is cut to."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser

BUSY = "busy:5,60,250"
DESK = (1440, 900)
PHONE = (360, 740)
SEEN = """() => {
  const box = document.querySelector('#matrix-grid').getBoundingClientRect();
  const top = document.querySelector('.mx-head').getBoundingClientRect().bottom;
  const bottom = Math.min(box.bottom, document.querySelector('#timeline').getBoundingClientRect().top, innerHeight);
  const rows = [...document.querySelectorAll('#matrix-grid .rows > .mx-row')].map(row => row.getBoundingClientRect());
  return rows.filter(row => row.top >= top - 1 && row.bottom <= bottom + 1).length;
}"""
COLUMNS = "heads => heads.map(head => [...head.classList].find(name => name.startsWith('t-')))"
CUT = """words => words.filter(word => word.scrollWidth > word.clientWidth + 1).map(word => word.textContent)"""

Open = Callable[..., Page]


@pytest.fixture
def open_matrix(places_of_states: Callable[[str], str], context: BrowserContext) -> Open:
    def go(containers: int, size: tuple[int, int] = DESK, query: str = "") -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(f"{places_of_states(BUSY)}?view=matrix&host=busy-{containers}&{query}")
        expect(page.locator("#matrix-grid .mx-row[data-key], #matrix-grid .mx-row[data-group]").first).to_be_visible()
        page.evaluate("document.fonts.ready")
        return page

    return go


def test_eighteen_rows_are_seen_on_a_laptop_and_eight_on_a_phone_also_beside_the_details(open_matrix: Open) -> None:
    page = open_matrix(60)
    assert page.evaluate(SEEN) >= 17
    page.locator("#matrix-grid .mx-name").nth(2).click()
    expect(page.locator("#details-body h2")).to_be_visible()
    assert page.evaluate(SEEN) >= 17
    assert open_matrix(60, PHONE).evaluate(SEEN) >= 8


@pytest.mark.parametrize("size", [DESK, PHONE, (1440, 770)], ids=["desk", "phone", "laptop"])
def test_what_stands_over_the_rows_takes_no_tenth_of_the_height_and_opens_over_them(
    open_matrix: Open, size: tuple[int, int]
) -> None:
    page = open_matrix(60, size)
    top = page.locator(".mx-top")
    height = top.evaluate("top => top.offsetHeight")
    assert height <= size[1] / 10
    rows = page.evaluate(SEEN)
    page.click(".mx-all")
    expect(page.get_by_role("button", name="share their IPC with another")).to_be_visible()
    assert (top.evaluate("top => top.offsetHeight"), page.evaluate(SEEN)) == (height, rows)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_columns_stand_in_one_order_whatever_is_found_and_however_rows_are_ordered(open_matrix: Open) -> None:
    page = open_matrix(60)
    columns = page.locator(".mx-head .cell")
    for order in ("kin", "name", "least"):
        page.select_option("#matrix-order", order)
        assert columns.evaluate_all(COLUMNS) == ["t-uts", "t-ipc", "t-pid", "t-net"]
    page.fill("#search", "kafka")
    expect(page.locator("#matrix-grid .mx-row[data-key]")).to_have_count(6)
    assert columns.evaluate_all(COLUMNS) == ["t-uts", "t-ipc", "t-pid", "t-net"]


def test_columns_that_say_the_same_in_every_row_are_shown_by_their_note(open_matrix: Open) -> None:
    page = open_matrix(60)
    note = page.locator(".mx-note")
    says = "mount: its own in every row\nuser, cgroup and time: the host’s in every row"
    expect(note).to_have_accessible_description(re.compile("mount: its own in every row"))
    expect(note).to_have_attribute("title", f"{says}\nShow these columns")
    note.click()
    order = [f"t-{name}" for name in ("mnt", "uts", "ipc", "pid", "net", "user", "cgroup", "time")]
    assert page.locator(".mx-head .cell").evaluate_all(COLUMNS) == order
    note.click()
    expect(page.locator(".mx-head .cell")).to_have_count(4)


def test_a_project_is_closed_to_one_line_which_the_link_keeps_and_opened_again(open_matrix: Open) -> None:
    page = open_matrix(60)
    heading = page.locator("[data-group='project:monitoring']")
    heading.click()
    expect(heading).to_contain_text("5 containers, 1 shares the host’s UTS")
    expect(heading.locator("button")).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(heading.locator("button")).to_have_attribute("aria-expanded", "false")
    heading.click()
    expect(heading.locator("button")).to_have_attribute("aria-expanded", "true")


def test_many_containers_begin_as_one_line_for_each_project(open_matrix: Open) -> None:
    page = open_matrix(250)
    expect(page.locator("[data-group='project:data'] button")).to_have_attribute("aria-expanded", "false")
    page.locator("[data-group='project:data']").click()
    expect(page.locator("#matrix-grid .mx-row[data-key]")).to_have_count(6)


@pytest.mark.parametrize("size", [DESK, PHONE, (1000, 700)], ids=["desk", "phone", "small"])
def test_names_are_cut_in_the_middle_and_never_by_the_edge(open_matrix: Open, size: tuple[int, int]) -> None:
    page = open_matrix(60, size)
    scroller = page.locator("#matrix-grid")
    names: set[str] = set()
    for offset in range(0, 2400, 300):
        scroller.evaluate("(box, top) => box.scrollTop = top", offset)
        rows = page.locator("#matrix-grid [data-key] .mx-title-text")
        assert rows.evaluate_all(CUT) == []
        names.update(rows.all_inner_texts())
    assert {"kafka-broker-1", "kafka-broker-2", "kafka-broker-3"} <= {name[-14:] for name in names}


def test_a_shared_cell_has_the_tag_and_the_part_of_the_name_that_tells_its_partner(open_matrix: Open) -> None:
    page = open_matrix(5)
    ipc = page.locator(".mx-cell.t-ipc.is-shared")
    words = ipc.locator(".mx-word").all_inner_texts()
    assert [word[-6:] for word in words] == ["lper-1", "vice-1"]
    assert len(set(ipc.locator(".tag").all_inner_texts())) == 1
    tags = page.locator(".is-shared .tag").all_inner_texts()
    assert len(set(tags)) == 3  # those of the network, of the PID and of the IPC namespace are three sets
