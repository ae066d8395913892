"""The law of merging: two changes as one lead where both lead."""

from __future__ import annotations

from hypothesis import given

from inspector.facts.diff import apply, diff
from inspector.facts.merge import merge
from inspector.facts.types import HostState
from inspector.protocol.frames import as_diff, merge_diffs
from tests.support.states import a_process, a_state, host_states


def test_what_came_and_went_in_between_is_left_out() -> None:
    empty, full = a_state([]), a_state([a_process(7)])
    assert not merge(diff(empty, full), diff(full, empty)).processes


def test_what_went_and_came_again_otherwise_is_changed() -> None:
    before, without, after = a_state([a_process(7, "old")]), a_state([]), a_state([a_process(7, "new")])
    merged = merge(diff(before, without), diff(without, after))
    assert not merged.processes.add and not merged.processes.remove
    assert apply(before, merged, after.taken_at, after.duration_ms) == after


@given(host_states(), host_states(), host_states())
def test_merged_changes_lead_where_both_lead(first: HostState, second: HostState, third: HostState) -> None:
    merged = merge(diff(first, second), diff(second, third))
    assert apply(first, merged, third.taken_at, third.duration_ms) == third


@given(host_states(), host_states(), host_states(), host_states())
def test_three_are_merged_alike_from_either_end(
    first: HostState, second: HostState, third: HostState, fourth: HostState
) -> None:
    a, b, c = diff(first, second), diff(second, third), diff(third, fourth)
    for merged in (merge(merge(a, b), c), merge(a, merge(b, c))):
        assert apply(first, merged, fourth.taken_at, fourth.duration_ms) == fourth


@given(host_states(), host_states(), host_states())
def test_merged_diffs_go_from_the_first_to_the_last_and_say_what_was_left_out(
    first: HostState, second: HostState, third: HostState
) -> None:
    host = first.host.machine_id
    a = as_diff(host, 1, 2, second, diff(first, second), "0" * 16)
    b = as_diff(host, 2, 5, third, diff(second, third), "1" * 16)
    merged = merge_diffs(a, b)
    assert (merged.base, merged.seq, merged.thinned, merged.checksum) == (1, 5, 1, "1" * 16)
    assert apply(first, merged, merged.taken_at, merged.duration_ms) == third
