"""What retention keeps stays exactly what it was; what it drops is gone, row by row and value by value."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event, Thread, Timer

import msgspec
import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import NoSuchSnapshot
from inspector.facts.diff import diff
from inspector.facts.types import HostState
from inspector.history import hosts, hourly, keyframes, record, shared_values
from inspector.history.forget import forget_host
from inspector.history.record import NOTHING
from inspector.history.retention import disk_space, thinning, unused_values
from inspector.history.retention.policy import Policy, Sorter, Tier, parse_policy
from inspector.history.retention.rounds import Round, Rules, estimate, foresee
from inspector.history.rows import ALL, TABLES
from inspector.history.states import changes_between, state_at
from inspector.history.throttle import PAUSE_S, Pace, Stopped
from inspector.models import Cut, Host, Hour, Mark, Snapshot, Value
from inspector.protocol.frames import Reset, as_diff
from tests.support.states import HOST, a_process, a_state, host_states

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + timedelta(days=30)
NO_GRACE = timedelta(0)
laws = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def record_states(states: Sequence[HostState], moments: Sequence[datetime]) -> dict[int, HostState]:
    """Record these states at these moments, with every third number left out."""
    recorded: dict[int, HostState] = {}
    base, before = 0, NOTHING
    for number, (state, moment) in enumerate(zip(states, moments, strict=True), 1):
        seq, after = number + number // 3, msgspec.structs.replace(state, taken_at=moment.isoformat())
        frame = as_diff(HOST.machine_id, base, seq, after, diff(before, after))
        record.record(frame if base else Reset(HOST.machine_id, seq, after.taken_at, after), moment)
        recorded[seq] = before = after
        base = seq
    return recorded


def prune(policy: Policy | str, now: datetime = NOW, most_bytes: int = 0) -> None:
    rules = Rules(policy if isinstance(policy, Policy) else parse_policy(policy), most_bytes)
    Round(rules, thinning.live_hosts(), Pace(pause_s=0), now, NO_GRACE).run()


def host() -> Host:
    return hosts.get(HOST.machine_id)


def kept() -> list[int]:
    return list(Snapshot.objects.order_by("seq").values_list("seq", flat=True))


def forget() -> None:
    Host.objects.all().delete()
    Value.objects.all().delete()


def numbered(count: int, every: timedelta, start: datetime = START) -> dict[int, HostState]:
    """A process that comes and goes with every snapshot, beside one that stays."""
    states = [a_state([a_process(1), a_process(100 + number, comm=f"run-{number}")]) for number in range(count)]
    return record_states(states, [start + number * every for number in range(count)])


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[HostState], list[datetime], set[int], Policy]:
    states = draw(st.lists(host_states(), min_size=1, max_size=9))
    ages = draw(st.lists(st.integers(0, 1000), min_size=len(states), max_size=len(states)))
    pins = draw(st.sets(st.integers(1, 12), max_size=3))
    each = sorted(draw(st.sets(st.integers(1, 900), min_size=3, max_size=3)))
    tiers = [Tier(timedelta(hours=age), timedelta(hours=draw(st.integers(0, age)))) for age in each]
    return states, [NOW - timedelta(hours=age) for age in sorted(ages, reverse=True)], pins, Policy(tuple(tiers))


Life = tuple[list[HostState], list[datetime], set[int], Policy]


@laws
@given(lives())
def test_each_state_that_is_kept_is_exactly_what_it_was(life: Life) -> None:
    forget()
    states, moments, pins, policy = life
    recorded = record_states(states, moments)
    for seq in pins & recorded.keys():
        Mark.objects.create(host=host(), seq=seq, pinned=True, requested_at=NOW)
    prune(policy)
    assert max(recorded) in kept() and pins & recorded.keys() <= set(kept())
    for seq in kept():
        assert state_at(host(), seq) == recorded[seq]


@laws
@given(lives())
def test_the_differences_and_counts_of_what_is_kept_are_those_of_its_states(life: Life) -> None:
    forget()
    recorded = record_states(*life[:2])
    prune(life[3])
    seqs = kept()
    for first, second in pairwise(seqs):
        between = diff(recorded[first], recorded[second])
        assert changes_between(host(), first, second) == between
        snapshot = Snapshot.objects.get(seq=second)
        counted = snapshot.added, snapshot.changed, snapshot.removed
        sections = [between.processes, between.namespaces, between.containers, between.chains]
        assert counted == tuple(
            sum(len(getattr(part, name)) for part in sections) for name in ("add", "change", "remove")
        )


@laws
@given(lives())
def test_every_row_begins_and_ends_at_a_snapshot_and_is_seen_by_one(life: Life) -> None:
    forget()
    record_states(*life[:2])
    prune(life[3])
    seqs = set(kept())
    for model in TABLES:
        for opened, closed in model._default_manager.values_list("opened", "closed"):
            assert opened in seqs and (closed is None or closed in seqs), model
            assert closed is None or opened < closed


@laws
@given(lives())
def test_a_second_round_finds_nothing_more_and_keyframes_say_the_same_as_rows(life: Life) -> None:
    forget()
    record_states(*life[:2])
    prune(life[3])
    states = {seq: state_at(host(), seq) for seq in kept()}
    assert not estimate(Rules(life[3]), [host()], NOW)
    keyframes.rebuild(host())
    assert {seq: state_at(host(), seq) for seq in kept()} == states


def test_a_keyframe_within_what_was_dropped_still_leads_to_the_right_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST", 2)
    recorded = numbered(60, timedelta(minutes=10))
    prune("1d:all,60d:2h")
    assert len(kept()) < 10
    assert {seq: state_at(host(), seq) for seq in kept()} == {seq: recorded[seq] for seq in kept()}


def test_tiers_keep_the_last_of_each_hour_and_everything_that_is_young() -> None:
    recorded = numbered(48, timedelta(minutes=15))
    prune("6h:all,60d:1h", START + timedelta(hours=12))
    moments = [snapshot.taken_at - START for snapshot in Snapshot.objects.order_by("seq")]
    assert moments[:6] == [timedelta(minutes=45 + 60 * hour) for hour in range(6)]
    assert moments[6:] == [timedelta(hours=6, minutes=15 * number) for number in range(24)]
    assert len(recorded) == 48


def test_what_held_when_the_last_tier_began_is_kept_and_nothing_before_it() -> None:
    numbered(10, timedelta(days=3))
    prune("1d:all,10d:1d", START + timedelta(days=28))
    assert [snapshot.taken_at for snapshot in Snapshot.objects.order_by("seq")] == [
        START + timedelta(days=day) for day in (15, 18, 21, 24, 27)
    ]
    with pytest.raises(NoSuchSnapshot):
        state_at(host(), 1)


def test_a_dropped_snapshot_reads_as_the_kept_one_before_it() -> None:
    recorded = numbered(8, timedelta(minutes=30))
    prune("1h:all,60d:1h")
    dropped = [seq for seq in recorded if seq not in kept() and seq > kept()[0]]
    assert dropped
    for seq in dropped:
        assert state_at(host(), seq) == recorded[max(other for other in kept() if other < seq)]


def test_a_pin_on_a_moment_between_two_frames_keeps_the_state_that_held() -> None:
    recorded = numbered(8, timedelta(minutes=1))
    Mark.objects.create(host=host(), seq=3, pinned=True, requested_at=NOW)  # 3 was left out; 2 held
    prune("1h:all,60d:1d")
    assert kept() == [2, max(recorded)]
    assert state_at(host(), 3) == recorded[2]


def test_a_bookmark_that_is_not_pinned_is_removed_with_its_snapshot() -> None:
    numbered(8, timedelta(minutes=1))
    for seq in (1, 2):
        Mark.objects.create(host=host(), seq=seq, name=str(seq), pinned=seq == 2, requested_at=NOW)
    waiting = Mark.objects.create(host=host(), requested_at=NOW)
    prune("1h:all,60d:1d")
    assert set(Mark.objects.values_list("name", flat=True)) == {"2", waiting.name}


def test_a_boot_whose_snapshot_was_removed_shows_at_the_next_one() -> None:
    numbered(8, timedelta(minutes=1))
    Snapshot.objects.filter(seq=5).update(kind=Snapshot.Kind.BOOT)
    Mark.objects.create(host=host(), seq=1, pinned=True, requested_at=NOW)
    prune("1h:all,60d:1d")
    assert [Snapshot.Kind(snapshot.kind).name for snapshot in Snapshot.objects.order_by("seq")] == ["FIRST", "BOOT"]


def test_the_hours_of_the_timeline_are_sums_of_the_snapshots_that_are_left() -> None:
    numbered(48, timedelta(minutes=15))
    prune("1d:all,60d:3h")
    found = list(Hour.objects.order_by("at").values_list("at", "first_seq", "last_seq", "added", "removed"))
    hourly.rebuild(host())
    assert found == list(Hour.objects.order_by("at").values_list("at", "first_seq", "last_seq", "added", "removed"))


def test_values_that_only_dropped_rows_named_are_removed_and_no_other() -> None:
    numbered(20, timedelta(minutes=1))
    prune("1h:all,60d:1d")
    named: set[int | None] = set()
    for kind in ALL:
        named.update(*kind.model._default_manager.values_list(*kind.shared))
    assert set(Value.objects.values_list("pk", flat=True)) == named - {None}


def test_a_value_that_a_frame_names_while_values_are_removed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look through all rows and the deletion a process comes back with what nothing named then."""
    recorded = numbered(3, timedelta(minutes=1))
    again = msgspec.structs.replace(recorded[1], taken_at=(START + timedelta(hours=1)).isoformat())
    prune("1h:all,60d:1d")
    found = unused_values._unused

    def look_then_record(marks: unused_values.Marks, pace: Pace) -> set[int]:
        result = found(marks, pace)
        record.record(Reset(HOST.machine_id, 9, again.taken_at, again))
        return result

    Value.objects.bulk_create(  # as the process of snapshot 1 left them
        Value(kind=body.kind, digest=unused_digest(body), body=body.data) for body in bodies_of("run-0")
    )
    monkeypatch.setattr(unused_values, "_unused", look_then_record)
    unused_values.sweep(Pace(pause_s=0))
    assert state_at(host(), 9) == again


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no vacuum beside writers")
@pytest.mark.django_db(transaction=True)
def test_a_sweep_waits_until_a_long_vacuum_is_done() -> None:
    numbered(3, timedelta(minutes=1))
    body = shared_values.text("unused")
    Value.objects.create(kind=body.kind, digest=unused_digest(body), body=body.data)
    held, over = Event(), Event()
    thread = Thread(target=hold_hosts_as_a_vacuum_does, args=(held, over))
    thread.start()
    assert held.wait(10)
    Timer(4, over.set).start()
    assert unused_values.sweep(Pace(pause_s=0)) == 1
    assert over.is_set()
    thread.join(10)


