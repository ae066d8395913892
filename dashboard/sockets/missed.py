"""What a page missed, as one message."""

from __future__ import annotations

from typing import Final

import msgspec
from django.utils import timezone

from dashboard.accounts.access import still_sees
from dashboard.sockets.broadcast import FetchAgain
from inspector.errors import NoSuchSnapshot
from inspector.facts.types import SCHEMA
from inspector.history import hosts
from inspector.history.heartbeats import age_ms, heartbeat_of
from inspector.history.states import diff_between
from inspector.models import Snapshot
from inspector.protocol.frames import Diff, Heartbeat

MOST_MISSED: Final = 5000
"""Facts in a diff; above that, fetching the state costs less."""


class RightLost(Exception):
    """The user of a page signed out, or may no longer see the host."""


def missed_since(machine_id: str, seq: int) -> Heartbeat | Diff | FetchAgain:
    """A heartbeat if nothing was missed, a diff if little was, :class:`FetchAgain` if much was."""
    host, now = hosts.get(machine_id), timezone.now()
    if seq == host.last_seq:
        return heartbeat_of(host, now)
    if not Snapshot.objects.filter(host=host, seq=seq).exists():
        return FetchAgain(host.last_seq)  # removed by retention: a diff from there would begin before it
    try:
        missed = diff_between(host, seq, host.last_seq)
    except NoSuchSnapshot:
        return FetchAgain(host.last_seq)
    if len(missed) > MOST_MISSED:
        return FetchAgain(host.last_seq)
    told = {"checksum": host.checksum or None, "waiting": host.waiting, "age_ms": age_ms(host.seen_at, now)}
    return msgspec.structs.replace(missed, schema=SCHEMA, **told)


def missed_by(session_key: str, machine_id: str, seq: int) -> Heartbeat | Diff | FetchAgain:
    """:func:`missed_since` for this session. :raises RightLost: it may no longer see the host."""
    if not still_sees(session_key, machine_id):
        raise RightLost
    return missed_since(machine_id, seq)


def newest(machine_id: str) -> Heartbeat:
    """The newest seq, and how old that state is. A page that has an older seq asks for what it missed."""
    return heartbeat_of(hosts.get(machine_id), timezone.now())
