"""What the host uses: processors, memory, swap, the disk of the data folder, network, and who is signed in.

See psutil.readthedocs.io, proc_stat(5), proc_meminfo(5) and utmp(5).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from inspector.facts.vitals.readings import (
    MOST_INTERFACES,
    MOST_NAMES,
    MOST_SIGNED_IN,
    Disk,
    HostVitals,
    Interface,
    SignedIn,
)

T = TypeVar("T")

DEVICES: Final = Path("/sys/class/net")
ACCOUNTS: Final = Path("/etc/passwd")
LONGEST: Final = 256  # characters of a name
CANNOT: Final = (OSError, psutil.Error, RuntimeError, ValueError, OverflowError, KeyError, NotImplementedError)
"""What psutil raises where a file of the kernel is missing, or is not as it expects it."""


class HostReader:
    """Reads what the host uses. Rates are since the reading before, so the first one has none.

    :param folder: whose disk is told.
    :param clock: seconds of any monotonic clock.

    Not thread-safe.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._times: Any = None
        self._counters: dict[str, Any] = {}
        self._counted_at = 0.0
        self._accounts = Accounts()

    def read(self, uids: Iterable[int]) -> HostVitals:
        """What the host uses now; ``None`` in a field that cannot be read. Cost: some 0.3 ms.

        :param uids: of the accounts whose names are told.
        """
        memory, swap = attempt(psutil.virtual_memory), attempt(psutil.swap_memory)
        return HostVitals(
            cores=attempt(psutil.cpu_count),
            cpu=self._cpu(),
            load=attempt(psutil.getloadavg),
            memory_total=None if memory is None else memory.total,
            memory_available=None if memory is None else memory.available,
            swap_total=None if swap is None else swap.total,
            swap_used=None if swap is None else swap.used,
            disk=attempt(self._disk),
            interfaces=self._interfaces(),
            signed_in=attempt(find_signed_in),
            names=self._accounts.names_of(uids),
        )

    def _cpu(self) -> float | None:
        before, self._times = self._times, attempt(psutil.cpu_times)
        return None if before is None or self._times is None else busy_share(before, self._times)

    def _disk(self) -> Disk:
        found = psutil.disk_usage(str(self._folder))
        return Disk(str(self._folder)[:4096], found.total, found.free)

    def _interfaces(self) -> dict[str, Interface]:
        now = self._clock()
        counters = attempt(lambda: psutil.net_io_counters(pernic=True, nowrap=False)) or {}
        before, elapsed = self._counters, now - self._counted_at
        self._counters, self._counted_at = counters, now
        return {
            name[:LONGEST]: Interface(
                rate(before.get(name), counters[name], "bytes_recv", elapsed),
                rate(before.get(name), counters[name], "bytes_sent", elapsed),
                (DEVICES / name / "device").exists(),
            )
            for name in busiest(counters)
        }


def busy_share(before: Any, after: Any) -> float | None:
    """Percent of the time between two readings of ``psutil.cpu_times()`` in which processors worked.

    Waiting for a disk is not work. ``None``: no time has passed, or a counter went back.
    """
    passed: dict[str, float] = {name: getattr(after, name) - getattr(before, name) for name in before._fields}
    for guest, host in (("guest", "user"), ("guest_nice", "nice")):  # the kernel counts guests twice
        passed[host] -= passed.pop(guest, 0.0)
    whole = sum(passed.values())
    idle = passed.get("idle", 0.0) + passed.get("iowait", 0.0)
    return None if whole <= 0 or not 0 <= idle <= whole else round(100 * (whole - idle) / whole, 2)


def rate(before: Any, after: Any, name: str, elapsed: float) -> float | None:
    """How fast a counter rises, in its unit a second; ``None`` where it was not read before or began again."""
    if before is None or elapsed <= 0:
        return None
    risen = float(getattr(after, name) - getattr(before, name))
    return None if risen < 0 else round(risen / elapsed, 1)


def busiest(counters: dict[str, Any]) -> list[str]:
    """The names of at most :data:`MOST_INTERFACES` interfaces, those first through which most went."""
    return sorted(counters, key=lambda name: -counters[name].bytes_recv - counters[name].bytes_sent)[:MOST_INTERFACES]


def find_signed_in() -> tuple[SignedIn, ...]:
    """The sessions in utmp."""
    found = [
        SignedIn(
            one.name[:LONGEST],
            (one.terminal or "")[:LONGEST] or None,
            (one.host or "")[:LONGEST] or None,
            datetime.fromtimestamp(max(0, min(one.started, 2**33)), UTC).isoformat(),
        )
        for one in psutil.users()
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.terminal or ""))[:MOST_SIGNED_IN])


class Accounts:
    """The names of accounts, from passwd(5). No name service is asked: it might answer late, or never.

    :param file: it is read again where it changed.
    """

    def __init__(self, file: Path = ACCOUNTS) -> None:
        self._file = file
        self._changed_at: int | None = None
        self._names: dict[int, str] = {}

    def names_of(self, uids: Iterable[int]) -> dict[str, str]:
        """The names of these user ids, as far as the file has them."""
        changed_at = attempt(lambda: self._file.stat().st_mtime_ns)
        if changed_at != self._changed_at:
            self._changed_at = changed_at
            self._names = parse_passwd(attempt(lambda: self._file.read_text(errors="replace")) or "")
        return {str(uid): self._names[uid] for uid in sorted(uids)[:MOST_NAMES] if self._names.get(uid)}


def parse_passwd(text: str) -> dict[int, str]:
    """Name by user id. Of several accounts with one id, the first counts, as for the C library."""
    names: dict[int, str] = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) >= 3 and fields[2].isdecimal() and fields[2].isascii():
            names.setdefault(int(fields[2]), fields[0][:LONGEST])
    return names


def attempt(read: Callable[[], T]) -> T | None:
    """What ``read`` gives; ``None`` where it cannot be read."""
    try:
        return read()
    except CANNOT:
        return None
