"""History carried in a file: a round trip is exact, and what is not whole leaves nothing behind."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.errors import HostAway, NoSuchSnapshot
from inspector.facts.diff import SECTIONS, diff
from inspector.facts.types import HostInfo, HostState
from inspector.history import hosts, record
from inspector.history.bookmarks import request_snapshot
from inspector.history.record import NOTHING, beat
from inspector.history.retention import thinning
from inspector.history.retention.policy import parse_policy
from inspector.history.retention.rounds import Round, Rules
from inspector.history.states import changes_between, state_at
from inspector.history.throttle import Pace
from inspector.history.transfer import exporting, importing
from inspector.models import Host, Mark, Snapshot, Value, Watch
from inspector.protocol import export_file
from inspector.protocol.export_file import MalformedFile
from inspector.protocol.frames import Heartbeat, Reset, as_diff
from tests.support.states import HOST, a_process, a_state, host_states

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)
QUICK = Pace(pause_s=0)
laws = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def record_states(states: list[HostState]) -> None:
    base, before = 0, NOTHING
    for number, state in enumerate(states, 1):
        seq, moment = number + number // 3, START + number * timedelta(seconds=5) + number // 4 * timedelta(hours=1)
        after = msgspec.structs.replace(state, taken_at=moment.isoformat())
        frame = as_diff(HOST.machine_id, base, seq, after, diff(before, after))
        record.record(frame if base else Reset(HOST.machine_id, seq, after.taken_at, after), moment)
        beat(HOST.machine_id, Heartbeat(seq, (moment + timedelta(seconds=5)).isoformat()), moment)
        base, before = seq, after


def export(first: int | None = None, last: int | None = None) -> bytes:
    host = hosts.get(HOST.machine_id)
    seqs = list(Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True))
    begin, end = seqs[0] if first is None else first, host.last_seq if last is None else last
    return b"".join(exporting.export(host, begin, end))


def bring_in(data: bytes, **options: Any) -> Host:
    return importing.bring_in(io.BytesIO(data), pace=QUICK, **options)


def states(host: Host) -> dict[int, HostState]:
    """Every state of a host, as if its machine id were the one it had where it was recorded."""
    seqs = Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True)
    found = {}
    for seq in seqs:
        state = state_at(host, seq)
        info = msgspec.structs.replace(state.host, machine_id=host.imported_from or host.machine_id)
        found[seq] = msgspec.structs.replace(state, host=info)
    return found


def rows(model: Any, host: Host, *columns: str) -> list[Any]:
    return list(model.objects.filter(host=host).order_by("pk").values_list(*columns))


def forget() -> None:
    Host.objects.all().delete()


SNAPSHOT = (
    "seq", "taken_at", "recorded_at", "duration_ms", "kind", "processes", "containers", "namespaces",
    "added", "changed", "removed",
)  # fmt: skip
WATCH = ("from_at", "until_at", "from_seq", "until_seq")
MARK = ("seq", "taken_at", "name", "note", "pinned", "requested_by", "requested_at")


@laws
@given(st.lists(host_states(), min_size=1, max_size=8), st.text(max_size=9).filter(lambda text: "\0" not in text))
def test_a_round_trip_is_exact(life: list[HostState], name: str) -> None:
    forget()
    record_states(life)
    original = hosts.get(HOST.machine_id)
    Mark.objects.create(host=original, seq=1, name=name, note=name, pinned=True, requested_at=START)
    imported = bring_in(export())
    assert states(imported) == states(original)
    assert rows(Snapshot, imported, *SNAPSHOT) == rows(Snapshot, original, *SNAPSHOT)
    assert rows(Watch, imported, *WATCH) == rows(Watch, original, *WATCH)
    assert rows(Mark, imported, *MARK) == rows(Mark, original, *MARK)
    for column in ("hostname", "kernel", "boot_id", "last_seq", "interval_s", "seen_at", "taken_at", "first_seen_at"):
        assert getattr(imported, column) == getattr(original, column), column


@laws
@given(st.lists(host_states(), min_size=2, max_size=8), st.data())
def test_a_part_holds_exactly_its_snapshots(life: list[HostState], data: st.DataObject) -> None:
    forget()
    record_states(life)
    all_states = states(hosts.get(HOST.machine_id))
    ends = st.sampled_from(sorted(all_states))
    first, last = sorted((data.draw(ends), data.draw(ends)))
    imported = bring_in(export(first, last))
    assert states(imported) == {seq: state for seq, state in all_states.items() if first <= seq <= last}
    seqs = sorted(states(imported))
    for one, other in pairwise(seqs):
        found, told = (changes_between(host, one, other) for host in (imported, HOST.machine_id))
        assert [getattr(found, part) for part in SECTIONS] == [getattr(told, part) for part in SECTIONS]


def test_a_history_that_was_thinned_is_exported_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "READ", 2)
    record_states([a_state([a_process(1), a_process(10 + number)]) for number in range(20)])
    rules = Rules(parse_policy("1h:all,60d:1h"))
    later = START + timedelta(days=3)
    Round(rules, thinning.live_hosts(), QUICK, later, thinning.GRACE * 0).run()
    original = hosts.get(HOST.machine_id)
    assert 2 < Snapshot.objects.count() < 10
    assert states(bring_in(export())) == states(original)


def test_rows_that_are_still_to_be_removed_are_not_exported() -> None:
    record_states([a_state([a_process(1), a_process(10 + number)]) for number in range(9)])
    Snapshot.objects.filter(seq__gt=1, seq__lt=9).delete()  # as dropping does, before the sweep
    assert states(bring_in(export())) == states(hosts.get(HOST.machine_id))


def test_an_imported_host_says_so_and_takes_no_orders_and_is_never_away() -> None:
    record_states([a_state([a_process(1)])])
    imported = bring_in(export())
    assert imported.machine_id.startswith(f"{HOST.machine_id}+imported-") and imported.hostname == HOST.hostname
    assert imported.imported_from == HOST.machine_id and imported.imported_at is not None
    assert not imported.is_away(timezone.now() + timedelta(days=400))
    with pytest.raises(HostAway, match="imported"):
        request_snapshot(imported)


def test_an_import_can_be_exported_again_and_importing_twice_makes_two_hosts() -> None:
    record_states([a_state([a_process(1)]), a_state([a_process(2)])])
    first = bring_in(export())
    again = bring_in(b"".join(exporting.export(first, 1, first.last_seq)))
    assert again.machine_id.count("+imported-") == 1 and again.machine_id != first.machine_id
    assert [msgspec.structs.replace(state, host=HOST) for state in states(again).values()] == [
        msgspec.structs.replace(state, host=HOST) for state in states(first).values()
    ]


def test_a_stretch_that_history_does_not_hold_is_refused_before_a_byte_is_written() -> None:
    record_states([a_state([a_process(1)]), a_state([a_process(2)])])
    for first, last in ((0, 2), (1, 9), (2, 1)):
        with pytest.raises(NoSuchSnapshot):
            exporting.export(hosts.get(HOST.machine_id), first, last)


def test_an_export_overtaken_by_retention_ends_without_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "READ", 2)
    record_states([a_state([a_process(number)]) for number in range(1, 9)])
    lines = exporting._lines(
        hosts.get(HOST.machine_id), Snapshot.objects.earliest("seq"), Snapshot.objects.latest("seq")
    )
    taken = [next(lines) for _ in range(4)]
    Snapshot.objects.filter(seq__lt=6).delete()
    with pytest.raises(NoSuchSnapshot, match="thinned"):
        taken.extend(lines)
    assert not any(isinstance(line, export_file.End) for line in taken)


def lines() -> list[Any]:
    """An export as lines of plain JSON values."""
    record_states([a_state([a_process(1)]), a_state([a_process(1), a_process(2)]), a_state([a_process(2)])])
    Mark.objects.create(host=hosts.get(HOST.machine_id), seq=1, name="one", requested_at=START)
    return [msgspec.json.decode(line) for line in gzip.decompress(export()).splitlines()]


def pack(found: list[Any]) -> bytes:
    return gzip.compress(b"".join(msgspec.json.encode(line) + b"\n" for line in found))


def swap(found: list[Any], one: int, other: int) -> None:
    found[one], found[other] = found[other], found[one]


def twice(found: list[Any], place: int) -> None:
    found.insert(place, found[place])


HOSTILE: dict[str, Callable[[list[Any]], object]] = {
    "no header": lambda found: found.pop(0),
    "two headers": lambda found: twice(found, 0),
    "another format": lambda found: found[0].update(format="tar"),
    "a later version": lambda found: found[0].update(version=2),
    "another schema": lambda found: found[0].update(schema=99),
    "a header that is not true": lambda found: found[0].update(last_seq=77),
    "a header with a moment that is none": lambda found: found[0].update(seen_at="soon"),
    "a machine id that steers a terminal": lambda found: found[0]["host"].update(machine_id="a\x1b[2J"),
    "a machine id of two lines": lambda found: found[0]["host"].update(machine_id="a\nb"),
    "no first state": lambda found: found.pop(1),
    "snapshots in disorder": lambda found: swap(found, 2, 3),
    "a snapshot twice": lambda found: twice(found, 2),
    "a second whole state": lambda found: twice(found, 1),
    "a snapshot that is missing": lambda found: found.pop(2),
    "a snapshot of another host": lambda found: found[2]["frame"].update(host="other"),
    "a state of another host": lambda found: found[1]["frame"]["state"]["host"].update(machine_id="other"),
    "a change that does not fit": lambda found: found[2]["frame"].update(processes={"remove": ["none:1:1"]}),
    "a key that lies": lambda found: found[1]["frame"]["state"]["processes"][0].update(pid=77),
    "a number beyond bounds": lambda found: found[2]["frame"].update(seq=2**63),
    "a snapshot numbered 0": lambda found: found[1]["frame"].update(seq=0),
    "a moment that is none": lambda found: found[2].update(recorded_at="yesterday"),
    "a kind that is none": lambda found: found[2].update(kind=9),
    "a mark on nothing": lambda found: found[-2].update(seq=99),
    "a snapshot after the marks": lambda found: swap(found, 3, -2),
    "no end": lambda found: found.pop(),
    "something after the end": lambda found: found.append(found[-2]),
    "an end that miscounts": lambda found: found[-1].update(snapshots=1),
    "an unknown line": lambda found: found.insert(2, {"type": "surprise"}),
    "an unknown field": lambda found: found[2].update(extra=1),
    "text": lambda found: found.insert(2, "hello"),
}


@pytest.mark.parametrize("harm", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_contradicts_itself_is_refused_and_leaves_nothing(harm: Callable[[list[Any]], object]) -> None:
    found = lines()
    harm(found)
    with pytest.raises(MalformedFile):
        bring_in(pack(found))
    assert list(Host.objects.values_list("machine_id", flat=True)) == [HOST.machine_id]
    assert Snapshot.objects.count() == 3 and not Mark.objects.exclude(host__machine_id=HOST.machine_id).exists()


def test_the_hostile_files_differ_from_a_good_one_in_nothing_else() -> None:
    assert bring_in(pack(lines())).last_seq == 4


@pytest.mark.parametrize("length", [0, 1, 9, 30, 200, -9, -1])
def test_a_file_that_was_cut_short_is_refused(length: int) -> None:
    lines()
    with pytest.raises(MalformedFile):
        bring_in(export()[:length])
    assert Host.objects.count() == 1


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\x1f\x8b\x08\x00junkjunkjunk", b"{}\n", gzip.compress(b"\xff\n")])
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedFile):
        bring_in(data)
    assert not Host.objects.exists()


def test_a_line_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_file, "MAX_LINE", 100_000)
    with pytest.raises(MalformedFile, match="more than 100,000 bytes"):
        bring_in(gzip.compress(b"0" * 10_000_000))


def test_a_file_that_inflates_to_more_than_it_may_is_refused() -> None:
    lines()
    with pytest.raises(MalformedFile, match="holds more than"):
        bring_in(export(), most_bytes=2000)
    assert Host.objects.count() == 1


def test_a_host_shows_only_once_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    lines()
    seen = []
    store = importing.Arrival.store

    def look(self: importing.Arrival, line: Any) -> None:
        store(self, line)
        seen.append(hosts.choose(None).machine_id)  # would find two, if both showed

    monkeypatch.setattr(importing.Arrival, "store", look)
    imported = bring_in(export())
    assert set(seen) == {HOST.machine_id} and len(seen) > 4
    assert hosts.choose(imported.machine_id) == imported


def test_what_a_killed_import_left_is_cleared_away_later() -> None:
    found = lines()
    arrival = importing.Arrival(msgspec.convert(found[0], export_file.Header), iter(()), QUICK)
    arrival.store(msgspec.convert(found[1], export_file.SnapshotLine))
    assert importing.clear_abandoned(QUICK, timezone.now()) == 0
    assert importing.clear_abandoned(QUICK, timezone.now() + 2 * importing.ABANDONED) == 1
    assert list(Host.objects.values_list("machine_id", flat=True)) == [HOST.machine_id]


def test_values_are_shared_with_what_is_there() -> None:
    lines()
    before = Value.objects.count()
    imported = bring_in(export())
    assert isinstance(state_at(imported).host, HostInfo)
    assert Value.objects.count() == before
