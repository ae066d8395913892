"""The thread that tells: it judges entries of the feed by the rules, stores messages, and has them sent.

Recording only puts entries into a queue that never waits. Whatever a receiver does costs recording nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from django.db import close_old_connections, connections, transaction
from django.utils import timezone

from dashboard.alerts import away, messages, send
from dashboard.alerts.lines import Line, line_of
from dashboard.alerts.messages import AlertMessage
from dashboard.alerts.rules import ENDS, AlertRule, AlertStanding, key_of
from dashboard.database_errors import Unavailable, log_fault
from inspector.analysis.feed.entries import Entry
from inspector.facts.moments import format_instant
from inspector.models import Host

log = logging.getLogger("isoscope.alerts")

MOST_WAITING: Final = 10_000
"""Snapshots whose entries wait to be judged; those beyond are not told, and the log says so."""

LOOK_S: Final = 1.0
"""Seconds between two looks for messages that are due."""

CLOCK_S: Final = 10.0
"""Seconds between two looks for agents that are away."""

SENDERS: Final = 4
"""Messages that are sent at the same time; of one rule, one."""

GRACE_S: Final = 3.0

PAUSES_S: Final = (0.1, 0.3, 1.0)
"""Before writing is tried again."""


class Heard(NamedTuple):
    """The entries of one snapshot of a host."""

    machine_id: str
    entries: tuple[Entry, ...]


_heard: Final[queue.Queue[Heard]] = queue.Queue(MOST_WAITING)


def hear(machine_id: str, entries: tuple[Entry, ...]) -> None:
    """Have entries judged soon. Never waits."""
    if not entries or not _running.is_set():
        return
    try:
        _heard.put_nowait(Heard(machine_id, entries))
    except queue.Full:
        log.error("alerts: too much happens at once; %d entries of %s are not judged", len(entries), machine_id)


_running: Final = threading.Event()


class Teller:
    """One for each server process."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._loop, name="alerts", daemon=True)
        self.pool = ThreadPoolExecutor(SENDERS, "alert")
        self.waiting: deque[Heard] = deque()  # taken, and not judged yet
        self.busy: set[int] = set()  # rules of which a message is being sent
        self._clock_at = 0.0

    def start(self) -> None:
        _running.set()
        self.thread.start()

    def stop(self) -> None:
        """Stop. A message that is being sent is sent again later if its answer does not come in time."""
        _running.clear()
        self.stopping.set()
        self.thread.join(GRACE_S)
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _loop(self) -> None:
        while not self.stopping.is_set():
            try:
                self.turn(_take(LOOK_S))
            except Exception as error:
                log_fault(log, "alerts: a turn failed; the next one follows", error)
                self.stopping.wait(CLOCK_S)
            finally:
                close_old_connections()
        connections.close_all()

    def turn(self, heard: list[Heard]) -> None:
        """Judge what was heard, look at agents from time to time, and send what is due.

        What the database does not let be judged now is judged in a later turn.
        """
        self.waiting += heard
        while self.waiting:
            self._judge_first()
        if time.monotonic() - self._clock_at > CLOCK_S:
            self._clock_at = time.monotonic()
            away.judge(timezone.now())
            messages.thin(timezone.now())
        for message in AlertMessage.claim_due(timezone.now(), self.busy):
            self.busy.add(message.rule_id)
            self.pool.submit(self._deliver, message)

    def _judge_first(self) -> None:
        try:
            judge(self.waiting[0])
        except Unavailable:
            raise
        except Exception:
            log.exception("alerts: what happened on %s is not judged", self.waiting[0].machine_id)
        self.waiting.popleft()

    def _deliver(self, message: AlertMessage) -> None:
        try:
            deliver(message)
        except Exception as error:
            log_fault(log, f"alerts: a message of {message.rule} is left as it is", error)
        finally:
            self.busy.discard(message.rule_id)
            connections.close_all()


def _take(wait_s: float) -> list[Heard]:
    """What was heard: all that waits, or the next that comes in time."""
    found: list[Heard] = []
    with suppress(queue.Empty):
        found.append(_heard.get(timeout=wait_s))
        while len(found) < MOST_WAITING:
            found.append(_heard.get_nowait())
    return found


@transaction.atomic
def judge(heard: Heard) -> None:
    """Store the messages of all rules about these entries: all or, where the database fails, none."""
    rules = [rule for rule in AlertRule.objects.filter(enabled=True) if rule.concerns(heard.machine_id)]
    host = Host.objects.filter(machine_id=heard.machine_id).first() if rules else None
    if host is None:
        return
    for rule in rules:
        if lines := list(told_by(rule, host, heard.entries)):
            AlertMessage.add(rule, msgspec.to_builtins(lines), timezone.now())


def told_by(rule: AlertRule, host: Host, entries: Iterable[Entry]) -> Iterable[Line]:
    """What a rule tells of entries: those that fit, but not again what stands; and the ends of what was told."""
    for entry in entries:
        if not rule.fits(entry):
            continue
        key = key_of(entry)
        if entry.kind in ENDS and entry.kind not in rule.kinds:
            if AlertStanding.end(rule, host.machine_id, key):
                yield line_of(host, entry, key, ended=True)
        elif not rule.once or entry.kind not in ENDS.values() or AlertStanding.begin(rule, host.machine_id, key):
            yield line_of(host, entry, key, ended=False)


def test_message(rule: AlertRule, now: datetime) -> AlertMessage:
    """A message that shows whether a rule's target is reached. It is for the caller to deliver, once."""
    host = Host.objects.filter(importing=False).first() or Host(machine_id="test", hostname="test")
    entry = Entry(host.last_seq, format_instant(now), "host-changed")
    line = line_of(host, entry, "test", ended=False, sentence=f"This is a test of the rule “{rule.name}”")
    told = {"lines": msgspec.to_builtins([line]), "is_test": True, "tries": 1, "due_at": now + messages.CLAIM}
    return AlertMessage.objects.create(rule=rule, **told)


def deliver(message: AlertMessage) -> None:
    """Send a message, and note how that went."""
    try:
        send.send(message)
    except Exception as error:
        text = f"{type(error).__name__}: {error}" if not str(error) else str(error)
        log.warning("alerts: a message of the rule %r did not arrive: %s", message.rule.name, text)
        insist(lambda: message.note_failure(text))
    else:
        log.info("alerts: a message of the rule %r was sent", message.rule.name)
        insist(message.note_sent)


def insist(write: Callable[[], None]) -> None:
    """Write, again where the database is locked for a moment: what is not noted as sent is sent again."""
    for pause_s in PAUSES_S:
        with suppress(*Unavailable):
            write()
            return
        time.sleep(pause_s)
    write()