def hold_hosts_as_a_vacuum_does(held: Event, over: Event) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE inspector_host IN SHARE UPDATE EXCLUSIVE MODE")
        held.set()
        over.wait(20)
    connection.close()


def bodies_of(comm: str) -> list[shared_values.Body]:
    return [shared_values.text(comm), shared_values.command((comm,))]


def unused_digest(body: shared_values.Body) -> bytes:
    return shared_values._digest(body)


def test_an_estimate_says_what_a_round_frees_and_changes_nothing() -> None:
    numbered(20, timedelta(minutes=1))
    rules = Rules(parse_policy("1h:all,60d:1d"))
    before = list(Snapshot.objects.values()), [list(model._default_manager.values()) for model in TABLES]
    told = estimate(rules, [host()], NOW)
    assert before == (
        list(Snapshot.objects.values()),
        [list(model._default_manager.values()) for model in TABLES],
    )
    done = Round(rules, [host()], Pace(pause_s=0), NOW, NO_GRACE).run()
    assert told.freed == done.freed and told.freed.snapshots == 19 and told.freed.rows == 19 and told.bytes > 0


def test_what_would_go_by_size_is_foreseen_and_where_there_is_room_nothing_is() -> None:
    numbered(48, timedelta(minutes=15))
    rules = Rules(parse_policy("all"), most_bytes=disk_space.used_bytes() - int(20 * thinning.bytes_per_row()))
    horizon = foresee(rules, [host()], NOW)
    assert horizon is not None and START < horizon < NOW
    told = estimate(rules, [host()], NOW, horizon)
    assert 20 * thinning.bytes_per_row() <= told.bytes and 0 < told.freed.snapshots < 48
    assert foresee(rules._replace(most_bytes=2 * disk_space.used_bytes()), [host()], NOW) is None
    assert foresee(rules._replace(most_bytes=0), [host()], NOW) is None
    assert Snapshot.objects.count() == 48


