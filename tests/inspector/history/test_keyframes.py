"""Keyframes make reading faster and change nothing; and history survives when its writer is killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from inspector.facts.types import HostState
from inspector.history import hosts, intervals, keyframes, record
from inspector.history.rows import ALL, PROCESSES
from inspector.history.states import state_at
from inspector.models import Host, Keyframe, ProcessInterval
from tests.support.lives import laws, lives, record_all
from tests.support.recorder import frame_of, state_of
from tests.support.states import HOST

ROOT = Path(__file__).resolve().parents[3]
READER = """
import sys, django; django.setup()
import msgspec
from inspector.history.snapshots import last_seq
from inspector.history import record
from inspector.history.states import state_at
from tests.support.states import HOST
for seq in range(1, last_seq(HOST.machine_id) + 1):
    print(msgspec.json.encode(state_at(HOST.machine_id, seq)).decode())
"""


@pytest.fixture
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyframe after a handful of rows already."""
    monkeypatch.setattr(keyframes, "LEAST", 5)


@given(st.lists(st.integers(1, 2**63 - 1), unique=True))
def test_packed_numbers_come_back_in_order(ids: list[int]) -> None:
    assert keyframes.unpack(keyframes.pack(ids)) == sorted(ids)


@pytest.mark.django_db
@pytest.mark.usefixtures("_often")
@laws
@given(lives())
def test_states_are_the_same_with_keyframes_without_and_rebuilt(life: tuple[list[HostState], list[bool]]) -> None:
    Host.objects.all().delete()
    recorded = record_all(*life)
    for treat in (lambda host: None, keyframes.discard, keyframes.rebuild):
        for host in Host.objects.all():
            treat(host)
        for (machine_id, seq), state in recorded.items():
            assert state_at(machine_id, seq) == state


@pytest.mark.django_db
def test_a_keyframe_names_exactly_the_rows_that_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST", 300)
    for seq in range(1, 13):
        record.record(frame_of(seq))
    frames = Keyframe.objects.filter(table=PROCESSES.number).order_by("seq")
    assert len(frames) > 2
    for frame in frames:
        facts = PROCESSES.read(ProcessInterval.objects.filter(pk__in=keyframes.unpack(bytes(frame.rows))))
        assert sorted(fact.pid for fact in facts.values()) == [
            process.pid for process in state_of(frame.seq).processes
        ]


@pytest.mark.django_db
def test_an_old_state_is_read_from_its_keyframe_and_the_rows_since(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST", 300)
    for seq in range(1, 41):
        record.record(frame_of(seq))
    host = hosts.get(HOST.machine_id)
    rows = ProcessInterval.objects.filter(host=host)
    for seq in range(1, 40):
        base, named = keyframes.newest(PROCESSES, host.pk, seq)
        since = rows.filter(opened__gt=base, opened__lte=seq).count()
        assert len(named) == 200
        assert since <= 2 * 300
        assert len(intervals.holding_at(PROCESSES, host.pk, seq)) == 200


@pytest.mark.django_db
def test_rebuilt_keyframes_are_those_that_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyframes, "LEAST", 300)
    for seq in range(1, 21):
        record.record(frame_of(seq))
    host = hosts.get(HOST.machine_id)
    keyframes.rebuild(host)
    for frame in Keyframe.objects.filter(host=host):
        kind = next(kind for kind in ALL if kind.number == frame.table)
        held = intervals.holding_at(kind, host.pk, frame.seq)
        assert len(keyframes.unpack(bytes(frame.rows))) == len(held)
    assert Keyframe.objects.filter(host=host).values("seq").distinct().count() > 3


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An installation of its own, with a database file in a folder of its own."""
    told = os.environ | {
        "ISOSCOPE_DATA": str(tmp_path),
        "ISOSCOPE_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "migrate", "--skip-checks", "-v", "0"],
        env=told, cwd=ROOT, check=True,
    )  # fmt: skip
    return told


def run_until_killed(environment: dict[str, str], frames: int, spin: int) -> Iterator[int]:
    """Let the recorder store some frames, spend an arbitrary moment, kill it; the frames that it told of."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.recorder"],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        yield from (int(child.stdout.readline()) for _ in range(frames))
        sum(range(spin))
    finally:
        child.send_signal(signal.SIGKILL)
        yield from map(int, child.stdout.read().split())
        child.wait()
        child.stdout.close()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's file")
def test_history_is_whole_whenever_its_writer_is_killed(environment: dict[str, str], tmp_path: Path) -> None:
    dice = random.Random(7)
    told = 0
    for _ in range(10):
        stored = list(run_until_killed(environment, dice.randrange(1, 8), dice.randrange(2_000_000)))
        assert stored[0] in (told + 1, told + 2)  # one frame may have been stored and not told of
        told = stored[-1]
    with sqlite3.connect(tmp_path / "isoscope.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    reader = subprocess.run(
        [sys.executable, "-c", READER], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
    )
    states = [msgspec.json.decode(line, type=HostState) for line in reader.stdout.splitlines()]
    assert len(states) in (told, told + 1)
    for seq, state in enumerate(states, 1):
        assert state == state_of(seq)
