"""The timeline: its sums, container events, and absences of the agent."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import MalformedMoment, NoSuchSnapshot
from inspector.facts.diff import diff
from inspector.facts.types import Container, HostState
from inspector.history import absences, bookmarks, hosts, hourly, record, snapshots
from inspector.history.queries import container_events, timeline
from inspector.history.snapshots import last_seq
from inspector.history.states import state_at
from inspector.history.transfer import exporting, importing
from inspector.models import Host, Hour, Mark, Snapshot
from inspector.protocol.frames import Heartbeat, Reset, as_diff
from tests.support.states import HOST, a_container, a_process, a_state

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
laws = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def taken(state: HostState, moment: datetime) -> HostState:
    return msgspec.structs.replace(state, taken_at=moment.isoformat())


def record_at(state: HostState, moment: datetime, whole: bool = False) -> int:
    """Record the state as the next snapshot."""
    seq, state = last_seq(HOST.machine_id) + 1, taken(state, moment)
    if seq == 1 or whole:
        return record.record(Reset(HOST.machine_id, seq, state.taken_at, state)).seq
    before = state_at(HOST.machine_id)
    return record.record(as_diff(HOST.machine_id, seq - 1, seq, state, diff(before, state))).seq


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def host() -> Host:
    return Host.objects.get(machine_id=HOST.machine_id)


def with_containers(*containers: Container) -> HostState:
    return a_state([a_process(1)], containers=containers)


def told(kinds: timeline.Timeline) -> list[tuple[int, str]]:
    return [(event.seq, event.kind) for event in kinds.events]


gaps_between = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(seconds=30)),
    st.timedeltas(timedelta(minutes=20), timedelta(hours=30)),
    st.timedeltas(timedelta(hours=-2), timedelta(0)),  # the clock was set back
)


def live(pids: Sequence[set[int]], gaps: Sequence[timedelta]) -> None:
    """Record states with these processes, so far apart."""
    Mark.objects.all().delete()
    Host.objects.all().delete()
    moment = START
    for number, gap in zip(pids, gaps, strict=False):
        moment += gap
        record_at(a_state([a_process(pid, comm=f"worker-{len(number)}") for pid in number]), moment)


lives = st.tuples(
    st.lists(st.sets(st.integers(1, 6)), min_size=2, max_size=12), st.lists(gaps_between, min_size=12, max_size=12)
)


def counted(since: int, stop: int) -> list[int]:
    """What the snapshots in this stretch say, first scans left out."""
    rows = Snapshot.objects.exclude(kind__in=hourly.UNCOUNTED).filter(taken_at__gte=since, taken_at__lt=stop)
    return [sum(row) for row in zip(*rows.values_list("added", "changed", "removed"), strict=True)] or [0, 0, 0]


@laws
@given(
    lives,
    st.timedeltas(timedelta(0), timedelta(days=12)),
    st.timedeltas(timedelta(0), timedelta(days=12)),
    st.integers(1, 600),
)
def test_the_sums_of_a_timeline_are_those_of_its_snapshots(
    life: tuple[list[set[int]], list[timedelta]], begin: timedelta, length: timedelta, buckets: int
) -> None:
    live(*life)
    since, until = START - timedelta(days=1) + begin, START - timedelta(days=1) + begin + length
    found = timeline.read(host(), since, until, buckets)
    window = timeline.cut(since, until, buckets)
    sums = [sum(getattr(bucket, name) for bucket in found.buckets) for name in ("added", "changed", "removed")]
    assert sums == counted(window.start, window.stop)
    assert len(found.buckets) <= min(buckets, timeline.MOST_BUCKETS) + 1


@laws
@given(lives)
def test_every_snapshot_lies_in_a_bucket_and_the_last_of_each_is_named(
    life: tuple[list[set[int]], list[timedelta]],
) -> None:
    live(*life)
    newest_at = Snapshot.objects.order_by("-taken_at")[0].taken_at
    found = timeline.read(host(), None, newest_at + timedelta(days=3), timeline.MOST_BUCKETS)
    width = timedelta(seconds=found.bucket_s)
    newest: dict[str, int] = {}
    for seq, moment in Snapshot.objects.order_by("seq").values_list("seq", "taken_at"):
        begin = moment - (moment - datetime(1970, 1, 1, tzinfo=UTC)) % width
        newest[begin.isoformat()] = seq
    assert {bucket.at: bucket.seq for bucket in found.buckets} == newest


def hours() -> list[tuple[object, ...]]:
    return list(Hour.objects.order_by("at").values_list("at", "first_seq", "last_seq", "added", "changed", "removed"))


@laws
@given(lives)
def test_hours_summed_up_again_are_those_that_recording_kept(life: tuple[list[set[int]], list[timedelta]]) -> None:
    live(*life)
    kept = hours()
    hourly.rebuild(host())
    assert hours() == kept
    Hour.objects.all().delete()
    hourly.rebuild(host(), START - timedelta(days=2), START + timedelta(days=20))
    assert hours() == kept


def test_hours_are_forgotten_with_their_snapshots() -> None:
    for number, minutes in enumerate((0, 30, 70, 80, 200)):
        record_at(a_state([a_process(pid) for pid in range(1, number + 2)]), after(minutes * 60))
    before = after(75 * 60)  # 4:25, in the second hour
    Snapshot.objects.filter(taken_at__lt=before).delete()
    hourly.forget(host(), before)
    assert [(at, added) for at, *_, added, _, _ in hours()] == [
        (datetime(2026, 11, 23, 4, tzinfo=UTC), 1),
        (datetime(2026, 11, 23, 6, tzinfo=UTC), 1),
    ]


def test_an_imported_host_has_the_same_buckets() -> None:
    for number in range(1, 6):
        record_at(a_state([a_process(pid) for pid in range(1, number + 1)]), after(number * 1800))
    Snapshot.objects.filter(seq__in=(2, 3)).delete()
    Snapshot.objects.filter(seq=4).update(added=7, removed=4)  # some came and went between those that are kept
    hourly.rebuild(host())
    imported = importing.bring_in(io.BytesIO(b"".join(exporting.export(host(), 1, 5))))
    for width in (1800, 86400 * 4):
        original, copy = (timeline.read(each, START, after(width * 6)) for each in (host(), imported))
        assert copy.buckets == original.buckets and copy.gaps == original.gaps
        assert sum(bucket.added for bucket in copy.buckets) == 8


def test_the_first_scan_and_a_new_boot_do_not_dwarf_the_rest() -> None:
    many = [a_process(pid) for pid in range(1, 200)]
    record_at(a_state(many), START)
    record_at(a_state(many[:-1]), after(5))
    booted = msgspec.structs.replace(HOST, boot_id="1111-2222")
    record_at(msgspec.structs.replace(a_state([a_process(1)]), host=booted), after(60), whole=True)
    for width in (60, 86400 * 4):
        found = timeline.read(host(), START, after(width))
        assert sum(bucket.added + bucket.changed + bucket.removed for bucket in found.buckets) == 1
        assert [(event.seq, event.kind, event.id) for event in found.events] == [(3, "boot", "1111-2222")]


def test_containers_start_stop_restart_and_go() -> None:
    old, web = a_container(1, "old"), a_container(2, "web", init_pid=10)
    steps = [
        [old],
        [old, web],
        [old, msgspec.structs.replace(web, init_pid=11)],
        [old, msgspec.structs.replace(web, state="paused", init_pid=11)],
        [old, msgspec.structs.replace(web, state="exited", init_pid=None)],
        [old, msgspec.structs.replace(web, init_pid=12)],
        [old, msgspec.structs.replace(web, state="restarting", init_pid=None)],
        [old, msgspec.structs.replace(web, init_pid=13)],
        [old],
        [old, a_container(3, "made", state="created")],
    ]
    for number, containers in enumerate(steps):
        record_at(with_containers(*containers), after(number * 5))
    found = timeline.read(host(), START, after(60))
    assert told(found) == [
        (2, "container-started"),
        (3, "container-restarted"),
        (5, "container-stopped"),
        (6, "container-started"),
        (8, "container-restarted"),
        (9, "container-removed"),
    ]
    assert {event.id for event in found.events} == {web.id} and found.events[0].name == "web"
    assert found.events[0].at == after(5).isoformat() and found.events_left_out == 0


def test_containers_that_started_at_one_moment_are_all_told() -> None:
    one, other = a_container(1, init_pid=5), a_container(2, init_pid=None)
    record_at(with_containers(), START)
    record_at(with_containers(one, other), after(5))
    record_at(with_containers(other), after(10))
    found = timeline.read(host(), START, after(60))
    assert told(found) == [(2, "container-started"), (2, "container-started"), (3, "container-removed")]
    assert {event.id for event in found.events[:2]} == {one.id, other.id}


def test_only_events_within_the_stretch_are_told() -> None:
    web = a_container(1)
    for number in range(1, 5):
        record_at(with_containers(*([web] if number % 2 else [])), after(number * 60))
    assert told(timeline.read(host(), after(121), after(239))) == [(3, "container-started")]
    assert told(timeline.read(host(), after(120), after(240))) == [
        (2, "container-removed"),
        (3, "container-started"),
        (4, "container-removed"),
    ]


def test_an_init_that_could_not_be_read_is_no_restart() -> None:
    record_at(with_containers(a_container(1, init_pid=5)), START)
    record_at(with_containers(a_container(1, init_pid=None)), after(5))
    record_at(with_containers(a_container(1, init_pid=5)), after(10))
    assert told(timeline.read(host(), START, after(60))) == []


def test_another_init_after_a_moment_without_one_is_a_restart() -> None:
    for number, pid in enumerate([5, None, 6]):
        record_at(with_containers(a_container(1, init_pid=pid)), after(number * 5))
    assert told(timeline.read(host(), START, after(60))) == [(3, "container-restarted")]


def test_a_stopped_container_that_shows_its_init_late_has_started_only_once() -> None:
    for number, (state, pid) in enumerate([("running", 5), ("exited", None), ("running", None), ("running", 6)]):
        record_at(with_containers(a_container(1, state=state, init_pid=pid)), after(number * 5))
    assert told(timeline.read(host(), START, after(60))) == [(2, "container-stopped"), (3, "container-started")]


def test_a_container_is_called_by_the_name_that_its_engine_told_later() -> None:
    record_at(with_containers(), START)
    record_at(with_containers(a_container(1, "")), after(5))
    record_at(with_containers(a_container(1, "web")), after(10))
    (event,) = timeline.read(host(), START, after(60)).events
    assert (event.kind, event.name) == ("container-started", "web")


def test_what_is_left_out_is_the_oldest_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    record_at(with_containers(), START)
    for number in range(1, 31):
        record_at(with_containers(*([a_container(1)] if number % 2 else [])), after(number * 5))
    everything = told(timeline.read(host(), START, after(600)))
    assert len(everything) == 30
    monkeypatch.setattr(container_events, "MOST", 4)
    found = timeline.read(host(), START, after(600))
    assert told(found) == everything[-4:] and found.events_left_out == 26
    monkeypatch.setattr(container_events, "LOOKED_AT", 5)
    found = timeline.read(host(), START, after(600))
    assert told(found) == everything[-4:] and found.events_left_out >= 26


def test_what_was_there_at_the_first_snapshot_that_is_kept_did_not_start_then() -> None:
    for number in range(4):
        record_at(with_containers(*(a_container(which) for which in range(number + 1))), after(number * 5))
    Snapshot.objects.filter(seq__lte=2).delete()
    assert told(timeline.read(host(), START, after(60))) == [(4, "container-started")]


def beat(moment: datetime) -> None:
    record.beat(HOST.machine_id, Heartbeat(last_seq(HOST.machine_id), moment.isoformat()), timezone.now())


def spans(found: Sequence[absences.Absence]) -> list[tuple[str, str]]:
    return [(gap.since, gap.until) for gap in found]


def test_an_absence_is_longer_than_three_intervals_without_an_agent() -> None:
    record_at(a_state([a_process(1)]), START)
    for seconds in (5, 10, 15):
        beat(after(seconds))
    hosts.begin_watch(HOST.machine_id)  # the agent connects again at once
    beat(after(25))
    hosts.begin_watch(HOST.machine_id)
    beat(after(3600))
    beat(after(3605))
    gap = (after(25).isoformat(), after(3600).isoformat())
    now = timezone.now()
    assert spans(absences.absences(host(), START, after(7200), now)) == [gap]
    assert spans(absences.absences(host(), after(60), after(70), now)) == [gap]
    assert absences.absences(host(), START, after(20), now) == []
    assert absences.absences(host(), after(3601), after(3605), now) == []
    assert absences.absence_at(host(), after(25), now) is None
    assert absences.absence_at(host(), after(26), now) is not None


def test_an_agent_that_is_away_now_leaves_a_gap_until_now() -> None:
    record_at(a_state([a_process(1)]), START)
    now = host().seen_at + timedelta(days=1)
    assert spans(absences.absences(host(), START, now, now)) == [(START.isoformat(), max(now, START).isoformat())]
    assert absences.absences(host(), START, now, host().seen_at) == []


def test_a_clock_that_was_set_back_leaves_no_gap() -> None:
    record_at(a_state([a_process(1)]), START)
    for seconds in range(5, 60, 5):
        beat(after(seconds))
    beat(after(-3600))
    for seconds in range(-3595, 40, 5):
        beat(after(seconds))
    assert absences.absences(host(), after(-7200), after(3600), timezone.now()) == []


def test_what_was_scanned_before_a_clock_was_set_back_is_no_absence_after_it() -> None:
    record_at(a_state([a_process(1)]), START)
    for seconds in (*range(5, 65, 5), 20, 25):
        beat(after(seconds))
    hosts.begin_watch(HOST.machine_id)
    beat(after(65))
    assert absences.absences(host(), START, after(3600), timezone.now()) == []


def test_before_the_first_scan_there_is_no_absence() -> None:
    record_at(a_state([a_process(1)]), START)
    assert absences.absences(host(), after(-86400), after(-3600), timezone.now()) == []


@laws
@given(lives)
def test_every_moment_has_its_place(life: tuple[list[set[int]], list[timedelta]]) -> None:
    live(*life)
    seqs = list(Snapshot.objects.order_by("seq").values_list("seq", flat=True))
    places = [snapshots.place(host(), seq, timezone.now()) for seq in seqs]
    assert [place.seq for place in places] == seqs
    assert [place.next for place in places] == [*seqs[1:], None]
    assert [place.previous for place in places] == [None, *seqs[:-1]]


def test_the_place_of_a_snapshot_that_is_not_kept_is_the_one_before() -> None:
    for number in range(5):
        record_at(a_state([a_process(number + 1)]), after(number * 5))
    Snapshot.objects.filter(seq__in=(3, 4)).delete()
    place = snapshots.place(host(), 4, timezone.now())
    assert (place.seq, place.previous, place.next) == (2, 1, 5)
    assert snapshots.taken(host().pk, (1, 3, 5, 6)) == {1: START, 3: after(20), 5: after(20)}


def test_bookmarks_are_at_the_moment_of_their_snapshot() -> None:
    for number in range(3):
        record_at(a_state([a_process(number + 1)]), after(number * 60))
    bookmarks.add(HOST.machine_id, 2, name="here")
    assert [(pin.seq, pin.at, pin.name) for pin in timeline.read(host(), after(50), after(70)).marks] == [
        (2, after(60).isoformat(), "here")
    ]
    assert timeline.read(host(), after(61), after(70)).marks == []


def test_a_stretch_that_ends_before_it_begins_is_refused() -> None:
    record_at(a_state([a_process(1)]), START)
    with pytest.raises(MalformedMoment):
        timeline.read(host(), after(10), START)


def test_a_timeline_needs_history() -> None:
    now = timezone.now()
    empty = Host.objects.create(machine_id="empty", first_seen_at=now, seen_at=now, taken_at=now)
    with pytest.raises(NoSuchSnapshot):
        timeline.read(empty)


@given(
    st.datetimes(datetime(1970, 1, 2), datetime(9990, 1, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=3000)),
    st.integers(1, 700),
)
def test_buckets_are_round_and_cover_the_stretch(since: datetime, length: timedelta, buckets: int) -> None:
    window = timeline.cut(since, since + length, buckets)
    first, last = (moment // timedelta(microseconds=1) for moment in (since - EPOCH, since + length - EPOCH))
    assert window.start <= first < window.start + window.width and window.stop - window.width <= last < window.stop
    assert window.start % window.width == 0 and (window.stop - window.start) % window.width == 0
    assert (window.stop - window.start) // window.width <= min(buckets, timeline.MOST_BUCKETS) + 1
    assert length <= timeline.FINE or window.width % (3600 * 10**6) == 0


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
