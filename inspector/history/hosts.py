"""The hosts of this history: finding one, and noting when its agent scanned it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    found = Host.objects.select_for_update(of=("self",)).select_related("watch").filter(machine_id=machine_id)
    return next(iter(found), None)


def create(info: HostInfo, taken: datetime, now: datetime) -> Host:
    """A host seen for the first time, locked."""
    Host.objects.get_or_create(
        machine_id=info.machine_id, defaults={"first_seen_at": now, "seen_at": now, "taken_at": taken}
    )
    return Host.objects.select_for_update().get(machine_id=info.machine_id)


def describe(host: Host, info: HostInfo) -> None:
    """Copy the host's own description, which the list of hosts shows. PostgreSQL's texts hold no NUL."""
    host.boot_id = info.boot_id.replace("\0", "\ufffd")
    host.hostname = info.hostname.replace("\0", "\ufffd")
    host.kernel = info.kernel.replace("\0", "\ufffd")


def begin_watch(machine_id: str, interval_s: float | None = None) -> None:
    """An agent has connected: its next scan begins a new watch. It scans every ``interval_s``."""
    told = {} if interval_s is None else {"interval_s": interval_s}
    Host.objects.filter(machine_id=machine_id).update(watch=None, **told)


def note_agent(machine_id: str, version: str, schema: int) -> bool:
    """Note the version and schema of the connected agent. ``False``: history does not have the host yet."""
    return bool(Host.objects.filter(machine_id=machine_id).update(agent_version=version, agent_schema=schema))


@dataclass(frozen=True)
class Observation:
    """When a state held, and when its message reached the server.

    ``seen`` is ``taken`` on the server's clock: a host's clock may be wrong, and a frame may have waited.
    """

    taken: datetime  # the agent's clock
    seen: datetime  # the server's clock
    arrived: datetime  # the server's clock
    waiting: int = 0  # frames that the agent has still to deliver
    duration_ms: float = 0.0  # of the scan


def observe(host: Host, seq: int, observed: Observation) -> None:
    """The state numbered ``seq`` held at that moment; the caller saves the host and its watch."""
    host.seen_at, host.taken_at = observed.seen, observed.taken
    host.heard_at, host.waiting = observed.arrived, observed.waiting
    watch, longest = host.watch, MISSED * host.interval + timedelta(milliseconds=observed.duration_ms)
    if watch is None or not watch.until_at <= observed.taken <= watch.until_at + longest:
        save_watch(host)
        ends = {"from_at": observed.taken, "until_at": observed.taken, "from_seq": seq, "until_seq": seq}
        host.watch = Watch.objects.create(host=host, **ends)
        return
    watch.until_at, watch.until_seq = observed.taken, seq


def save_watch(host: Host) -> None:
    """Save until when the agent scanned without a break."""
    if host.watch is not None:
        host.watch.save(update_fields=["until_at", "until_seq"])


def note_message(host: Host, arrived: datetime, waiting: int) -> None:
    """The agent is alive, and still has ``waiting`` frames to deliver."""
    host.heard_at, host.waiting = arrived, waiting
    host.save(update_fields=["heard_at", "waiting"])


def away(host: Host, now: datetime | None = None) -> str | None:
    """A sentence on how long the agent has been away, or ``None`` while it is not."""
    now = now or timezone.now()
    if host.imported_at is not None:
        return f"{host} was imported: no agent scans it"
    if not host.is_away(now):
        return None
    seconds = (now - (host.heard_at or host.seen_at)).total_seconds()
    return f"the agent of {host} has not reported for {seconds:.0f} s: start it, then ask again"
