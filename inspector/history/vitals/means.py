"""Means of metrics: summed as they arrive, merged where stretches become longer. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from heapq import nlargest
from typing import Any, Final, TypeVar, cast

import msgspec

from inspector.facts.moments import EPOCH, parse_instant
from inspector.facts.types import MOST_CONTAINERS, Usage
from inspector.facts.vitals.means import ContainerMeans, HostMeans, Means, ProcessMeans
from inspector.facts.vitals.readings import HostVitals
from inspector.protocol.frames import Metrics

S = TypeVar("S", ContainerMeans, ProcessMeans)

STRETCH: Final = timedelta(minutes=5)

MOST_BUSY: Final = 5
"""Of the processes of a stretch, so many are kept that used processors most, and as many that used memory most."""

Values = dict[str, float | None]


class Mean:
    """The mean of the values that are known."""

    __slots__ = ("number", "total")

    def __init__(self) -> None:
        self.total = 0.0
        self.number = 0

    def add(self, value: float | None, times: int = 1) -> None:
        if value is not None:
            self.total += value * times
            self.number += times

    @property
    def value(self) -> float | None:
        """``None``: no value was known."""
        return self.total / self.number if self.number else None


class Sums:
    """Sums of readings of one subject, field by field."""

    def __init__(self) -> None:
        self.readings = 0
        self.fields: dict[str, Mean] = defaultdict(Mean)

    def add(self, values: Mapping[str, float | None], readings: int = 1) -> None:
        """Add the mean of so many readings."""
        self.readings += readings
        for name, value in values.items():
            self.fields[name].add(value, readings)

    def values(self) -> Values:
        return {name: mean.value for name, mean in self.fields.items() if mean.number}


class Stretch:
    """The metrics of a stretch of time, summed up.

    :param at: where it begins, by the agent's clock.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.host = Sums()
        self.containers: dict[str, Sums] = defaultdict(Sums)
        self.processes: dict[str, Sums] = defaultdict(Sums)

    @property
    def until(self) -> datetime:
        return self.at + STRETCH

    def add(self, metrics: Metrics, cores: Mapping[str, float]) -> None:
        """Add one message.

        :param cores: how many cores each container used since the message before, where that is known.
        """
        self.host.add(of_host(metrics.host))
        for key, usage in metrics.containers.items():
            self.containers[key].add(of_container(usage, cores.get(key)))
        for key, vitals in metrics.processes.items():
            self.processes[key].add({"cpu": vitals.cpu, "rss": vitals.rss_bytes})

    def means(self) -> Means:
        return _means(self.host, self.containers, self.processes)


def beginning_of(moment: str) -> datetime:
    """Where the stretch begins in which this moment lies."""
    found = parse_instant(moment)
    return found - (found - EPOCH) % STRETCH


def merge(all_means: Iterable[Means]) -> Means:
    """The means of several stretches as one, weighted by their readings."""
    host = Sums()
    containers: dict[str, Sums] = defaultdict(Sums)
    processes: dict[str, Sums] = defaultdict(Sums)
    for means in all_means:
        host.add(_values(means.host), means.readings)
        for key, container in means.containers.items():
            containers[key].add(_values(container), container.readings)
        for key, process in means.processes.items():
            processes[key].add(_values(process), process.readings)
    return _means(host, containers, processes)


def of_host(vitals: HostVitals | None) -> Values:
    """The values of one reading that are kept."""
    if vitals is None:
        return {}
    received, sent = vitals.network
    return {
        "cpu": vitals.cpu,
        "load": None if vitals.load is None else vitals.load[0],
        "memory_used": vitals.memory_used,
        "memory_total": vitals.memory_total,
        "swap_used": vitals.swap_used,
        "swap_total": vitals.swap_total,
        "disk_used": vitals.disk_used,
        "disk_total": None if vitals.disk is None else vitals.disk.total_bytes,
        "received": received,
        "sent": sent,
        "agent_cpu": None if vitals.agent is None else vitals.agent.cpu,
        "agent_rss": None if vitals.agent is None else vitals.agent.rss_bytes,
    }


def of_container(usage: Usage, cores: float | None) -> Values:
    """The values of one reading of a container; the page cache that is given back at need is not in use."""
    memory = None if usage.memory_bytes is None else max(0, usage.memory_bytes - (usage.cache_bytes or 0))
    return {"cpu": None if cores is None else 100 * cores, "memory": memory, "tasks": usage.pids}


class Cores:
    """How many cores containers use, from two messages that follow each other."""

    def __init__(self) -> None:
        self._before: dict[str, int | None] = {}
        self._at: datetime | None = None

    def since(self, metrics: Metrics) -> dict[str, float]:
        """By container, since the message before; those are left out of which it is not known."""
        at = parse_instant(metrics.taken_at)
        elapsed = 0.0 if self._at is None else (at - self._at).total_seconds() * 1e6
        now = {key: usage.cpu_usec for key, usage in metrics.containers.items()}
        before, self._before, self._at = self._before, now, at
        pairs = ((key, before.get(key), used) for key, used in now.items())
        return {
            key: (used - earlier) / elapsed
            for key, earlier, used in pairs
            if elapsed > 0 and earlier is not None and used is not None and used >= earlier
        }


def _means(host: Sums, containers: Mapping[str, Sums], processes: Mapping[str, Sums]) -> Means:
    return Means(
        host.readings,
        HostMeans(**host.values()),
        {key: _made(ContainerMeans, sums) for key, sums in list(containers.items())[:MOST_CONTAINERS]},
        _busy({key: _made(ProcessMeans, sums) for key, sums in processes.items()}),
    )


def _made(kind: type[S], sums: Sums) -> S:
    return kind(sums.readings, **sums.values())


def _busy(processes: dict[str, ProcessMeans]) -> dict[str, ProcessMeans]:
    """Those that used most, by processors and by memory."""
    by_cpu = nlargest(MOST_BUSY, processes, key=lambda key: processes[key].cpu or 0.0)
    by_rss = nlargest(MOST_BUSY, processes, key=lambda key: processes[key].rss or 0.0)
    return {key: processes[key] for key in sorted({*by_cpu, *by_rss})}


def _values(means: msgspec.Struct) -> Values:
    found: dict[str, Any] = msgspec.structs.asdict(means)
    found.pop("readings", None)
    return cast(Values, found)
