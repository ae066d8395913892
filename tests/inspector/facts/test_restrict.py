"""A state in the terms of an older schema, with facts of an invented schema 3."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.facts import checksum as sums
from inspector.facts.checksum import Tally, checksum, hash_fact
from inspector.facts.diff import Changes, Fact, Patch, Section, _patch_type, apply, diff
from inspector.facts.restrict import restrict, restrict_state
from inspector.facts.since import later_fields, newest_field, since
from inspector.facts.types import SCHEMA, Container, Gap, HostState, Key, Process
from inspector.protocol import frames
from tests.support.states import a_process, a_state, host_states

FUTURE = SCHEMA + 1


class Pod(Fact, frozen=True):
    key: Key
    name: str


class FutureProcess(Process, frozen=True):
    nice: Annotated[int | None, since(FUTURE)] = None
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=9), since(FUTURE + 1)] = ()


class FutureState(Fact, frozen=True):
    processes: tuple[FutureProcess, ...] = ()
    containers: tuple[Container, ...] = ()
    pods: Annotated[tuple[Pod, ...], since(FUTURE)] = ()


class Port(Fact, frozen=True):
    number: int
    open: Annotated[bool, since(FUTURE)] = False


class Whole(Fact, frozen=True):
    ports: tuple[Port, ...]
    first: Port
    ratio: Annotated[float | None, since(FUTURE)] = None
    labels: Annotated[dict[str, str | None], since(FUTURE)] = {}
    last: Annotated[Port | None, since(FUTURE)] = None


FutureFields = _patch_type(FutureProcess, ("key", "pid", "start_ticks"))


class FutureChanges(Fact, frozen=True):
    processes: Section[FutureProcess, FutureFields] = Section()  # type: ignore[valid-type]


def future(process: Process, **facts: object) -> FutureProcess:
    return FutureProcess(**msgspec.structs.asdict(process), **facts)  # type: ignore[arg-type]


def test_a_field_says_since_which_schema_it_is_there() -> None:
    told = {"state": 3, "entered": 3, "confinement": 3, "nice": FUTURE, "tags": FUTURE + 1}
    assert later_fields(FutureProcess) == later_fields(FutureFields) == told
    assert newest_field(FutureState) == newest_field(FutureChanges) == FUTURE + 1
    assert newest_field(Pod) == 1


def test_every_field_that_came_later_has_a_default_and_a_schema_that_is_spoken() -> None:
    kinds = [HostState, Changes, frames.Reset, frames.Diff, frames.Heartbeat, frames.Metrics]
    assert all(newest_field(kind) <= SCHEMA for kind in kinds)  # type: ignore[arg-type]
    for kind in kinds:
        for name in later_fields(kind):  # type: ignore[arg-type]
            (field,) = [one for one in msgspec.structs.fields(kind) if one.name == name]
            assert not field.required, f"{kind.__name__}.{name}"


def test_a_slow_engine_is_gone_in_older_schemas() -> None:
    slow, gone = (a_state([], gaps=[Gap(None, "docker", why)]) for why in ("slow", "gone"))
    assert restrict(slow, 2).coverage == restrict(slow, 1).coverage == gone.coverage
    assert restrict(slow, 3).coverage == slow.coverage
    assert apply(restrict(gone, 2), restrict(diff(gone, slow), 2), slow.taken_at, 0.0).coverage == gone.coverage


def test_a_newer_field_gets_its_default() -> None:
    state = FutureState((future(a_process(1), nice=5, tags=("a",)),), (), (Pod("p", "web"),))
    assert restrict(state, FUTURE + 1) is state
    assert restrict(state, FUTURE) == FutureState((future(a_process(1), nice=5),), (), (Pod("p", "web"),))
    assert restrict(state, SCHEMA) == FutureState((future(a_process(1)),))


def test_a_field_without_a_default_cannot_be_left_out() -> None:
    class Wrong(Fact, frozen=True):
        nice: Annotated[int, since(FUTURE)]

    with pytest.raises(TypeError, match="nice came later and has no default"):
        restrict(Wrong(1), SCHEMA)


def test_a_patch_of_newer_fields_alone_is_dropped_and_another_stays() -> None:
    section = Section(
        add=(future(a_process(9), nice=1),),
        change=(Patch("a", FutureFields(nice=3)), Patch("b", FutureFields(nice=3, comm="sh"))),
        remove=("c",),
    )
    restricted = restrict(FutureChanges(section), SCHEMA).processes
    assert restricted.add == (future(a_process(9)),)
    assert restricted.change == (Patch("b", FutureFields(comm="sh")),)
    assert restricted.remove == ("c",)


@given(host_states(), st.integers(1, SCHEMA))
def test_a_state_without_newer_facts_stays_what_it_is(state: HostState, schema: int) -> None:
    state = msgspec.structs.replace(restrict_state(state, 1), schema=SCHEMA)
    older = restrict_state(state, schema)
    assert older.schema == schema
    assert msgspec.structs.replace(older, schema=SCHEMA) == state
    assert checksum(older) == checksum(state)


@given(host_states(), host_states(), st.integers(1, SCHEMA))
def test_changes_and_states_are_restricted_alike(before: HostState, after: HostState, schema: int) -> None:
    changes = diff(before, after)
    moment = (after.taken_at, after.duration_ms)
    left = restrict_state(apply(before, changes, *moment), schema)
    right = apply(restrict_state(before, schema), restrict(changes, schema), *moment)
    assert left == restrict_state(right, schema)
    tally = Tally(restrict_state(before, schema))
    tally.apply(restrict(changes, schema))
    assert str(tally) == checksum(left)


def test_a_quiet_state_is_not_copied() -> None:
    state = a_state([a_process(1)])
    assert restrict(state, 1) is state


@given(
    st.none() | st.integers(-20, 19),
    st.lists(st.text(max_size=3), max_size=3).map(tuple),
    st.none() | st.integers(-20, 19),
    st.lists(st.text(max_size=3), max_size=3).map(tuple),
)
def test_a_later_field_counts_in_its_schema_and_not_in_an_older_one(
    nice: int | None, tags: tuple[str, ...], other: int | None, others: tuple[str, ...]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sums._FIELDS, FutureProcess, sums._FIELDS[Process])
        first, second = (future(a_process(1), nice=a, tags=b) for a, b in ((nice, tags), (other, others)))
        for schema in (SCHEMA, FUTURE, FUTURE + 1):
            left, right = restrict(first, schema), restrict(second, schema)
            assert (hash_fact(left) == hash_fact(right)) == (left == right)
        assert hash_fact(restrict(first, SCHEMA)) == hash_fact(a_process(1))


def test_later_fields_are_written_by_their_types_wherever_they_stand() -> None:
    quiet = Whole((Port(1), Port(2)), Port(3))
    assert list(sums._later(quiet)) == []
    loud = Whole((Port(1), Port(2, True)), Port(3, True), 0.5, {"b": "x", "a": None}, Port(9))
    assert list(sums._later(loud)) == [
        *("ports.1.open", "1", "first.open", "1", "ratio", "3fe0000000000000"),
        *("labels", "2", "a", "", "b", "=x", "last", "9", "0"),
    ]
