"""What a page missed, as one message."""

from __future__ import annotations

from typing import Final

import msgspec
from django.utils import timezone

from dashboard.sockets.broadcast import FetchAgain
from inspector.errors import NoSuchSnapshot
from inspector.facts.moments import format_instant
from inspector.facts.types import SCHEMA
from inspector.history import hosts
from inspector.history.states import diff_between
from inspector.models import Host, Snapshot
from inspector.protocol.frames import Diff, Heartbeat

MOST_MISSED: Final = 5000
"""Facts in a diff; above that, fetching the state costs less."""


def missed_since(machine_id: str, seq: int) -> Heartbeat | Diff | FetchAgain:
    """A heartbeat if nothing was missed, a diff if little was, :class:`FetchAgain` if much was."""
    host = hosts.get(machine_id)
    if seq == host.last_seq:
        return _heartbeat_of(host)
    if not Snapshot.objects.filter(host=host, seq=seq).exists():
        return FetchAgain(host.last_seq)  # removed by retention: a diff from there would begin before it
    try:
        missed = diff_between(host, seq, host.last_seq)
    except NoSuchSnapshot:
        return FetchAgain(host.last_seq)
    if len(missed) > MOST_MISSED:
        return FetchAgain(host.last_seq)
    told = {"checksum": host.checksum or None, "waiting": host.waiting, "age_ms": _age_ms(host)}
    return msgspec.structs.replace(missed, schema=SCHEMA, **told)


def newest(machine_id: str) -> Heartbeat:
    """How far history is, and how old its newest state: a page that is not there asks for what it missed."""
    return _heartbeat_of(hosts.get(machine_id))


def _heartbeat_of(host: Host) -> Heartbeat:
    return Heartbeat(
        seq=host.last_seq,
        taken_at=format_instant(host.taken_at),
        checksum=host.checksum or None,
        schema=SCHEMA,
        waiting=host.waiting,
        age_ms=_age_ms(host),
    )


def _age_ms(host: Host) -> float:
    return max(0.0, (timezone.now() - host.seen_at).total_seconds() * 1000)
