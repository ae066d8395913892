"""The heartbeat of a page: the newest seq of a host, and how old that state is, while the state does not change."""

from __future__ import annotations

from datetime import datetime, timedelta

from inspector.facts.moments import format_instant
from inspector.facts.types import SCHEMA
from inspector.models import Host
from inspector.protocol.frames import Heartbeat


def heartbeat_of(host: Host, now: datetime, whole_at: str | None = None) -> Heartbeat:
    """The heartbeat of the newest state.

    :param whole_at: the last full scan, where the agent has just reported it.
    """
    return Heartbeat(
        seq=host.last_seq,
        taken_at=format_instant(host.taken_at),
        checksum=host.checksum or None,
        whole_at=whole_at,
        schema=SCHEMA,
        waiting=host.waiting,
        age_ms=age_ms(host.seen_at, now),
    )


def age_ms(seen: datetime, now: datetime) -> float:
    """How old a state is that held at ``seen``, in milliseconds; never below zero, whatever the clocks say."""
    return max(0.0, (now - seen) / timedelta(milliseconds=1))
