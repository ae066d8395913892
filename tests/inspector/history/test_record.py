"""The laws of history, on random states, and what it does with frames that do not fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import Diverged, HostAway, MalformedFrame, NoSuchSnapshot, OutOfStep
from inspector.facts.checksum import checksum
from inspector.facts.diff import Changes, Patch, ProcessFields, Section, diff
from inspector.facts.types import Completion, Gap, HostState, NamespaceSet, process_key
from inspector.history import bookmarks, hosts, intervals, record
from inspector.history.record import NOTHING, Recorded
from inspector.history.rows import KEYED
from inspector.history.snapshots import last_seq, seq_at
from inspector.history.states import changes_between, diff_between, state_at
from inspector.models import (
    ChainInterval,
    ContainerInterval,
    GapInterval,
    Host,
    HostInterval,
    Interval,
    Mark,
    NamespaceInterval,
    ProcessInterval,
    Snapshot,
    Value,
    Watch,
)
from inspector.protocol.frames import Batch, Heartbeat, Reset, as_diff
from tests.support.lives import START, laws, lives, on_host, record_all, reset, step
from tests.support.states import (
    HOST,
    a_container,
    a_process,
    a_state,
    host_states,
    some_namespaces,
)

pytestmark = pytest.mark.django_db

INTERVAL = timedelta(seconds=5)
TABLES: list[type[Interval]] = [
    ProcessInterval,
    NamespaceInterval,
    ContainerInterval,
    ChainInterval,
    GapInterval,
    HostInterval,
]


def at(state: HostState, number: int) -> HostState:
    return msgspec.structs.replace(state, taken_at=(START + number * INTERVAL).isoformat())


def forget() -> None:
    """Hypothesis runs many examples within one test's transaction."""
    Mark.objects.all().delete()
    Host.objects.all().delete()


def count_rows() -> dict[str, int]:
    return {model.__name__: model._default_manager.count() for model in (*TABLES, Snapshot, Value, Watch)}


@laws
@given(lives())
def test_each_state_comes_back_exactly_under_its_seq(life: tuple[list[HostState], list[bool]]) -> None:
    forget()
    for (machine_id, seq), state in record_all(*life).items():
        assert state_at(machine_id, seq) == state


@laws
@given(lives())
def test_the_newest_state_is_read_alike_from_open_rows_and_from_keyframes(
    life: tuple[list[HostState], list[bool]],
) -> None:
    forget()
    for machine_id, seq in record_all(*life):
        host = hosts.get(machine_id)
        if seq == host.last_seq:
            for kind in KEYED:
                now = intervals.holding_now(kind, host.pk, seq)
                assert {fact.key: fact for fact in now} == {
                    fact.key: fact for fact in intervals.holding_at(kind, host.pk, seq)
                }


@laws
@given(lives())
def test_changes_between_two_seqs_are_the_difference_of_their_states(
    life: tuple[list[HostState], list[bool]],
) -> None:
    forget()
    recorded = record_all(*life)
    for machine_id, first in recorded:
        for other, second in recorded:
            if machine_id == other:
                states = state_at(machine_id, first), state_at(machine_id, second)
                assert changes_between(machine_id, first, second) == diff(*states)


def test_gaps_that_ended_and_began_again_are_no_difference() -> None:
    gaps = (Gap(7, "cmdline", "forbidden"), Gap(7, "ns", "forbidden"))
    seen = (gaps, (), gaps[1:], gaps)
    states = [at(a_state([a_process(7)], gaps=some), number) for number, some in enumerate(seen)]
    record_all(states, [True] * 4)
    last = last_seq(HOST.machine_id)
    assert changes_between(HOST.machine_id, 1, last).coverage is None
    assert changes_between(HOST.machine_id, last, 1).coverage is None


def test_a_state_is_read_whole_although_a_writer_goes_on_meanwhile() -> None:
    first = at(a_state([a_process(7), a_process(8)]), 0)
    record.record(reset(first, 1))
    reader = hosts.get(HOST.machine_id)
    record.record(reset(at(a_state([a_process(8, comm="other"), a_process(9)]), 1), 2))
    assert state_at(reader) == first


