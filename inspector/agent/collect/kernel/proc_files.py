"""What a record lacks: command line, control groups as text, the whole name of a kernel thread."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from inspector.agent.collect.kernel.layout import LEVELS, STOPPED, Record
from inspector.agent.collect.labels import label_reader
from inspector.agent.collect.procfs import (
    MOST,
    SECCOMP,
    File,
    Stat,
    Status,
    cut_status,
    decode,
    parse_status,
    read_file,
)
from inspector.agent.collect.read_errors import Gone, gone_or
from inspector.facts.capabilities import SETS
from inspector.facts.types import Confinement

_SECOND: Final = 10**9  # in nanoseconds
_BOOTTIME: Final = re.compile(r"^(?:boottime|7)\s+(-?\d+)\s+(\d+)", re.MULTILINE)


class ProcFiles:
    """Files below ``/proc``, and what takes them to describe a record as ``/proc`` would.

    :param proc: ``/proc``.
    """

    def __init__(self, proc: str = "/proc") -> None:
        self._proc = proc
        self._offset_ns = read_boot_offset(Path(proc))
        self.label = label_reader(read_file, proc)
        self._ticks = os.sysconf("SC_CLK_TCK")

    @contextlib.contextmanager
    def open(self, pid: int) -> Iterator[int]:
        """The folder of a process.

        :raises Gone: it has ended, or is hidden from us.
        :raises PermissionError: it is hidden from us, see proc(5), "hidepid".
        """
        try:
            fd = os.open(f"{self._proc}/{pid}", os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise gone_or(error) from None
        try:
            yield fd
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def open_all(self) -> Iterator[int]:
        """The folder ``/proc`` itself."""
        fd = os.open(self._proc, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield fd
        finally:
            os.close(fd)

    def describe(self, record: Record, folder: int | None) -> tuple[Stat, Status]:
        """What its files ``stat`` and ``status`` say.

        :param folder: as :meth:`open` gives it; ``None`` where it is hidden from us.
        """
        state = "Z" if record.is_zombie else "T" if record.life & STOPPED else "?"
        start = (record.start_ns + self._offset_ns) * self._ticks // _SECOND
        stat = Stat(record.pid, _comm(record, folder), state, record.ppid, record.flags, start)
        return stat, Status(record.uid, _pids(record, folder), _confined(record))


def read_cmdline(record: Record, folder: int, name: bytes = b"cmdline") -> File:
    """The command line. A kernel thread and a zombie have none.

    :param name: of the file, below the folder.
    :raises Gone: the process has ended.
    """
    return b"" if record.is_kernel_thread or record.is_zombie else read_file(folder, name)


def read_boot_offset(proc: Path) -> int:
    """Nanoseconds that our time namespace adds to the time since boot, and so to every start in ``/proc``.

    See time_namespaces(7), "/proc/PID/timens_offsets".
    """
    try:
        found = _BOOTTIME.search((proc / "self/timens_offsets").read_text())
    except OSError:
        return 0
    return 0 if found is None else int(found[1]) * _SECOND + int(found[2])


def _confined(record: Record) -> Confinement:
    sets = record.effective, record.permitted, record.inheritable, record.bset, record.ambient
    return _confinement(sets, record.seccomp, record.privileges, record.euid, record.suid, record.loginuid)


@lru_cache(4096)
def _confinement(sets: tuple[int, ...], seccomp: int, privileges: int, *uids: int) -> Confinement:
    """The same object for the same numbers: most processes are confined alike."""
    held: dict[str, Any] = {name: one & MOST for name, one in zip(SETS, sets, strict=True)}
    euid, suid, loginuid = uids
    return Confinement(
        **held, seccomp=SECCOMP[seccomp], no_new_privs=bool(privileges), euid=euid, suid=suid, loginuid=loginuid
    )


def _comm(record: Record, folder: int | None) -> str:
    """The name. That of a kernel thread may be longer than the 15 bytes that ``task_struct`` has for it."""
    told = read_file(folder, b"comm") if record.is_kernel_thread and folder is not None else record.comm
    return decode(told.removesuffix(b"\n") if isinstance(told, bytes) else record.comm)


def _pids(record: Record, folder: int | None) -> tuple[int, ...]:
    """Its pids inside, outermost first. They are in the record unless it is nested deeper; then none may be known."""
    if record.level < LEVELS:
        return record.pids
    if folder is None:
        return ()
    told = cut_status(read_file(folder, b"status"))
    if isinstance(told, int):
        raise Gone
    return parse_status(told).nspid
