from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from inspector.analysis.text import zones
from inspector.history import bookmarks, record
from inspector.history.record import beat
from inspector.models import Host, Mark
from inspector.protocol.frames import Heartbeat, Reset
from tests.support.states import HOST, a_container, a_process, a_state

pytestmark = pytest.mark.django_db

TAKEN = datetime(2026, 7, 1, 3, 10, tzinfo=UTC)


def run(*arguments: str) -> tuple[int, str, str]:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("snapshots", *arguments, stdout=out, stderr=err, no_color=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def store(number: int, arrived: datetime | None = None) -> None:
    for seq in range(1, number + 1):
        state = a_state(
            [a_process(pid) for pid in range(10, 10 + seq)],
            containers=[a_container(1)],
            taken_at=(TAKEN + timedelta(seconds=5 * seq)).isoformat(),
        )
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state), arrived)


def test_it_lists_the_newest_first_in_the_readers_zone_and_in_utc(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    store(3)
    environment = tmp_path / "environ"
    environment.write_bytes(b"A=1\0TZ=Europe/Berlin\0")
    monkeypatch.setattr(zones, "ENVIRONMENT", environment)
    status, out, _ = run()
    _, _, newest, *_, oldest = out.splitlines()
    assert status == 0
    assert newest.split()[0] == "3"
    assert "2026-07-01 05:10:15 CEST (2026-07-01 03:10:15 UTC)" in newest
    assert newest.split("UTC)")[1].split()[:3] == ["3", "1", "1"]
    assert "[first scan]" in oldest


def test_it_lists_no_more_than_asked_for() -> None:
    store(5)
    assert [line["seq"] for line in msgspec.json.decode(run("--limit", "2", "--json")[1])] == [5, 4]


def test_json_carries_the_counts_and_the_marks() -> None:
    store(1)
    bookmarks.request_snapshot(HOST.machine_id, "ada", "before\x1b the upgrade")
    bookmarks.request_snapshot(HOST.machine_id, "ada")
    store(2)
    newest, oldest = msgspec.json.decode(run("--json")[1])
    assert newest == {
        "seq": 2,
        "taken_at": "2026-07-01T03:10:10+00:00",
        "kind": "whole state",
        "processes": 2,
        "namespaces": 8,
        "containers": 1,
        "added": 1,
        "changed": 0,
        "removed": 0,
        "marks": ["before\x1b the upgrade", "on demand"],
    }
    assert oldest["marks"] == []
    assert "before\\x1b the upgrade, on demand" in run()[1]


def test_without_a_host_it_says_so() -> None:
    status, _, err = run()
    assert status == 2
    assert "no host yet" in err


def test_it_takes_nothing_of_a_host_whose_agent_is_away() -> None:
    store(1, datetime.now(UTC) - timedelta(hours=1))
    status, _, err = run("--take")
    assert status == 2
    assert "has not reported" in err
    assert not Mark.objects.exists()


def test_it_gives_up_where_no_scan_comes() -> None:
    store(1)
    Host.objects.update(interval_s=0.1, seen_at=datetime.now(UTC) + timedelta(hours=1))
    status, _, err = run("--take")
    assert status == 2
    assert "nothing was taken" in err
    assert not Mark.objects.exists()


def patiently(work: Callable[[], Any]) -> Any:
    """What ``work`` gives. The tests' database in memory knows no waiting for a lock, so it is tried again."""
    while True:
        try:
            return work()
        except OperationalError:
            time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_the_next_scan() -> None:
    store(1)
    Host.objects.update(interval_s=20.0)
    asked = threading.Event()

    def look() -> None:
        try:
            while not patiently(Mark.objects.exists):
                asked.wait(0.01)
            patiently(lambda: beat(HOST.machine_id, Heartbeat(1, (TAKEN + timedelta(seconds=10)).isoformat())))
        finally:
            connection.close()

    agent = threading.Thread(target=look)
    agent.start()
    status, out, err = run("--take", "before the upgrade")
    agent.join()
    assert (status, err) == (0, "")
    assert "orchid 1: " in out
    assert "2026-07-01 03:10:10 UTC" in out
    assert Mark.objects.get().name == "before the upgrade"