def test_changes_are_read_without_the_rows_that_both_moments_share() -> None:
    shared = [a_process(pid) for pid in range(100, 400)]
    record.record(reset(at(a_state(shared), 0), 1))
    record.record(reset(at(a_state([*shared, a_process(7)]), 1), 2))
    host = hosts.get(HOST.machine_id)
    ended, began = intervals.touched(KEYED[0], host.pk, 1, 2)
    assert not ended
    assert [process.pid for process in began] == [7]


def test_an_unchanged_process_costs_no_row() -> None:
    states = [at(a_state([a_process(7), *([a_process(9)] if number % 2 else [])]), number) for number in range(6)]
    for number, state in enumerate(states):
        record.record(reset(state, number + 1))
    assert ProcessInterval.objects.filter(pid=7).count() == 1
    assert ProcessInterval.objects.filter(pid=9).count() == 3


def test_a_heartbeat_adds_no_row() -> None:
    record.record(reset(at(a_state([a_process(7)]), 0), 1))
    before = count_rows()
    for number in range(1, 10):
        record.beat(HOST.machine_id, Heartbeat(1, (START + number * INTERVAL).isoformat()))
    assert count_rows() == before
    assert hosts.get(HOST.machine_id).taken_at == START + 9 * INTERVAL
    assert Watch.objects.get().until_at == START + 9 * INTERVAL


def test_a_repeated_value_is_stored_once() -> None:
    crowd = [a_process(pid, cmdline=("sleep", "infinity")) for pid in range(100, 200)]
    record.record(reset(at(a_state(crowd), 0), 1))
    assert Value.objects.filter(kind=Value.Kind.COMMAND).count() == 1
    assert Value.objects.filter(kind=Value.Kind.SPACES).count() == 1


def test_a_frame_that_is_held_already_is_not_stored_again() -> None:
    first, second = at(a_state([a_process(7)]), 0), at(a_state([a_process(8)]), 1)
    record.record(reset(first, 1))
    record.record(step(first, 1, second, 2))
    before = count_rows()
    assert record.record(step(first, 1, second, 2)) == Recorded(2, None)
    assert record.record(reset(first, 1)) == Recorded(2, None)
    assert count_rows() == before
    assert state_at(HOST.machine_id) == second


def known(pid: int) -> str:
    return process_key(HOST.boot_id, pid, 100)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(processes=Section(remove=(known(99),))),
        Changes(processes=Section(change=(Patch(known(99), ProcessFields(comm="x")),))),
        Changes(processes=Section(add=(a_process(7),))),
        Changes(processes=Section(add=(a_process(8), a_process(8, comm="twin")))),
        Changes(processes=Section(remove=(known(7), known(7)))),
        Changes(processes=Section(remove=(known(7),), change=(Patch(known(7), ProcessFields(comm="x")),))),
        Changes(processes=Section(remove=("no key at all",))),
        Changes(processes=Section(remove=(process_key("another-boot", 7, 100),))),
        Changes(namespaces=Section(remove=("unheard-of",))),
        Changes(containers=Section(add=(a_container(1),), remove=("unheard-of",))),
        Changes(namespaces=Section(add=(some_namespaces()[0][0],))),
    ],
)
def test_changes_that_do_not_fit_are_refused_and_nothing_of_them_is_stored(changes: Changes) -> None:
    state = at(a_state([a_process(7)]), 0)
    record.record(reset(state, 1))
    before = count_rows()
    good = Changes(processes=Section(add=(a_process(5),)))
    history_of_good = as_diff(HOST.machine_id, 1, 2, at(state, 1), good)
    with pytest.raises(OutOfStep):
        record.record(as_diff(HOST.machine_id, 1, 2, at(state, 1), changes))
    assert count_rows() | {"Value": 0} == before | {"Value": 0}
    assert state_at(HOST.machine_id) == state
    assert record.record(history_of_good).seq == 2


def test_changes_from_another_base_are_refused() -> None:
    first, second = at(a_state([a_process(7)]), 0), at(a_state([a_process(8)]), 1)
    record.record(reset(first, 3))
    for base in (0, 2, 4):
        with pytest.raises(OutOfStep):
            record.record(step(first, base, second, 5))
    assert last_seq(HOST.machine_id) == 3


