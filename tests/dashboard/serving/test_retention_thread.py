"""The retention thread."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.serving.retention_thread import RetentionThread
from inspector.history import record
from inspector.history.retention import rounds
from inspector.history.retention.lease import Holder
from inspector.history.retention.policy import parse_policy
from inspector.models import Snapshot
from inspector.protocol.frames import Reset
from tests.dashboard.conftest import MACHINE, some_state


@pytest.fixture
def old_life(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty snapshots of three days ago, of which at most two are to be kept; no reader to wait for."""
    settings.KEEP = parse_policy("1h:all,60d:1h")
    monkeypatch.setattr(rounds.Round, "wait_for_readers", lambda self: setattr(self, "grace", timedelta(0)))
    start = timezone.now() - timedelta(days=3)
    for seq in range(1, 21):
        state = some_state(1, 100 + seq)
        record.record(Reset(MACHINE, seq, state.taken_at, state), start + timedelta(seconds=seq))


def wait(until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
class TestRound:
    def test_it_frees_what_is_not_to_be_kept_and_says_so(
        self, old_life: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "isoscope.retention")
        assert RetentionThread().run_round()
        assert Snapshot.objects.count() < 3 and "retention freed" in caplog.text

    def test_it_says_nothing_where_it_freed_nothing(self, old_life: None, caplog: pytest.LogCaptureFixture) -> None:
        RetentionThread().run_round()
        caplog.clear()
        caplog.set_level(logging.INFO, "isoscope.retention")
        RetentionThread().run_round()
        assert not caplog.records

    def test_it_leaves_the_work_to_the_process_that_already_does_it(self, old_life: None) -> None:
        other = Holder(rounds.LEASE)
        other.take()
        assert RetentionThread().run_round() is None and Snapshot.objects.count() == 20
        other.leave()
        assert RetentionThread().run_round() and RetentionThread().holder.take()

    def test_a_fault_does_not_end_it(
        self, old_life: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        thread = RetentionThread()
        with monkeypatch.context() as patch:
            patch.setattr(rounds.Round, "run", lambda self: 1 / 0)
            assert thread.run_round() is None
        assert "tried again later" in caplog.text
        assert thread.run_round()

    def test_it_stops_between_two_steps(self, old_life: None) -> None:
        thread = RetentionThread()
        thread.stopping.set()
        assert thread.run_round() is None and Snapshot.objects.count() == 20


def test_the_thread_goes_on_until_it_is_told_to_stop() -> None:
    done: list[int] = []
    thread = RetentionThread(every_s=0.001)
    thread.run_round = lambda: done.append(1)  # type: ignore[assignment, return-value, func-returns-value]
    thread.start()
    wait(lambda: len(done) > 2)
    thread.stop()
    assert not thread.thread.is_alive()


def test_the_thread_ends_at_once_while_it_waits_for_its_first_round() -> None:
    thread = RetentionThread(every_s=3600, first_s=3600)
    thread.start()
    thread.stop()
    assert not thread.thread.is_alive()
