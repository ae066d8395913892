"""A comparison as JSON, CSV and Markdown: complete, and harmless whatever processes and containers are called."""

from __future__ import annotations

import csv
import io
import re
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.compare.comparison import Comparison, compare, findings_of
from inspector.analysis.compare.findings import Passed, PassedGroup
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.report import COLUMNS, escape, guard, to_csv, to_json, to_markdown
from inspector.facts.types import HostState
from tests.support.lives import laws
from tests.support.states import a_container, a_process, a_state, host_states

HOSTILE = "evil](http://x)|<img src=x onerror=1>`\n# new\r\n- item\x1b[31m=1+1&lt;"
WEB = a_container(1, HOSTILE, init_pid=20)


def between(before: HostState, after: HostState, folding: Folding | None = None) -> Comparison:
    return compare(*sides_of(before, after), folding or Folding(all=True))


def hostile() -> Comparison:
    """Everything in it is called :data:`HOSTILE`."""
    after = a_state([a_process(7, HOSTILE), a_process(8, HOSTILE, container=WEB.id)], containers=[WEB])
    return between(a_state([]), after)


def rows_of(comparison: Comparison) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(comparison), newline="")))


@laws
@given(host_states(), host_states())
def test_json_is_read_back_as_it_was(before: HostState, after: HostState) -> None:
    comparison = between(before, after)
    assert msgspec.json.decode(to_json(comparison), type=Comparison) == comparison


@laws
@given(host_states(), host_states())
def test_csv_has_one_row_for_each_finding(before: HostState, after: HostState) -> None:
    comparison = between(before, after)
    rows = rows_of(comparison)
    told = [(finding.group, finding.kind, finding.key) for finding in findings_of(comparison)]
    assert [(row["group"], row["kind"], row["key"]) for row in rows] == told
    assert all(len(row) == len(COLUMNS) for row in rows)


@laws
@given(host_states(), host_states())
def test_no_cell_of_csv_begins_a_formula(before: HostState, after: HostState) -> None:
    for row in rows_of(between(before, after)):
        assert not [cell for cell in row.values() if re.match(r"\s*[=+\-@|%]", cell)]
        assert all(cell.isprintable() for cell in row.values())


@given(st.sampled_from("=+-@|%＝＋－＠\t\r\n"), st.text(max_size=5), st.sampled_from(("", " ", "\t", "\u00a0", "\n")))
def test_a_cell_that_a_spreadsheet_would_calculate_is_text(first: str, rest: str, space: str) -> None:
    assert guard(space + first + rest).startswith("'")


@pytest.mark.parametrize("harmless", ["", "web", "sh -c x", "4026531840", "a=b"])
def test_a_cell_that_is_no_formula_stays_as_it_is(harmless: str) -> None:
    assert guard(harmless) == harmless


def test_what_is_folded_is_counted_in_csv_and_markdown() -> None:
    checks = [a_process(pid, "sh", cmdline=("healthcheck",)) for pid in range(20, 28)]
    comparison = between(a_state([]), a_state(checks), Folding())
    assert [(row["group"], row["name"], row["to"]) for row in rows_of(comparison)] == [("folded", "sh", "8 appeared")]
    assert "sh ×8 on the host" in to_markdown(comparison)


def test_markdown_tells_host_both_moments_in_both_zones_counts_and_groups() -> None:
    before = a_state([a_process(7)], taken_at="2026-11-23T03:10:00+00:00")
    after = a_state([a_process(8)], taken_at="2026-11-23T04:10:00+00:00")
    text = to_markdown(between(before, after), ZoneInfo("Asia/Tokyo"))
    assert text.startswith("# What changed on orchid\n")
    assert "| before | 0 | 2026-11-23 03:10:00 | 2026-11-23 12:10:00 JST |" in text
    assert "| Processes | 1 appeared, 1 gone |" in text
    assert "\n## Processes\n" in text
    assert "\n- \\+ sleep 8: sleep\n" in text


def test_markdown_says_when_nothing_changed_and_what_passed() -> None:
    state = a_state([a_process(7)])
    passed = Passed(3, 2, False, (PassedGroup(None, "the host", "curl", 3),))
    text = to_markdown(compare(*sides_of(state, state), passed=passed))
    assert "Nothing changed." in text
    assert "3 processes, 2 of them within 10 s" in text
    assert "curl ×3 on the host" in text


def test_hostile_names_are_no_markup_and_add_no_line_to_markdown() -> None:
    text = to_markdown(hostile())
    assert "\x1b" not in text
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(|(?<!\\)`", text)
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("# ")] == ["# What changed on orchid"]
    assert not [line for line in lines if line.startswith("- item")]


def test_hostile_names_break_no_table_of_markdown() -> None:
    tables = [line for line in to_markdown(hostile()).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in tables} == {3, 7}


@given(st.text(max_size=30))
def test_escaped_text_is_itself_again_when_read_as_markdown(text: str) -> None:
    shown = escape(text)
    assert "\n" not in shown
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        read = read.replace(entity, letter)
    printable = "".join(x if x.isprintable() else x.encode("unicode_escape").decode() for x in text)
    assert read == (printable if len(printable) <= 100 else printable[:99] + "…")


@pytest.mark.parametrize(
    "text", ["- x", "+ x", " - x", "1. x", "23) x", "=== x", "# x", "> x", "* x", "```", "---", "| x"]
)
def test_no_name_at_the_start_of_a_line_begins_a_block(text: str) -> None:
    assert not re.match(r"\s*([-+*=#>|`]|\d+[.)])", escape(text))


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "a@evil.example", "@everyone", "#12"])
def test_no_name_becomes_a_link_or_a_mention(text: str) -> None:
    assert escape(text) != text
    assert not re.search(r"https?://|www\.|(?<!\\)@|(?<!\\)#", escape(text))
