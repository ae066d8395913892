"""What this server process counts of itself; ``/metrics`` shows it (:mod:`dashboard.watch.metrics`)."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

REGISTRY: Final = CollectorRegistry()

FRAMES: Final = Counter("isoscope_frames", "Messages of agents that were taken in.", ["kind"], registry=REGISTRY)
SNAPSHOTS: Final = Counter("isoscope_snapshots", "Snapshots that were stored.", registry=REGISTRY)
REFUSED: Final = Counter(
    "isoscope_frames_refused", "Messages of agents that were not stored, by the error.", ["error"], registry=REGISTRY
)
SECONDS: Final = Histogram(
    "isoscope_frame_seconds", "Time from a message's turn until it is stored.", registry=REGISTRY
)
CPU: Final = Summary(
    "isoscope_frame_cpu_seconds",
    "CPU time of storing a message, without what a worker process does for a large one.",
    registry=REGISTRY,
)
AGENTS: Final = Gauge("isoscope_agents_connected", "Agents that are connected to this process.", registry=REGISTRY)
ROUNDS: Final = Counter(
    "isoscope_retention_rounds", "Rounds of retention of this process, by how they ended.", ["end"], registry=REGISTRY
)
REMOVED: Final = Counter("isoscope_retention_removed", "What retention removed.", ["what"], registry=REGISTRY)
SWEPT_AT: Final = Gauge(
    "isoscope_retention_last_round_timestamp_seconds", "When this process ended a round.", registry=REGISTRY
)
LOGGED: Final = Counter("isoscope_log_messages", "Lines of the log, by level.", ["level"], registry=REGISTRY)
for level in ("warning", "error", "critical"):
    LOGGED.labels(level)  # an alert needs to see the step from none to one


@contextmanager
def measured() -> Iterator[None]:
    """Measure what storing one message takes, by the clock and of this thread's CPU time."""
    began = time.thread_time()
    with SECONDS.time():
        yield
    CPU.observe(time.thread_time() - began)


class CountLog(logging.Handler):
    """Counts warnings and errors."""

    def emit(self, record: logging.LogRecord) -> None:
        LOGGED.labels(record.levelname.lower()).inc()


def count_log() -> None:
    """Count what this process logs from now on."""
    root = logging.getLogger()
    if not any(isinstance(handler, CountLog) for handler in root.handlers):
        root.addHandler(CountLog(logging.WARNING))
