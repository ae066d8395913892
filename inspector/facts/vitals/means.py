"""Means of what was used over a stretch of time. ``None`` is *unknown*."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from inspector.facts.types import MOST_CONTAINERS, Fact, Key, Small

MOST_KEPT: Final = 9e16
"""The highest mean that a row holds."""

Kept = Annotated[float, msgspec.Meta(ge=0, le=1e17)]  # a mean; what is more is kept as MOST_KEPT


class HostMeans(Fact, frozen=True, omit_defaults=True):
    """Means of what a host used over a stretch, in the units of :class:`HostVitals`."""

    cpu: Kept | None = None
    load: Kept | None = None  # over 1 minute
    memory_used: Kept | None = None
    memory_total: Kept | None = None
    swap_used: Kept | None = None
    swap_total: Kept | None = None
    disk_used: Kept | None = None
    disk_total: Kept | None = None
    received: Kept | None = None  # bytes a second, see HostVitals.network
    sent: Kept | None = None
    agent_cpu: Kept | None = None
    agent_rss: Kept | None = None


class ContainerMeans(Fact, frozen=True, omit_defaults=True):
    """Means of what a container used while it was there."""

    readings: Small
    cpu: Kept | None = None  # of one core
    memory: Kept | None = None  # bytes, without the page cache that is given back at need
    tasks: Kept | None = None


class ProcessMeans(Fact, frozen=True, omit_defaults=True):
    """Means of what a process used."""

    readings: Small
    cpu: Kept | None = None  # of one core
    rss: Kept | None = None


class Means(Fact, frozen=True):
    """Means over a stretch: of the host, of its containers by id, and of the processes that used most."""

    readings: Small
    host: HostMeans = HostMeans()
    containers: Annotated[dict[Key, ContainerMeans], msgspec.Meta(max_length=MOST_CONTAINERS)] = {}
    processes: Annotated[dict[Key, ProcessMeans], msgspec.Meta(max_length=1000)] = {}
