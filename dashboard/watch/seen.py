"""What ``/metrics`` says of the hosts: how their containers are isolated and fare, by the newest state of each.

The series of a host are kept as text, and made again when its isolation changed. A host whose agent is away has none
but those that say so: what is not known is not said. An imported host has none at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.utils import timezone

from dashboard import usage
from dashboard.watch.exposition import Family, label, write
from inspector.facts.container_events import is_up
from inspector.facts.left import left_of
from inspector.facts.namespaces import TYPES
from inspector.facts.sharing import Sharing, sharings
from inspector.facts.types import Container, Key
from inspector.history.queries import isolation
from inspector.history.queries.isolation import Isolation
from inspector.models import Host

UP: Final = Family("isoscope_host_up", "gauge", "1 while the agent of the host reports, 0 while it is away.")
SEEN_AT: Final = Family(
    "isoscope_host_seen_timestamp_seconds", "gauge", "When the newest stored state of the host still held."
)
LAG: Final = Family("isoscope_host_lag_seconds", "gauge", "How old the newest stored state of the host is.")
BACKLOG: Final = Family("isoscope_host_backlog_frames", "gauge", "Frames that the agent had still to deliver.")
PROCESSES: Final = Family("isoscope_host_processes", "gauge", "Processes on the host.")
CONTAINERS: Final = Family("isoscope_host_containers", "gauge", "Containers on the host.")
NAMESPACES: Final = Family("isoscope_namespaces", "gauge", "Namespaces on the host, by type.")
GAPS: Final = Family("isoscope_gaps", "gauge", "What could not be read on the host, and why.")
UNKNOWN: Final = Family(
    "isoscope_container_namespaces_unknown",
    "gauge",
    "Namespaces of running containers on the host of which is not known who shares them.",
)
SHARES: Final = Family(
    "isoscope_container_shares",
    "gauge",
    "1 where a running container shares its namespace of a type with the host, or with another container.",
)
LEFT: Final = Family(
    "isoscope_container_left_behind",
    "gauge",
    "1 where a container is in a namespace that the container which it was to be shared with has left.",
)
RUNNING: Final = Family("isoscope_container_running", "gauge", "1 while the container has processes, else 0.")
RESTARTS: Final = Family(
    "isoscope_container_restarts_total", "counter", "Restarts by the restart policy since the container was started."
)
OOM: Final = Family(
    "isoscope_container_oom_killed", "gauge", "1 where the kernel killed it for lack of memory in its newest run."
)
HEALTHY: Final = Family(
    "isoscope_container_healthy", "gauge", "1 or 0, where the health check of the container says."
)
LIMIT: Final = Family("isoscope_container_memory_limit_bytes", "gauge", "The container's limit of memory.")
MEMORY: Final = Family(
    "isoscope_container_memory_bytes",
    "gauge",
    "Memory in use, without cache that is given back at need, as the server process of its agent hears it.",
)
LEFT_OUT: Final = Family(
    "isoscope_metrics_containers_left_out",
    "gauge",
    "Containers that have no series of their own, because there are more than ISOSCOPE_METRICS_CONTAINERS.",
)

OF_HOSTS: Final = (UP, SEEN_AT, LAG, BACKLOG, PROCESSES, CONTAINERS)
OF_ISOLATION: Final = (NAMESPACES, GAPS, UNKNOWN)
OF_CONTAINERS: Final = (SHARES, LEFT, RUNNING, RESTARTS, OOM, HEALTHY, LIMIT)
FAMILIES: Final = (*OF_HOSTS, *OF_ISOLATION, *OF_CONTAINERS, MEMORY, LEFT_OUT)

MOST_GAPS: Final = 50
"""Kinds of gaps that are told of one host."""

Texts = Mapping[Family, str]


class Kept(NamedTuple):
    """The series of one host at a snapshot."""

    seq: int
    name: str  # the label of the host
    containers: Mapping[Key, str]  # the labels of each
    texts: Texts


class SeenHosts:
    """Writes the series of all hosts; one reading at a time."""

    def __init__(self) -> None:
        self._kept: dict[int, Kept] = {}

    def write(self) -> Iterator[str]:
        """The text, family by family.

        Cost: some microseconds for each host, and two milliseconds for one whose isolation changed.
        """
        now = timezone.now()
        hosts = list(Host.objects.filter(imported_at=None, importing=False).order_by("hostname", "machine_id"))
        names = names_of(hosts)
        here = [host for host in hosts if not host.is_away(now)]
        self._refresh(here, names)
        told, left_out = self._within_bounds(here)
        yield from write_hosts(hosts, names, now)
        kept = [self._kept[host.pk] for host in here]
        for family in OF_ISOLATION:
            yield from write(family, (one.texts.get(family, "") for one in kept))
        for family in OF_CONTAINERS:
            yield from write(family, (self._kept[host.pk].texts.get(family, "") for host in told))
        yield from write(MEMORY, (text for host in told for text in memory(host, self._kept[host.pk])))
        yield from write(LEFT_OUT, [f"{LEFT_OUT.name} {left_out}\n"])

    def _refresh(self, hosts: Sequence[Host], names: Mapping[int, str]) -> None:
        """Make those series again that may have changed; forget hosts that are not here."""
        self._kept = {host.pk: self._kept[host.pk] for host in hosts if host.pk in self._kept}
        moved = {
            host.pk: self._kept[host.pk].seq
            for host in hosts
            if host.pk in self._kept and self._kept[host.pk].seq != host.last_seq
        }
        touched = isolation.touched(moved) if moved else set()
        for host in hosts:
            kept = self._kept.get(host.pk)
            if kept is None or host.pk in touched or kept.name != names[host.pk] or kept.seq > host.last_seq:
                self._kept[host.pk] = make(host, names[host.pk])
            else:
                self._kept[host.pk] = kept._replace(seq=host.last_seq)

    def _within_bounds(self, hosts: Sequence[Host]) -> tuple[list[Host], int]:
        """The hosts whose containers are told, as many as there is room for, and how many containers are not."""
        room, told, left_out = settings.METRICS_CONTAINERS, [], 0
        for host in hosts:
            number = len(self._kept[host.pk].containers)
            if number <= room:
                told.append(host)
                room -= number
            else:
                left_out += number
        return told, left_out


def names_of(hosts: Sequence[Host]) -> dict[int, str]:
    """The label of each host: its name, with the machine id where another one has the same name."""
    times = Counter(str(host) for host in hosts)
    return {host.pk: str(host) if times[str(host)] == 1 else f"{host} {host.machine_id}" for host in hosts}


def write_hosts(hosts: Sequence[Host], names: Mapping[int, str], now: datetime) -> Iterator[str]:
    """What changes with every message."""
    values = [
        (
            label("host", names[host.pk]),
            (
                0 if host.is_away(now) else 1,
                host.seen_at.timestamp(),
                max(0.0, (now - host.seen_at).total_seconds()),
                host.waiting,
                host.processes,
                host.containers,
            ),
        )
        for host in hosts
    ]
    for place, family in enumerate(OF_HOSTS):
        yield from write(family, (family.sample(labels, row[place]) for labels, row in values))


def make(host: Host, name: str) -> Kept:
    """The series of a host."""
    found = isolation.read(host)
    of_host = label("host", name)
    labels = labels_of(found.state.containers, of_host)
    judged = sharings(found.state)
    series = [*host_series(found, judged, of_host), *container_series(found, judged, labels)]
    texts: dict[Family, str] = {}
    for family, own, value in series:
        texts[family] = texts.get(family, "") + family.sample(own, value)
    return Kept(host.last_seq, name, labels, texts)


def labels_of(containers: Sequence[Container], of_host: str) -> dict[Key, str]:
    """The labels of each container: host and name, with the id where another one has the same name."""
    times = Counter(container.title for container in containers)
    return {
        one.id: f"{of_host},{label('container', one.title if times[one.title] == 1 else f'{one.title} {one.id}')}"
        for one in containers
    }


Series = tuple[Family, str, float]
Judged = Mapping[Key, tuple[Sharing, ...]]


def host_series(found: Isolation, judged: Judged, of_host: str) -> Iterator[Series]:
    """How many namespaces, gaps, and namespaces of containers that nobody knows about."""
    for kind, number in sorted(found.namespaces.items()):
        yield NAMESPACES, f"{of_host},{label('type', kind)}", number
    for (what, why), number in sorted(found.gaps.items())[:MOST_GAPS]:
        yield GAPS, f"{of_host},{label('what', what)},{label('why', why)}", number
    running = [judged[one.id] for one in found.state.containers if is_up(one)]
    unknown = sum(sum(one.how == "unknown" for one in types) if types else len(TYPES) for types in running)
    yield UNKNOWN, of_host, unknown


def container_series(found: Isolation, judged: Judged, labels: Mapping[Key, str]) -> Iterator[Series]:
    """How each container is isolated and fares; nothing of what is not known."""
    left = left_of(found.state)
    for one in found.state.containers:
        own = labels[one.id]
        for sharing in judged[one.id]:
            if sharing.how in WITH:
                yield SHARES, f"{own},{label('type', sharing.type)},{label('with', WITH[sharing.how])}", 1
        for item in left.get(one.id, ()):
            yield LEFT, f"{own},{label('type', item.type)}", 1
        for family, value in fares(one):
            if value is not None:
                yield family, own, value


def fares(one: Container) -> Iterator[tuple[Family, float | None]]:
    """What is told of one container by itself."""
    yield RUNNING, is_up(one)
    yield RESTARTS, one.restarts
    yield OOM, one.oom_killed
    yield HEALTHY, HEALTH.get(one.health or "")
    yield LIMIT, one.limits.memory_bytes


WITH: Final = {"host": "host", "shared": "container"}
HEALTH: Final = {"healthy": 1, "unhealthy": 0}


def memory(host: Host, kept: Kept) -> Iterator[str]:
    """The memory that each container uses, where this process hears of it."""
    for key, used in usage.latest.of(host.machine_id).items():
        if key in kept.containers and used.memory_bytes is not None:
            yield MEMORY.sample(kept.containers[key], used.memory_bytes - (used.cache_bytes or 0))