def test_changes_of_an_unknown_host_are_refused() -> None:
    state = at(a_state([a_process(7)]), 0)
    with pytest.raises(OutOfStep):
        record.record(step(NOTHING, 0, state, 1))
    assert not Host.objects.exists()


def test_a_process_is_removed_and_another_takes_its_pid_in_one_frame() -> None:
    first, second = at(a_state([a_process(7)]), 0), at(a_state([a_process(7, start=200)]), 1)
    record.record(reset(first, 1))
    record.record(step(first, 1, second, 2))
    assert state_at(HOST.machine_id, 1) == first
    assert state_at(HOST.machine_id, 2) == second


@pytest.mark.parametrize(
    "frame",
    [
        Reset("another", 1, START.isoformat(), at(a_state([]), 0)),
        reset(a_state([], taken_at="2026-11-23T03:10:00"), 1),
        reset(a_state([], taken_at="half past three"), 1),
        reset(at(a_state([]), 0), 0),
        reset(on_host(at(a_state([]), 0), "nul\0"), 1),
        reset(at(a_state([msgspec.structs.replace(a_process(7), key="boot:8:100")]), 0), 1),
    ],
)
def test_a_frame_that_contradicts_itself_is_refused(frame: Reset) -> None:
    with pytest.raises(MalformedFrame):
        record.record(frame)
    assert not Host.objects.exists()


def test_changes_cannot_turn_one_host_into_another() -> None:
    state = at(a_state([]), 0)
    record.record(reset(state, 1))
    other = msgspec.structs.replace(HOST, machine_id="c" * 32)
    with pytest.raises(MalformedFrame):
        record.record(as_diff(HOST.machine_id, 1, 2, at(state, 1), Changes(host_info=other)))


def test_history_does_not_hold_what_it_never_saw() -> None:
    with pytest.raises(NoSuchSnapshot):
        state_at("nobody")
    record.record(reset(at(a_state([]), 0), 5))
    for seq in (0, 4, 6):
        with pytest.raises(NoSuchSnapshot):
            state_at(HOST.machine_id, seq)
        with pytest.raises(NoSuchSnapshot):
            changes_between(HOST.machine_id, 5, seq)
    assert last_seq("nobody") == 0


def test_between_two_numbers_the_earlier_state_holds() -> None:
    first, second = at(a_state([a_process(7)]), 0), at(a_state([a_process(8)]), 1)
    record.record(reset(first, 1))
    record.record(reset(second, 4))
    assert state_at(HOST.machine_id, 3) == first


def test_a_moment_names_the_snapshot_that_held() -> None:
    for number in range(3):
        record.record(reset(at(a_state([a_process(7 + number)]), number), number + 1))
    assert seq_at(HOST.machine_id, START) == 1
    assert seq_at(HOST.machine_id, START + INTERVAL + timedelta(seconds=1)) == 2
    assert seq_at(HOST.machine_id, START + timedelta(days=1)) == 3
    with pytest.raises(NoSuchSnapshot):
        seq_at(HOST.machine_id, START - timedelta(microseconds=1))


def test_a_diff_between_two_seqs_is_made_for_whoever_is_at_the_first() -> None:
    states = [at(a_state([a_process(7 + number)]), number) for number in range(3)]
    for number, state in enumerate(states):
        record.record(reset(state, number + 1))
    assert diff_between(HOST.machine_id, 1, 3) == step(states[0], 1, states[2], 3)


