"""What a host and its processes use. It travels with the metrics, never in the state. ``None`` is *unknown*."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from inspector.facts.types import Count, Fact, Key, Moment, Text

MOST_READ: Final = 2000
"""Processes in one message."""

MOST_INTERFACES: Final = 64
MOST_SIGNED_IN: Final = 100
MOST_NAMES: Final = 500

Percent = Annotated[float, msgspec.Meta(ge=0, le=1e7)]
Load = Annotated[float, msgspec.Meta(ge=0, le=1e9)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=1e15)]  # bytes a second
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e10)]


class ProcessVitals(Fact, frozen=True, omit_defaults=True):
    """What one process uses."""

    age_s: Seconds = 0.0  # how long before the message it was read
    cpu: Percent | None = None  # of one core, since it was read before
    rss_bytes: Count | None = None  # resident memory
    threads: Count | None = None
    files: Count | None = None  # open descriptors


class Interface(Fact, frozen=True):
    """What goes through a network interface of the host's network namespace."""

    received: Rate | None
    sent: Rate | None
    physical: bool  # it has a device; bridges, tunnels and the ends of pairs have none


class Disk(Fact, frozen=True):
    """The file system of a folder."""

    path: Text
    total_bytes: Count
    free_bytes: Count  # to accounts other than root


class SignedIn(Fact, frozen=True):
    """A session of somebody who signed in, by utmp(5)."""

    name: Text
    terminal: Text | None
    origin: Text | None  # host or address it came from; None: this host
    since: Moment


class HostVitals(Fact, frozen=True, omit_defaults=True):
    """What a host uses now. Rates are since the message before."""

    cores: Count | None = None  # logical processors
    cpu: Percent | None = None  # of all cores together
    load: tuple[Load, Load, Load] | None = None  # mean over 1, 5 and 15 minutes
    memory_total: Count | None = None  # bytes
    memory_available: Count | None = None  # bytes that programs can get without swapping
    swap_total: Count | None = None
    swap_used: Count | None = None
    disk: Disk | None = None  # where Isoscope keeps its data
    interfaces: Annotated[dict[Text, Interface], msgspec.Meta(max_length=MOST_INTERFACES)] = {}
    signed_in: Annotated[tuple[SignedIn, ...], msgspec.Meta(max_length=MOST_SIGNED_IN)] | None = None
    names: Annotated[dict[Key, Text], msgspec.Meta(max_length=MOST_NAMES)] = {}  # of accounts, by user id
    agent: ProcessVitals | None = None  # the agent itself

    @property
    def network(self) -> tuple[float | None, float | None]:
        """Bytes received and sent a second, through physical interfaces; where there is none, through all but lo."""
        physical = [one for one in self.interfaces.values() if one.physical]
        found = physical or [one for name, one in self.interfaces.items() if name != "lo"]
        return _sum([one.received for one in found]), _sum([one.sent for one in found])

    @property
    def memory_used(self) -> int | None:
        """Bytes that programs cannot get."""
        if self.memory_total is None or self.memory_available is None:
            return None
        return max(0, self.memory_total - self.memory_available)

    @property
    def disk_used(self) -> int | None:
        return None if self.disk is None else max(0, self.disk.total_bytes - self.disk.free_bytes)


class Vitals(Fact, frozen=True):
    """One reading: the host, and those of its processes that were read this time, by key."""

    host: HostVitals | None = None
    processes: Annotated[dict[Key, ProcessVitals], msgspec.Meta(max_length=MOST_READ)] = {}


def _sum(rates: list[float | None]) -> float | None:
    """The sum of those that are known; ``None``: none is."""
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None
