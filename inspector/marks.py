"""Snapshots that somebody asked for."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from inspector import hosts
from inspector.errors import HostAway
from inspector.models import Host, Mark


def request_snapshot(host: Host | str, by: str = "", name: str = "") -> Mark:
    """Ask for a snapshot on demand: the next look at the host is it, and gives the mark its ``seq``.

    :raises HostAway: nobody looks at that host now.
    :raises NoSuchSnapshot: history knows of no such host.
    """
    host = hosts.get(host)
    now = timezone.now()
    if sentence := hosts.away(host, now):
        raise HostAway(sentence)
    return Mark.objects.create(host=host, name=name, requested_by=by, requested_at=now)


def fulfil(host: Host, seq: int, taken: datetime, now: datetime) -> None:
    """A look has come in: it is what the open requests of this host waited for."""
    Mark.objects.filter(host=host, seq=None, requested_at__lt=now).update(seq=seq, taken_at=taken)
