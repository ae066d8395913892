"""Pruning by hand, killed in the middle, and beside a writer: real processes on a real file."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.utils import timezone

from inspector.facts.types import HostState
from inspector.history import record
from inspector.history.retention.lease import Holder
from inspector.history.retention.policy import parse_policy
from inspector.history.retention.rounds import LEASE
from inspector.models import Host, Snapshot
from inspector.protocol.frames import Reset
from tests.support.states import HOST, a_process, a_state

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 120  # what nothing here comes near


def numbered(count: int) -> None:
    start = timezone.now() - timedelta(days=3)
    for seq in range(1, count + 1):
        moment = start + seq * timedelta(seconds=5)
        state = a_state([a_process(100 + seq)], taken_at=moment.isoformat())
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state), moment)


def run(*arguments: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("prune", *arguments, stdout=out, stderr=out)
    except SystemExit as error:
        return int(str(error.code)), out.getvalue()
    return 0, out.getvalue()


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readers are not waited for: there are none."""
    monkeypatch.setattr(
        "inspector.history.retention.rounds.Round.wait_for_readers", lambda self: setattr(self, "grace", timedelta(0))
    )


@pytest.mark.django_db
class TestCommand:
    def test_a_dry_run_says_what_would_go_and_leaves_it(self) -> None:
        numbered(20)
        status, said = run("--dry-run", "--keep", "1h:all,60d:1h")
        assert status == 0 and "would free 1" in said and "orchid" in said
        assert Snapshot.objects.count() == 20

    def test_a_dry_run_says_what_goes_because_history_is_too_large(self, settings: Any) -> None:
        numbered(20)
        settings.KEEP = parse_policy("all")
        assert "would free 0 snapshots" in run("--dry-run")[1]
        settings.KEEP_BYTES = 1
        status, said = run("--dry-run")
        assert status == 0 and "would free 19 snapshots" in said and "of at most 0.0 MiB" in said
        assert Snapshot.objects.count() == 20

    def test_it_prunes_by_the_setting_and_says_what_went(self, no_grace: None, settings: Any) -> None:
        numbered(20)
        settings.KEEP = parse_policy("1h:all,60d:1h")
        status, said = run()
        assert status == 0 and "snapshots" in said
        assert Snapshot.objects.count() < 3

    def test_it_forgets_a_host_only_where_one_is_named(self) -> None:
        numbered(3)
        assert run("--forget")[0] == 2
        assert run("--forget", "--host", "orchid", "--dry-run")[0] == 0 and Host.objects.exists()
        assert run("--forget", "--host", "orchid")[0] == 0 and not Host.objects.exists()

    def test_an_imported_host_is_skipped_and_the_command_says_so(self) -> None:
        numbered(3)
        Host.objects.update(imported_at=timezone.now())
        status, said = run("--host", "orchid")
        assert status == 2 and "imported" in said

    @pytest.mark.parametrize("arguments", [("--keep", "soon"), ("--host", "nobody"), ("--keep", "2d:1h,1d:1h")])
    def test_what_makes_no_sense_is_refused_in_words(self, arguments: tuple[str, ...]) -> None:
        numbered(1)
        status, said = run(*arguments)
        assert status == 2 and said.strip()

    def test_it_does_not_work_beside_another_one(self) -> None:
        numbered(3)
        other = Holder(LEASE)
        assert other.take()
        assert run()[0] == 2
        other.leave()
        assert run()[0] == 0

    def test_a_lease_of_a_process_that_died_runs_out(self) -> None:
        assert Holder(LEASE).take()
        assert not Holder(LEASE).take()
        assert Holder(LEASE).take(timezone.now() + timedelta(minutes=2))


class Installation:
    """A database file of its own, and processes that work on it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "isoscope.sqlite3"
        self.environment = os.environ | {
            "ISOSCOPE_DATA": str(folder),
            "ISOSCOPE_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        }

    def start(self, what: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.support.pruner", what]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE)

    def finish(self, process: subprocess.Popen[bytes]) -> bytes:
        said = process.communicate(timeout=LIMIT_S)[0]
        assert process.returncode == 0
        return said

    def recorded(self, what: str) -> dict[int, HostState]:
        return msgspec.json.decode(self.finish(self.start(what)), type=dict[int, HostState])

    def ask(self, query: str) -> list[Any]:
        with sqlite3.connect(self.file, timeout=20) as connection:
            return connection.execute(query).fetchall()

    def count(self, table: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM inspector_{table}")[0][0])

    def export(self) -> dict[int, HostState]:
        """Every state that the file holds, read by a process of its own."""
        code = (
            "import django, sys; django.setup()\n"
            "import msgspec\n"
            "from inspector.history import record\nfrom inspector.history.states import state_at\n"
            "from inspector.models import Snapshot\n"
            "seqs = Snapshot.objects.values_list('seq', flat=True)\n"
            f"states = {{seq: state_at('{HOST.machine_id}', seq) for seq in seqs}}\n"
            "sys.stdout.buffer.write(msgspec.json.encode(states))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code], env=self.environment, cwd=ROOT, stdout=subprocess.PIPE
        )
        return msgspec.json.decode(self.finish(process), type=dict[int, HostState])


def wait(until: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not until():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_killed_at_any_point_it_leaves_a_whole_history_and_the_next_finishes(tmp_path: Path) -> None:
    place = Installation(tmp_path)
    recorded = place.recorded("make")
    rows = place.count("processinterval")
    killing: list[Callable[[], bool]] = [
        lambda: place.count("snapshot") < 100,
        lambda: place.count("processinterval") < rows,
        lambda: place.count("processinterval") < rows - 100,
        lambda: place.count("processinterval") < rows - 250,
    ]
    for until in killing:
        process = place.start("prune")
        wait(until, process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=LIMIT_S)
        assert place.ask("PRAGMA integrity_check") == [("ok",)]
        assert all(recorded[seq] == state for seq, state in place.export().items())
    place.finish(place.start("prune"))
    left = place.export()
    assert 15 < len(left) < 25 and all(recorded[seq] == state for seq, state in left.items())
    assert place.count("cut") == 0 and place.ask("PRAGMA freelist_count") == [(0,)]


def test_frames_that_come_meanwhile_are_all_there(tmp_path: Path) -> None:
    place = Installation(tmp_path)
    recorded = place.recorded("make")
    pruning = place.start("prune")
    wait(lambda: place.count("snapshot") < 120, pruning)
    written = place.recorded("write")
    place.finish(pruning)
    left = place.export()
    assert set(written) <= set(left)
    assert all((recorded | written)[seq] == state for seq, state in left.items())
