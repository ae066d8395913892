"""The search box as a person uses it: completion, what is left out, what is not understood, saved searches."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.running import Run

pytestmark = pytest.mark.browser


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search containers and processes")


def options(page: Page) -> Locator:
    return page.locator("#search-options").get_by_role("option")


def search(page: Page, text: str) -> None:
    """Type it, and go on."""
    box(page).fill(text)
    page.keyboard.press("Tab")


def test_a_field_and_its_value_are_completed_by_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("us")
    expect(options(page).first).to_contain_text("user:")
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", "search-options-0")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("user:")
    page.keyboard.type("ro")
    expect(options(page)).to_have_count(1)
    expect(options(page).first).to_contain_text("root")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value("user:root ")
    expect(options(page)).to_have_count(0)
    assert "q=user%3Aroot" in page.url


def test_escape_closes_the_list_then_clears_the_text_then_leaves(page: Page) -> None:
    box(page).fill("ro")
    expect(options(page).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("ro")
    page.keyboard.press("Escape")
    expect(box(page)).to_have_value("")
    page.keyboard.press("Escape")
    expect(box(page)).not_to_be_focused()


def test_a_term_that_is_not_understood_is_explained_where_it_stands(page: Page) -> None:
    search(page, "user:root memory>lots")
    why = page.get_by_role("button", name="“lots” isn’t an amount")
    expect(why).to_be_visible()
    expect(page.locator("#search-echo .misread")).to_have_text("memory>lots")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    why.click()
    selected = "input => input.value.slice(input.selectionStart, input.selectionEnd)"
    assert box(page).evaluate(selected) == "memory>lots"
    search(page, "user:root")
    expect(why).to_have_count(0)
    expect(box(page)).to_have_attribute("aria-invalid", "false")


def test_what_a_search_and_a_filter_leave_out_is_said_and_shown_with_one_click(page: Page) -> None:
    search(page, "comm=kthreadd")
    note = page.locator("#find-note")
    expect(note).to_contain_text("1 more matches among the hidden kernel threads.")
    expect(page.locator("#view-table")).to_have_attribute("data-count", "0")
    page.get_by_role("button", name="Show kernel threads").click()
    expect(page.locator("#view-table")).to_have_attribute("data-count", "1")
    expect(note).to_contain_text("other processes do not match.")
    note.get_by_role("button", name="Clear the search").click()
    expect(box(page)).to_have_value("")
    expect(page.locator("#view-table")).not_to_have_attribute("data-count", "1")
    expect(note).to_be_hidden()


def test_a_search_without_a_match_says_so_and_is_cleared_with_one_click(page: Page) -> None:
    search(page, "comm=no-such-program")
    note = page.locator("#find-note")
    expect(note).to_contain_text(re.compile(r"None of \d+ processes match\."))
    note.get_by_role("button", name="Clear the search").click()
    expect(note).to_be_hidden()


def test_a_search_outlives_a_reload_and_shows_in_every_view(page: Page) -> None:
    search(page, "pid<2")
    page.reload()
    expect(box(page)).to_have_value("pid<2")
    expect(page.locator("#search-count")).to_have_text("1 process")
    page.locator("#view-table").click()
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_saved_search_is_a_link_that_comes_back_after_it_was_deleted(page: Page, isoscope: Run) -> None:
    search(page, "pid<2")
    page.locator("#view-table").click()
    page.get_by_role("button", name="Saved searches").click()
    page.get_by_role("textbox", name="Name of the search").fill("The first one")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.get_by_role("link", name="The first one")
    expect(link).to_have_attribute("href", "?" + page.url.split("?")[1])
    page.get_by_role("button", name="Delete The first one").click()
    expect(link).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    page.goto(isoscope.url())
    page.get_by_role("button", name="Saved searches").click()
    link.click()
    expect(box(page)).to_have_value("pid<2")
    expect(page.get_by_role("row")).to_have_count(2)
    page.go_back()
    expect(box(page)).to_have_value("")


def test_what_the_graph_does_not_draw_is_drawn_with_one_click(page: Page) -> None:
    hidden = page.locator("#hidden")
    hidden.get_by_role("button", name="kernel thread").click()
    expect(page.get_by_role("checkbox", name="Kernel threads")).to_be_checked()
    expect(hidden).not_to_contain_text("kernel thread")
