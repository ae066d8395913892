"""Headlines as sentences: one place says what each kind is called, and no line is lost without being counted."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.compare.comparison import compare
from inspector.analysis.compare.headlines.headline import Clause, Headline
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import describe
from inspector.analysis.text.escape import plain
from inspector.analysis.text.headlines import say_headlines, sum_up_headlines
from inspector.analysis.text.report import escape, to_markdown
from inspector.facts.types import HostState
from tests.fixtures.headlines import FILE, Case, cases, every_kind, say_lines
from tests.support.busy_host import busy_host, quiet_host
from tests.support.lives import laws
from tests.support.states import host_states

BUSY = compare(*sides_of(quiet_host(), busy_host()))


def test_the_kept_lines_are_those_that_are_said() -> None:
    """The page's test reads the same file: ``python -m tests.fixtures.headlines`` writes it."""
    assert msgspec.json.decode(FILE.read_bytes(), type=list[Case]) == cases()


@given(st.integers(2, 40))
def test_what_does_not_fit_is_counted(most: int) -> None:
    headlines = every_kind()
    lines = say_headlines(headlines, str, most)
    assert len(lines) <= most
    named = {key for line in lines for key in line.keys}
    more = re.fullmatch(r"and (\d+) more containers?", lines[-1].text)
    assert len(named) + (int(more[1]) if more else 0) == len(headlines)


def test_fifteen_busy_minutes_of_sixty_containers_are_a_report_of_one_screen() -> None:
    text, brief = describe(BUSY, "--all"), describe(BUSY, "--all", brief=True)
    assert len(text) <= 58 and len(brief) <= 18
    assert text[0] == ("3 newly exposed, 6 restarted, 6 stopped, 6 gone, 6 recreated, 6 new, 6 with other limits")
    assert text[1:3] == [
        "shop:",
        "  shop-service-0, shop-service-20 and shop-service-40 were recreated; are newly exposed: "
        "network shared with the host; changed: image app:1 → app:2",
    ]
    assert text[-1] == brief[-1] == "--all"
    told = "\n".join(text[:18])
    assert {name for name in ("shop", "data", "ci", "monitoring") if f"\n{name}:" in told} == {
        "shop",
        "data",
        "ci",
        "monitoring",
    }
    markdown = to_markdown(BUSY, more="more").splitlines()
    assert len(markdown) <= 60
    assert markdown[2] == f"{text[0]}."
    assert len(to_markdown(BUSY, more="more", brief=True).splitlines()) <= 20


def test_sharing_by_default_is_counted_in_a_line_for_each_type() -> None:
    assert [(fold.why, fold.name) for fold in BUSY.folded] == [
        ("usual", "cgroup namespace"),
        ("usual", "time namespace"),
        ("usual", "user namespace"),
    ]


@laws
@given(host_states(), host_states())
def test_no_report_is_longer_than_a_person_reads(before: HostState, after: HostState) -> None:
    comparison = compare(*sides_of(before, after))
    assert len(describe(comparison, "more")) <= 58
    assert len(describe(comparison, "more", brief=True)) <= 18
    assert to_markdown(comparison, more="more").count("\n") <= 60
    assert to_markdown(comparison, more="more", brief=True).count("\n") <= 20


@pytest.mark.parametrize("rule", [plain, escape])
def test_hostile_names_stay_names(rule: object) -> None:
    hostile = Headline("a\nb", "evil\x1b[31m](x)", "1", None, (Clause("new"),))
    for line in say_headlines([hostile], rule):  # type: ignore[arg-type]
        assert line.text.isprintable()
        assert rule is plain or not re.search(r"(?<!\\)\]\(", line.text)


def test_a_container_is_counted_once_and_what_else_changed_not_beside_it() -> None:
    one = Headline("", "web", "1", None, (Clause("recreated"), Clause("changed")))
    assert sum_up_headlines([one]) == "1 recreated"
    assert say_lines((one,), None) == ["web was recreated; changed"]
