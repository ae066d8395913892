"""The hosts of this history: finding one, and noting when its agent looked at it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from inspector.errors import NoSuchSnapshot
from inspector.facts.types import HostInfo
from inspector.models import MISSED, Host, Watch


def get(host: Host | str) -> Host:
    """The host with this machine id.

    :raises NoSuchSnapshot: history knows of no such host.
    """
    if isinstance(host, Host):
        return host
    found = Host.objects.filter(machine_id=host).first()
    if found is None:
        raise NoSuchSnapshot(f"history knows of no host {host!r}")
    return found


def choose(name: str | None) -> Host:
    """The host that a person means: by hostname, by the start of its machine id, or the only one there is.

    :raises NoSuchSnapshot: none, or more than one; says which there are.
    """
    known = Host.objects.filter(importing=False).order_by("hostname", "machine_id")
    if name is not None:
        known = known.filter(Q(hostname=name) | Q(machine_id__startswith=name))
    found = list(known[:10])
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{host.hostname} ({host.machine_id})" for host in found)
        raise NoSuchSnapshot(f"there are several hosts, name one with --host: {names}")
    raise NoSuchSnapshot("history holds no host yet" if name is None else f"history knows of no host {name!r}")


def lock(machine_id: str) -> Host | None:
    """The host's row, locked until the transaction ends: frames of one host are stored one after another."""
    return Host.objects.select_for_update().filter(machine_id=machine_id).first()


def create(info: HostInfo, taken: datetime, now: datetime) -> Host:
    """A host seen for the first time, locked."""
    Host.objects.get_or_create(
        machine_id=info.machine_id, defaults={"first_seen_at": now, "seen_at": now, "taken_at": taken}
    )
    return Host.objects.select_for_update().get(machine_id=info.machine_id)


def describe(host: Host, info: HostInfo) -> None:
    """Take over what the host says of itself; the list of hosts shows it. PostgreSQL's texts hold no NUL."""
    host.boot_id = info.boot_id.replace("\0", "\ufffd")
    host.hostname = info.hostname.replace("\0", "\ufffd")
    host.kernel = info.kernel.replace("\0", "\ufffd")


def begin_watch(machine_id: str, interval_s: float | None = None) -> None:
    """An agent has connected: its next look begins a new stretch. It looks every ``interval_s``."""
    told = {} if interval_s is None else {"interval_s": interval_s}
    Host.objects.filter(machine_id=machine_id).update(watch=None, **told)


def note_agent(machine_id: str, version: str, schema: int) -> bool:
    """Note what the connected agent says of itself. ``False``: history does not know the host yet."""
    return bool(Host.objects.filter(machine_id=machine_id).update(agent_version=version, agent_schema=schema))


def look(host: Host, seq: int, taken: datetime, now: datetime) -> None:
    """The agent looked at ``taken`` and saw the state numbered ``seq``; the caller saves the host."""
    host.seen_at = now
    host.taken_at = taken
    watch = host.watch
    if watch is None or not watch.until_at <= taken <= watch.until_at + MISSED * host.interval:
        host.watch = Watch.objects.create(host=host, from_at=taken, until_at=taken, from_seq=seq, until_seq=seq)
        return
    watch.until_at, watch.until_seq = taken, seq
    watch.save(update_fields=["until_at", "until_seq"])


def away(host: Host, now: datetime | None = None) -> str | None:
    """A sentence on how long the agent has been away, or ``None`` while it is not."""
    now = now or timezone.now()
    if host.imported_at is not None:
        return f"{host} was imported: no agent looks at it"
    if not host.is_away(now):
        return None
    seconds = (now - host.seen_at).total_seconds()
    return f"the agent of {host} has not been heard of for {seconds:.0f} s: start it, then ask again"