def test_a_boot_is_a_snapshot_of_its_own_kind() -> None:
    state = at(a_state([a_process(7)]), 0)
    booted = at(msgspec.structs.replace(state, host=msgspec.structs.replace(HOST, boot_id="f" * 32)), 1)
    renamed = at(msgspec.structs.replace(booted, host=msgspec.structs.replace(booted.host, hostname="new")), 2)
    for seq, each in enumerate((state, booted, renamed), 1):
        record.record(reset(each, seq))
    kinds = list(Snapshot.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == [Snapshot.Kind.FIRST, Snapshot.Kind.BOOT, Snapshot.Kind.RESET]
    assert hosts.get(HOST.machine_id).hostname == "new"
    assert state_at(HOST.machine_id, 2).host == booted.host


def test_an_unreadable_link_is_unknown_and_comes_back_unknown() -> None:
    blind = a_process(7, namespaces=NamespaceSet())
    state = at(a_state([blind], gaps=[Gap(7, "ns", "forbidden"), Gap(None, "docker", "gone")]), 0)
    record.record(reset(state, 1))
    assert state_at(HOST.machine_id) == state


def test_a_heartbeat_ahead_of_history_says_that_frames_are_missing() -> None:
    beat = Heartbeat(2, START.isoformat())
    with pytest.raises(OutOfStep):
        record.beat(HOST.machine_id, beat)
    record.record(reset(at(a_state([]), 0), 1))
    with pytest.raises(OutOfStep):
        record.beat(HOST.machine_id, beat)


def test_a_heartbeat_older_than_history_changes_nothing() -> None:
    record.record(reset(at(a_state([]), 5), 2))
    record.beat(HOST.machine_id, Heartbeat(1, START.isoformat()))
    assert hosts.get(HOST.machine_id).taken_at == START + 5 * INTERVAL


def looks() -> list[tuple[datetime, datetime]]:
    return list(Watch.objects.order_by("id").values_list("from_at", "until_at"))


def test_a_pause_of_more_than_three_intervals_is_a_gap() -> None:
    record.record(reset(at(a_state([]), 0), 1))
    for number in (3, 6, 10):
        record.beat(HOST.machine_id, Heartbeat(1, (START + number * INTERVAL).isoformat()))
    assert looks() == [(START, START + 6 * INTERVAL), (START + 10 * INTERVAL, START + 10 * INTERVAL)]


def test_a_clock_that_steps_back_begins_a_new_watch() -> None:
    record.record(reset(at(a_state([]), 10), 1))
    record.beat(HOST.machine_id, Heartbeat(1, START.isoformat()))
    assert looks() == [(START + 10 * INTERVAL, START + 10 * INTERVAL), (START, START)]


def test_a_new_connection_begins_a_new_watch() -> None:
    record.record(reset(at(a_state([]), 0), 1))
    hosts.begin_watch(HOST.machine_id, 30.0)
    record.beat(HOST.machine_id, Heartbeat(1, (START + INTERVAL).isoformat()))
    record.beat(HOST.machine_id, Heartbeat(1, (START + 15 * INTERVAL).isoformat()))
    assert looks() == [(START, START), (START + INTERVAL, START + 15 * INTERVAL)]


def test_a_snapshot_on_demand_is_the_next_scan() -> None:
    now = datetime.now(UTC)
    state = at(a_state([a_process(7)]), 0)
    record.record(reset(state, 1), now)
    asked = bookmarks.request_snapshot(HOST.machine_id, "ada", "before the upgrade")
    assert asked.seq is None
    record.beat(HOST.machine_id, Heartbeat(1, (START + INTERVAL).isoformat()), now - INTERVAL)
    asked.refresh_from_db()
    assert asked.seq is None  # that look had arrived before
    record.beat(HOST.machine_id, Heartbeat(1, (START + 2 * INTERVAL).isoformat()))
    asked.refresh_from_db()
    assert (asked.seq, asked.taken_at) == (1, START + 2 * INTERVAL)
    again = bookmarks.request_snapshot(HOST.machine_id, "ada")
    record.record(step(state, 1, at(a_state([]), 3), 2))
    again.refresh_from_db()
    asked.refresh_from_db()
    assert (again.seq, asked.seq) == (2, 1)


def test_no_snapshot_is_promised_of_a_host_without_an_agent() -> None:
    record.record(reset(at(a_state([]), 0), 1), datetime.now(UTC) - 4 * INTERVAL)
    with pytest.raises(HostAway):
        bookmarks.request_snapshot(HOST.machine_id, "ada")
    assert not Mark.objects.exists()


def test_changes_that_lead_elsewhere_than_the_agent_is_are_not_stored() -> None:
    first, second = a_state([a_process(1)]), a_state([a_process(1), a_process(2)])
    record.record(reset(first, 1))
    rows = count_rows()
    told = msgspec.structs.replace(step(first, 1, second, 2), checksum=checksum(first))
    with pytest.raises(Diverged):
        record.record(told)
    assert (last_seq(HOST.machine_id), count_rows()) == (1, rows)
    assert record.record(told, verify=False).agrees is False


def test_a_heartbeat_of_another_state_shows_that_history_drifted_and_a_reset_heals_it() -> None:
    state = a_state([a_process(1), a_process(2)])
    record.record(reset(state, 1))
    assert record.beat(HOST.machine_id, Heartbeat(1, state.taken_at, checksum(state))).checksum == checksum(state)
    ProcessInterval.objects.filter(pid=2).update(ppid=7)
    changed = a_state([a_process(1), a_process(2, uid=5)])
    with pytest.raises(Diverged):
        record.record(msgspec.structs.replace(step(state, 1, changed, 2), checksum=checksum(changed)))
    assert record.record(reset(changed, 2)).agrees
    assert state_at(HOST.machine_id) == changed
    with pytest.raises(Diverged):
        record.beat(HOST.machine_id, Heartbeat(2, state.taken_at, checksum(state)))


def test_frames_without_a_checksum_go_to_pages_with_that_of_history() -> None:
    state = a_state([a_process(1)])
    record.record(reset(state, 1))
    assert record.beat(HOST.machine_id, Heartbeat(1, state.taken_at)).checksum == checksum(state)


def test_a_history_from_before_there_were_checksums_gets_its_own_with_the_next_scan() -> None:
    first, second = a_state([a_process(1)]), a_state([a_process(2)])
    record.record(reset(first, 1))
    Host.objects.update(checksum="")
    assert record.beat(HOST.machine_id, Heartbeat(1, first.taken_at)).checksum == checksum(first)
    Host.objects.update(checksum="")
    recorded = record.record(step(first, 1, second, 2))
    assert recorded.diff is not None
    assert recorded.diff.checksum == Host.objects.get().checksum == checksum(second)


INIT = a_process(1, "init")


def record_states(*states: HostState) -> None:
    """One state an interval."""
    before = NOTHING
    for number, state in enumerate(states):
        now = at(state, number)
        frame = as_diff(HOST.machine_id, number, number + 1, now, diff(before, now), checksum(now))
        record.record(frame if number else Reset(HOST.machine_id, 1, now.taken_at, now, checksum(now)))
        before = now


def record_completion(state: HostState, base: int, *told: Completion) -> Recorded:
    later = at(state, base)
    return record.record(as_diff(HOST.machine_id, base, base + 1, later, Changes(completed=told), checksum(later)))


def test_what_is_told_of_a_container_after_its_end_completes_what_was_recorded() -> None:
    nameless = msgspec.structs.replace(a_container(1), name="", image="", labels={})
    record_states(a_state([INIT], containers=[nameless]), a_state([INIT]))
    told = Completion(nameless.id, "web", "i:1", {"k": "v"})
    recorded = record_completion(a_state([INIT]), 2, told)
    assert recorded.agrees and recorded.diff is not None and recorded.diff.completed == (told,)
    kept = state_at(HOST.machine_id, 1).containers[0]
    assert (kept.name, kept.image, kept.labels, kept.state) == ("web", "i:1", {"k": "v"}, nameless.state)
    assert state_at(HOST.machine_id).containers == ()


def test_a_container_that_is_there_or_has_a_name_is_not_completed() -> None:
    named, nameless = a_container(1), msgspec.structs.replace(a_container(2), name="")
    after = a_state([INIT], containers=[nameless])
    record_states(a_state([INIT], containers=[named, nameless]), after)
    told = [Completion(fact.id, "other", "i:1", {}) for fact in (named, nameless)]
    assert record_completion(after, 2, *told).agrees
    names = {fact.id: fact.name for fact in state_at(HOST.machine_id, 1).containers}
    assert names == {named.id: named.name, nameless.id: ""}


def batch_of(states: list[HostState], base: int = 1, waiting: int = 0, sent_at: str = "") -> Batch:
    """Diffs from ``states[0]``, which history holds as ``base``, to each of the others in turn."""
    frames = [
        as_diff(after.host.machine_id, seq, seq + 1, after, diff(before, after))
        for seq, (before, after) in enumerate(pairwise(states), base)
    ]
    return Batch(tuple(frames), sent_at or states[-1].taken_at, waiting)


@laws
@given(st.lists(host_states(), min_size=2, max_size=6))
def test_a_batch_is_stored_as_its_frames_one_by_one(states: list[HostState]) -> None:
    forget()
    states = [on_host(state, HOST.machine_id) for state in states]
    record.record(Reset(HOST.machine_id, 1, states[0].taken_at, states[0]))
    stored, refused = record.record_batch(batch_of(states))
    assert refused is None
    assert [recorded.seq for recorded in stored] == list(range(2, len(states) + 1))
    for seq, state in enumerate(states, 1):
        assert state_at(HOST.machine_id, seq) == state
    assert Host.objects.get().checksum == checksum(states[-1])


def test_a_frame_that_does_not_fit_ends_a_batch_and_those_before_it_are_stored() -> None:
    one, two, three = (a_state([a_process(number)]) for number in (1, 2, 3))
    record.record(Reset(HOST.machine_id, 1, one.taken_at, one))
    good = batch_of([one, two]).frames
    stray = as_diff(HOST.machine_id, 2, 3, three, diff(one, three))
    later = as_diff(HOST.machine_id, 3, 4, one, diff(three, one))
    stored, refused = record.record_batch(Batch((*good, stray, later), three.taken_at))
    assert [recorded.seq for recorded in stored] == [2]
    assert isinstance(refused, OutOfStep)
    assert state_at(HOST.machine_id) == two
    assert record.record(as_diff(HOST.machine_id, 2, 3, three, diff(two, three))).seq == 3
    assert state_at(HOST.machine_id) == three


def test_a_state_is_as_old_as_its_agent_says_whatever_the_clock_of_the_host() -> None:
    now = timezone.now()
    one, two = a_state([a_process(1)]), a_state([a_process(2)], taken_at="2031-01-01T00:00:00+00:00")
    record.record(Reset(HOST.machine_id, 1, one.taken_at, one))
    record.record_batch(batch_of([one, two], waiting=7, sent_at="2031-01-01T00:04:00+00:00"), now)
    host = Host.objects.get()
    assert host.seen_at == now - timedelta(minutes=4)
    assert (host.heard_at, host.waiting) == (now, 7)
    assert not host.is_away(now) and not host.is_live(now)


def test_a_heartbeat_that_overtakes_frames_says_only_that_the_agent_runs() -> None:
    one = a_state([a_process(1)])
    then = timezone.now() - timedelta(minutes=9)
    record.record(Reset(HOST.machine_id, 1, one.taken_at, one), then)
    now = timezone.now()
    told = record.beat(HOST.machine_id, Heartbeat(9, one.taken_at, "f" * 16, sent_at=one.taken_at, waiting=8), now)
    assert (told.seq, told.waiting) == (1, 8)
    assert told.age_ms == pytest.approx(540_000, abs=5000)
    host = Host.objects.get()
    assert (host.last_seq, host.seen_at, host.heard_at, host.waiting) == (1, then, now, 8)


def test_a_heartbeat_that_overtakes_the_first_frame_of_a_host_asks_for_nothing() -> None:
    told = record.beat(HOST.machine_id, Heartbeat(2, START.isoformat(), sent_at=START.isoformat(), waiting=2))
    assert told.seq == 0
    assert not Host.objects.exists()


def test_history_says_how_many_states_were_left_out() -> None:
    one, two = a_state([a_process(1)]), a_state([a_process(2)])
    record.record(Reset(HOST.machine_id, 1, one.taken_at, one))
    frame = msgspec.structs.replace(as_diff(HOST.machine_id, 1, 9, two, diff(one, two)), thinned=7)
    record.record(frame)
    assert Snapshot.objects.get(seq=9).thinned == 7


def test_a_scan_that_takes_longer_than_the_interval_is_no_absence() -> None:
    one = a_state([a_process(1)], taken_at="2026-11-23T03:00:00+00:00")
    two = a_state([a_process(2)], taken_at="2026-11-23T03:00:50+00:00")
    two = msgspec.structs.replace(two, duration_ms=49_000.0)
    record.record(Reset(HOST.machine_id, 1, one.taken_at, one))
    record.record(as_diff(HOST.machine_id, 1, 2, two, diff(one, two)))
    assert len(looks()) == 1
