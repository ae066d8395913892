"""Four views of one state: what a person sees and does in each, with one selection, search and link for all."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import docker
import docker.errors
import pytest
from playwright.sync_api import Locator, Page, expect

from tests import demo

pytestmark = [pytest.mark.browser, pytest.mark.docker]

PREFIX = "isoscope-views-"
Start = Callable[..., Any]
KNOWS = """([id, least]) => {
  const processes = [...(isoscope.state()?.processes.values() ?? [])];
  return processes.filter(process => process.container === id).length >= least;
}"""


@pytest.fixture
def start(page: Page) -> Iterator[Start]:
    """Starts containers, waits until the page knows their processes, and leaves none behind."""
    client = docker.from_env(timeout=60)
    demo.make_image(client)
    started: list[Any] = []

    def go(name: str, processes: int = 1, **options: Any) -> Any:
        started.append(demo.run(client, name, PREFIX, **options))
        page.wait_for_function(KNOWS, arg=[started[-1].id, processes])
        return started[-1]

    yield go
    for container in started:
        with contextlib.suppress(docker.errors.NotFound):
            container.remove(force=True)
    client.close()


def step(page: Page, name: str) -> Locator:
    """The row of the chains where a container begins."""
    chip = page.locator(".chip-button", has_text=f"{PREFIX}{name}")
    return page.locator("#chains .step").filter(has=chip)


def level(row: Locator) -> int:
    return int(row.get_attribute("aria-level") or 0)


def test_the_keys_switch_the_views_and_back_undoes_it(page: Page) -> None:
    for key, name in (("c", "chains"), ("m", "matrix"), ("t", "table"), ("g", "graph")):
        page.keyboard.press(key)
        expect(page.locator(f"#view-{name}")).to_have_attribute("aria-pressed", "true")
        assert ("view=" in page.url) == (name != "graph")
    page.go_back()
    expect(page.locator("#table")).to_be_visible()
    page.go_forward()
    expect(page.locator("#graph-box")).to_be_visible()


def test_chains_lead_from_the_daemon_to_a_container_and_explain_each_step(page: Page, start: Start) -> None:
    start("web", 2, command=["sh", "-c", "sleep 1000 & wait"])
    page.keyboard.press("c")
    row = step(page, "web")
    expect(row).to_contain_text("init")
    expect(row.locator(".t-net")).to_be_visible()
    page.locator("#chains .step", has_text="dockerd").first.click()
    expect(page.locator("#chains")).to_contain_text("Answers the engine’s API")
    expect(page.locator("#chains")).to_contain_text("Holds the container’s streams and exit status")
    assert level(row) >= 3


def test_the_keyboard_moves_in_opens_and_closes_the_chains(page: Page, start: Start) -> None:
    start("keys", 2, command=["sh", "-c", "sleep 1000 & wait"])
    page.keyboard.press("c")
    step(page, "keys").click()
    expect(page.locator("#details")).to_contain_text("init")
    selected = page.locator("#chains .step.selected")
    before = page.evaluate("history.length")
    page.keyboard.press("ArrowRight")
    expect(selected).to_contain_text("sleep")
    page.keyboard.press("ArrowLeft")
    expect(selected).to_contain_text("init")
    assert page.evaluate("history.length") == before
    page.keyboard.press("ArrowLeft")
    expect(selected).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(page.locator("#chains .step.selected")).to_have_attribute("aria-expanded", "false")


def test_a_search_leaves_the_way_to_what_it_finds(page: Page, start: Start) -> None:
    start("found", 2, command=["sh", "-c", "sleep 31415 & wait"])
    page.keyboard.press("c")
    page.fill("#search", "31415")
    expect(page.locator("#chains .step:not(.beside)").first).to_be_visible()
    expect(page.locator("#chains .step.beside", has_text="dockerd")).to_be_visible()
    expect(step(page, "found")).to_be_visible()
    page.fill("#search", "nothing-of-that-name")
    expect(page.locator("#chains")).to_contain_text("Nothing here matches.")


def cell(page: Page, name: str, kind: str) -> Locator:
    """The cell of the matrix for a container and a type."""
    row = page.locator("#matrix .mx-row").filter(has=page.locator(".mx-title-text", has_text=f"{PREFIX}{name}"))
    return row.locator(f".mx-cell.t-{kind}")


def test_the_matrix_says_what_is_the_hosts_what_is_shared_and_with_whom(page: Page, start: Start) -> None:
    web = start("mx-web")
    start("mx-side", network_mode=f"container:{web.id}")
    start("mx-host", network_mode="host")
    page.keyboard.press("m")
    expect(cell(page, "mx-host", "net")).to_be_visible()
    page.click(".mx-note")  # what is the same in every row
    expect(cell(page, "mx-web", "mnt")).to_have_attribute("data-how", "own")
    expect(cell(page, "mx-host", "net")).to_have_attribute("data-how", "host")
    expect(cell(page, "mx-side", "net")).to_have_attribute("data-how", "shared")
    cell(page, "mx-side", "net").hover()
    expect(page.locator(".mx-tip")).to_contain_text(f"shared with {PREFIX}mx-web")
    expect(page.locator("#matrix .summary")).to_contain_text("the host’s network")
    expect(page.locator("#matrix .differs")).to_have_count(0)


def test_a_click_in_the_matrix_selects_the_namespace_for_every_view(page: Page, start: Start) -> None:
    web = start("sel-web")
    start("sel-side", network_mode=f"container:{web.id}")
    page.keyboard.press("m")
    cell(page, "sel-web", "net").click()
    expect(page.locator("#details")).to_contain_text("Network namespace")
    expect(page.locator("#matrix .picked")).to_have_count(2)
    page.keyboard.press("c")
    expect(page.locator("#chains .step.lives")).not_to_have_count(0)


def test_a_sentence_over_the_matrix_leaves_only_what_it_is_about(page: Page, start: Start) -> None:
    start("only-own")
    start("only-host", network_mode="host")
    page.keyboard.press("m")
    page.locator("#matrix .summary").get_by_role("button", name="the host’s network").click()
    expect(page.locator("#search")).to_have_value("host:net")
    expect(cell(page, "only-host", "net")).to_be_visible()
    expect(cell(page, "only-own", "net")).to_have_count(0)
    page.reload()
    expect(cell(page, "only-own", "net")).to_have_count(0)


def test_keys_move_in_the_matrix_and_its_order_is_in_the_link(page: Page, start: Start) -> None:
    start("walk")
    page.fill("#search", f"container:{PREFIX}walk")
    page.locator("#search").blur()
    page.keyboard.press("m")
    page.select_option("#matrix-order", "least")
    expect(page.locator("#matrix .mx-row[data-key]").first).to_be_visible()
    assert "order=least" in page.url
    page.locator("#matrix-grid").focus()
    for key in ("ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator("#matrix-grid .active")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#details")).to_contain_text("namespace")


def rows(page: Page) -> list[str]:
    """What stands in the column of names, top to bottom as it is seen."""
    found = page.locator("#table-grid .table-body .row")
    places = found.evaluate_all(
        "all => all.map(one => [Number(one.ariaRowIndex), one.querySelector('.row-name').textContent])"
    )
    return [name for _, name in sorted(places)]


def test_the_table_sorts_by_any_column_and_keeps_it_in_the_link(page: Page, start: Start) -> None:
    start("tb", 2, command=["sh", "-c", "sleep 1000 & wait"])
    page.keyboard.press("t")
    page.fill("#search", f"container:{PREFIX}tb")
    expect(page.locator("#table-grid .table-body .row")).to_have_count(2)
    page.click("[data-sort=comm]")
    assert rows(page) == ["sh", "sleep"]
    page.click("[data-sort=comm]")
    expect(page.locator("#table-grid [aria-sort=descending]")).to_contain_text("Process")
    assert rows(page) == ["sleep", "sh"]
    page.reload()
    expect(page.locator("#table-grid .table-body .row")).to_have_count(2)
    assert rows(page) == ["sleep", "sh"]


def test_the_reader_chooses_the_columns_for_the_link_and_for_the_next_visit(page: Page) -> None:
    page.keyboard.press("t")
    page.click("#columns-open")
    page.check("[data-column=parent]")
    page.uncheck("[data-column=cmdline]")
    page.keyboard.press("Escape")
    expect(page.locator("#table-grid .head")).to_contain_text("Parent")
    expect(page.locator("#table-grid .head")).not_to_contain_text("Command line")
    assert "columns=" in page.url
    page.goto(page.url.split("?")[0] + "?view=table")
    expect(page.locator("#table-grid .head")).to_contain_text("Parent")
    page.click("#columns-open")
    page.click("#columns-usual")
    expect(page.locator("#table-grid .head")).to_contain_text("Command line")
    expect(page.locator("#table-grid .head")).not_to_contain_text("Parent")


def test_rows_are_copied_as_csv_in_which_no_hostile_name_is_a_formula(page: Page, start: Start) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start("csv", 2, command=["sh", "-c", 'sleep 1000 & wait # "a", b', "=1+1"])
    page.keyboard.press("t")
    page.fill("#search", f"container:{PREFIX}csv")
    expect(page.locator("#table-grid .table-body .row")).to_have_count(2)
    page.click("#copy-csv")
    expect(page.locator("#toast")).to_contain_text("2 rows are copied")
    lines = list(csv.DictReader(io.StringIO(page.evaluate("navigator.clipboard.readText()"))))
    assert [line["Process"] for line in lines] == ["sh", "sleep"]
    assert lines[0]["Command line"] == 'sh -c sleep 1000 & wait # "a", b =1+1'
    page.locator("#table-grid .table-body .row").nth(1).click()
    page.locator("#table-grid").focus()
    page.keyboard.press("Control+c")
    expect(page.locator("#toast")).to_contain_text("1 row is copied")


def test_keys_move_and_select_in_the_table(page: Page, start: Start) -> None:
    start("keys", 5, command=["sh", "-c", "sleep 1001 & sleep 1002 & sleep 1003 & sleep 1004 & wait"])
    page.keyboard.press("t")
    page.fill("#search", f"container:{PREFIX}keys")
    expect(page.locator("#table-grid .table-body .row")).to_have_count(5)  # processes of the host come and go
    page.locator("#table-grid").focus()
    page.keyboard.press("Home")
    expect(page.locator("#table-grid .row.selected")).to_have_count(1)
    before = page.url
    page.keyboard.press("ArrowDown")
    page.wait_for_function("before => location.href !== before", arg=before)
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#table-grid .row.chosen")).to_have_count(3)
    expect(page.locator("#copy-csv")).to_have_text("Copy the chosen rows as CSV")


def test_one_selection_search_and_link_is_for_all_views(page: Page, start: Start) -> None:
    box = start("all", 2, command=["sh", "-c", "sleep 27182 & wait"])
    page.fill("#search", f"container:{PREFIX}all")
    page.locator("#search").blur()
    page.keyboard.press("t")
    page.locator("#table-grid .row-name").get_by_text("sleep", exact=True).click()
    page.keyboard.press("c")
    expect(page.locator("#chains .step.selected")).to_contain_text("sleep")
    page.keyboard.press("m")
    expect(page.locator("#matrix .mx-row.selected")).to_have_attribute("data-key", box.id)
    link = page.url
    page.goto(page.url.split("?")[0])
    page.goto(link)
    expect(page.locator("#matrix .mx-row.selected")).to_have_attribute("data-key", box.id)
    expect(page.locator("#search")).to_have_value(f"container:{PREFIX}all")
    expect(page.locator("#details")).to_contain_text("sleep")