def test_a_round_that_is_stopped_leaves_every_kept_state_and_the_next_does_the_rest() -> None:
    recorded = numbered(40, timedelta(minutes=1))
    rules, stops = Rules(parse_policy("1h:all,60d:10m")), 0
    for steps in range(1, 200):
        pace = StoppingPace(steps)
        try:
            Round(rules, [host()], pace, NOW, NO_GRACE).run()
            break
        except Stopped:
            stops += 1
        for seq in kept():
            assert state_at(host(), seq) == recorded[seq]
    assert stops > 5 and len(kept()) == 4 and not Cut.objects.exists()


class Pauses(Event):
    """Never set, and notes how long it was waited on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.asked.append(timeout)
        return False


def test_a_step_that_took_long_is_followed_by_as_long_a_pause() -> None:
    pauses = Pauses()
    pace = Pace(pauses)
    pace.step(lambda rows: 1)
    pace.step(lambda rows: time.sleep(2 * PAUSE_S) or 1)
    quick, long = pauses.asked
    assert quick == PAUSE_S and long is not None and long >= 2 * PAUSE_S


class StoppingPace(Pace):
    """Ends after so many steps of few rows each."""

    def __init__(self, steps: int) -> None:
        super().__init__(pause_s=0)
        self.left, self.rows = steps, 7

    def learn(self, took_s: float, done: int) -> None:
        self.left -= 1
        if self.left <= 0:
            self.stopping.set()


def test_rows_wait_for_readers_who_found_their_snapshot_before_it_was_dropped() -> None:
    numbered(8, timedelta(minutes=1))
    pace = Pace(pause_s=0)
    for run in thinning.plan(host(), Sorter(parse_policy("1h:all,60d:1d"), NOW)):
        thinning.drop(host(), run, pace)
    assert thinning.sweep(host(), pace) == 0
    assert thinning.sweep(host(), pace, timezone.now() + 2 * thinning.GRACE) > 0


def test_a_snapshot_that_is_pinned_after_it_was_planned_stays() -> None:
    recorded = numbered(8, timedelta(minutes=1))
    (run,) = thinning.plan(host(), Sorter(parse_policy("1h:all,60d:1d"), NOW))
    Mark.objects.create(host=host(), seq=4, pinned=True, requested_at=NOW)
    thinning.drop(host(), run, Pace(pause_s=0))
    assert 4 in kept() and state_at(host(), 4) == recorded[4]


def test_an_imported_host_is_not_thinned() -> None:
    numbered(8, timedelta(minutes=1))
    Host.objects.update(imported_at=NOW)
    prune("1h:all,60d:1d")
    assert len(kept()) == 8


def test_where_history_is_too_large_its_oldest_part_goes_first() -> None:
    recorded = numbered(60, timedelta(hours=12))
    before = kept()
    prune("all", NOW, most_bytes=1)
    assert kept() == before[-len(kept()) :] and len(kept()) <= 3
    for seq in kept():
        assert state_at(host(), seq) == recorded[seq]


def test_nothing_goes_where_everything_is_to_be_kept() -> None:
    recorded = numbered(8, timedelta(days=3))
    prune("all")
    assert kept() == list(recorded)


def test_a_host_that_is_forgotten_leaves_nothing_behind() -> None:
    numbered(8, timedelta(minutes=1))
    forget_host(host(), Pace(pause_s=0))
    assert not Host.objects.exists() and not Snapshot.objects.exists()
    assert not any(model._default_manager.exists() for model in TABLES)
