"""The laws that the one difference obeys, over states that hypothesis builds."""

from __future__ import annotations

import itertools
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import OutOfStep
from inspector.facts.diff import Changes, apply, diff
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Gap, HostState, NamespaceSet, make_state
from tests.support.states import HOST, a_container, a_process, a_state, host_states, some_namespaces


def step(before: HostState, after: HostState) -> HostState:
    """``before`` brought to ``after`` by nothing but their difference."""
    return apply(before, diff(before, after), after.taken_at, after.duration_ms)


def rebuild(state: HostState, **parts: Any) -> HostState:
    """The same state put together anew, with some of its parts replaced."""
    facts: dict[str, Any] = {
        "processes": state.processes,
        "namespaces": state.namespaces,
        "containers": state.containers,
        "chains": state.chains,
        "gaps": state.coverage.gaps,
    }
    return make_state(state.host, state.taken_at, state.duration_ms, **(facts | parts))


@given(host_states(), host_states())
def test_applying_a_difference_gives_the_state_it_leads_to(before: HostState, after: HostState) -> None:
    assert step(before, after) == after


@given(host_states())
def test_a_state_does_not_differ_from_itself(state: HostState) -> None:
    changes = diff(state, msgspec.json.decode(msgspec.json.encode(state), type=HostState))
    assert not changes
    assert len(changes) == 0
    assert changes == Changes()


@given(host_states(), host_states(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_were_found_does_not_matter(
    before: HostState, after: HostState, dice: random.Random
) -> None:
    shuffled = rebuild(
        after,
        **{
            name: dice.sample(facts, len(facts))
            for name, facts in {
                "processes": after.processes,
                "namespaces": after.namespaces,
                "containers": after.containers,
                "chains": after.chains,
                "gaps": after.coverage.gaps,
            }.items()
        },
    )
    assert shuffled == after
    assert diff(before, shuffled) == diff(before, after)


@given(host_states(), st.data())
def test_a_gap_never_removes_the_process_or_its_namespaces(state: HostState, data: st.DataObject) -> None:
    hidden = data.draw(st.sets(st.sampled_from([process.pid for process in state.processes] or [0])))
    blind = rebuild(
        state,
        processes=[
            msgspec.structs.replace(process, namespaces=NamespaceSet()) if process.pid in hidden else process
            for process in state.processes
        ],
        gaps=[*state.coverage.gaps, *(Gap(pid, "ns", "forbidden") for pid in hidden)],
    )
    changes = diff(state, blind)
    assert changes.processes.remove == ()
    assert changes.namespaces.remove == ()
    opened = changes.coverage.add if changes.coverage else ()
    assert set(opened) == {Gap(pid, "ns", "forbidden") for pid in hidden}
    assert step(state, blind) == blind


@given(st.lists(host_states(), min_size=2, max_size=6))
def test_many_differences_replayed_equal_the_last_state(states: list[HostState]) -> None:
    replayed = states[0]
    for before, after in itertools.pairwise(states):
        wire = msgspec.json.encode(diff(before, after))
        replayed = apply(replayed, msgspec.json.decode(wire, type=Changes), after.taken_at, after.duration_ms)
    assert replayed == states[-1]


def test_a_thousand_differences_replayed_equal_the_last_state() -> None:
    dice = random.Random(7)
    spaces = some_namespaces(1)[0] + some_namespaces(2)[0]
    sets = (some_namespaces(1)[1], some_namespaces(2)[1])
    replayed = last = a_state([], spaces)
    for moment in range(1000):
        members = [
            a_process(pid, start=dice.randrange(2), comm=dice.choice("ab"), namespaces=dice.choice(sets))
            for pid in dice.sample(range(1, 30), 12)
        ]
        after = a_state(members, spaces, duration_ms=float(moment))
        replayed = apply(replayed, diff(last, after), after.taken_at, after.duration_ms)
        last = after
    assert replayed == last


@given(host_states(), host_states(), host_states())
def test_changes_on_a_wrong_base_fit_exactly_or_are_refused(
    base: HostState, after: HostState, other: HostState
) -> None:
    try:
        result = apply(other, diff(base, after), after.taken_at, after.duration_ms)
    except OutOfStep:
        return
    assert {process.key for process in result.processes} >= {
        process.key for process in diff(base, after).processes.add
    }


def test_removing_what_is_not_there_is_out_of_step() -> None:
    gone = diff(a_state([a_process(5)]), a_state([]))
    with pytest.raises(OutOfStep, match="cannot be removed"):
        apply(a_state([]), gone, "", 0)


def test_changing_what_is_not_there_is_out_of_step() -> None:
    renamed = diff(a_state([a_process(5, "before")]), a_state([a_process(5, "after")]))
    with pytest.raises(OutOfStep, match="cannot be changed"):
        apply(a_state([]), renamed, "", 0)


def test_adding_what_is_there_already_is_out_of_step() -> None:
    born = diff(a_state([]), a_state([a_process(5)]))
    with pytest.raises(OutOfStep, match="cannot be added"):
        apply(a_state([a_process(5)]), born, "", 0)


def test_a_pid_used_again_is_one_process_gone_and_another_come() -> None:
    changes = diff(a_state([a_process(5, start=1)]), a_state([a_process(5, start=2)]))
    assert len(changes.processes.remove) == 1
    assert [process.start_ticks for process in changes.processes.add] == [2]
    assert changes.processes.change == ()


def test_only_the_fields_that_changed_travel() -> None:
    changes = diff(a_state([a_process(5, "sh")]), a_state([a_process(5, "sh", ppid=9)]))
    assert msgspec.to_builtins(changes.processes.change) == ({"key": "0f3c2d1e:5:100", "set": {"ppid": 9}},)


def test_a_number_of_members_alone_is_no_change_of_the_namespace() -> None:
    changes = diff(a_state([a_process(5)]), a_state([a_process(5), a_process(6)]))
    assert not changes.namespaces
    after = step(a_state([a_process(5)]), a_state([a_process(5), a_process(6)]))
    assert {space.processes for space in after.namespaces} == {2}


def test_a_namespace_made_again_under_the_same_inode_is_another_one() -> None:
    old, new = some_namespaces(2)[0], some_namespaces(3)[0]
    again = [msgspec.structs.replace(new_one, inode=old_one.inode) for old_one, new_one in zip(old, new, strict=True)]
    changes = diff(a_state([], old), a_state([], again))
    assert len(changes.namespaces.remove) == len(changes.namespaces.add) == len(TYPES)


def test_a_restarted_container_keeps_its_identity() -> None:
    before = a_state([], containers=[a_container(1, init_pid=10)])
    after = a_state([], containers=[a_container(1, init_pid=20)])
    [change] = diff(before, after).containers.change
    assert msgspec.to_builtins(change.set) == {"init_pid": 20}


def test_a_renamed_host_is_told() -> None:
    before = a_state([])
    after = msgspec.structs.replace(before, host=msgspec.structs.replace(HOST, hostname="fern"))
    assert diff(before, after).host_info == after.host
    assert diff(before, after)
    assert step(before, after) == after
