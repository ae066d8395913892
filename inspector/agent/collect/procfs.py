"""One process from ``/proc/<pid>``: read raw through one directory descriptor, and parsed separately.

Reading costs what the kernel takes to write the text, some 60 µs a process; parsing costs 4 µs. See proc(5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from errno import ENOENT
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

from inspector.agent.collect.namespace_links import Links, read_links
from inspector.agent.collect.read_errors import gone_or, number_unless_gone
from inspector.errors import MalformedProc
from inspector.facts.types import Confinement, Life, Seccomp, Text

P = TypeVar("P")

MAX_CMDLINE_BYTES: Final = 64 * 1024
"""The most bytes of a command line that are read; a process may make its own megabytes long."""

MAX_CMDLINE_CHARS: Final = 4096
MAX_ARGUMENTS: Final = 4096
CUT: Final = "…"
"""The last argument, or the end of it, where a command line was too long to keep."""

KERNEL_THREAD: Final = 0x00200000
"""``PF_KTHREAD`` of the kernel's ``include/linux/sched.h``, in the ``flags`` of ``stat``."""

MOST: Final = 2**53 - 1
"""Capabilities beyond these are not kept. The kernel of today has 41."""

SECCOMP: Final[tuple[Seccomp, ...]] = ("none", "strict", "filter")
"""By number; see proc_pid_status(5), "Seccomp". A kernel without it confines nobody."""

_CAPABILITIES: Final = {
    "effective": b"CapEff",
    "permitted": b"CapPrm",
    "inheritable": b"CapInh",
    "bounding": b"CapBnd",
    "ambient": b"CapAmb",  # Linux 4.3
}
_WORKER: Final = re.compile(r"(kworker/u?[0-9]+:[0-9]+[HL]?I?)[-+]")  # of a CPU, or unbound; H: high priority
_PAGE: Final = 4096

File = bytes | int
"""What a file held, or the error number that reading it gave."""


class RawProcess(msgspec.Struct, Generic[P], frozen=True, gc=False):
    """One process as a reader found it, not yet parsed."""

    pid: int
    stat: File | Stat  # parsed already where it was read from the kernel's own structures
    status: File | Status
    cmdline: File
    cgroup: File
    namespaces: P  # what the ``identify`` of :func:`read_process` made of the links
    label: File = ENOENT  # of a security module


class Stat(msgspec.Struct, frozen=True, gc=False):
    """The fields of ``/proc/<pid>/stat`` that identify a process."""

    pid: int
    comm: str
    state: str  # one letter, ``Z`` for a zombie; ``?`` where it lives and no more is told
    ppid: int
    flags: int  # ``PF_*``
    start_ticks: int  # clock ticks since boot

    @property
    def is_zombie(self) -> bool:
        """Whether it has ended, and its parent has not asked for its exit status yet."""
        return self.state in ("Z", "X")

    @property
    def life(self) -> Life:
        """Whether it is alive. Running and sleeping are not distinguished: they change too often."""
        return "zombie" if self.is_zombie else "stopped" if self.state == "T" else "alive"

    @property
    def is_kernel_thread(self) -> bool:
        return bool(self.flags & KERNEL_THREAD)


class Status(msgspec.Struct, frozen=True, gc=False):
    """The fields of ``/proc/<pid>/status`` that ``stat`` lacks."""

    uid: int | None  # real uid, in the reader's user namespace
    nspid: tuple[int, ...]  # outermost first; empty where the kernel has no pid namespaces
    confinement: Confinement | None = None


def list_pids(proc_fd: int) -> list[str]:
    """The names of the process directories, as the kernel orders them. Threads are not among them."""
    return [name for name in os.listdir(proc_fd) if name.isdecimal()]


def read_process(
    proc_fd: int,
    name: str,
    identify: Callable[[int, Links], P],
    label: Callable[[int], File] = lambda _: ENOENT,
) -> RawProcess[P]:
    """Read the four files and the eight namespace links of a process.

    :param proc_fd: the directory ``/proc``.
    :param label: reads the label of a security module, by that descriptor.
    :param identify: called with the process's own directory descriptor, while it is open, and the links.
    :raises Gone: the process died before all was read.
    :raises OSError: its directory cannot be opened at all.

    Cost: 22 system calls, each of which takes longer than all of Python between two of them. Paths are bytes,
    because this runs for every process of every scan.
    """
    try:
        fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY, dir_fd=proc_fd)
    except OSError as error:
        raise gone_or(error) from None
    try:
        return RawProcess(
            int(name),
            read_file(fd, b"stat"),
            cut_status(read_file(fd, b"status")),
            read_file(fd, b"cmdline"),
            read_file(fd, b"cgroup"),
            identify(fd, read_links(fd)),
            label(fd),
        )
    finally:
        os.close(fd)


def read_file(fd: int, name: bytes) -> File:
    """A file below a process's directory, at most :data:`MAX_CMDLINE_BYTES` of it; or the error number.

    :raises Gone: the process died.
    """
    try:
        file = os.open(name, os.O_RDONLY, dir_fd=fd)
    except OSError as error:
        return number_unless_gone(error)
    try:
        data = os.read(file, _PAGE)
        return data if len(data) < _PAGE else _read_rest(file, data)
    except OSError as error:
        return number_unless_gone(error)
    finally:
        os.close(file)


def parse_stat(data: bytes) -> Stat:
    """Parse ``/proc/<pid>/stat``; ``comm`` ends at the *last* ``)``, it may hold spaces and brackets.

    :param data: the whole file, read in one call.
    :return: ``start_ticks`` in clock ticks since boot; ``ppid`` is 0 for pid 1 and kthreadd.
    :raises MalformedProc: fewer than 22 fields, or not numbers; carries the offending bytes.

    See proc_pid_stat(5). No I/O.
    """
    try:
        start = data.index(b"(")
        end = data.rindex(b")")
        fields = data[end + 2 :].split(b" ", 20)
        return Stat(
            int(data[:start]),
            decode(data[start + 1 : end]),
            decode(fields[0]),
            int(fields[1]),
            int(fields[6]),
            int(fields[19]),
        )
    except (ValueError, IndexError):
        raise MalformedProc("stat", data) from None


def name_worker(comm: str) -> str:
    """``kworker/u8:0`` of ``kworker/u8:0-events``: the rest names the current work, which differs at every scan.

    Every other name is whole, as ``kworker/R-rcu_gp`` of a rescuer.

    :param comm: of a kernel thread. See ``wq_worker_comm()``, Linux 4.18, and ``format_worker_id()``, Linux 6.11.
    """
    found = _WORKER.match(comm)
    return found[1] if found else comm


def cut_status(data: File) -> File:
    """What is kept of ``/proc/<pid>/status``: from ``Uid`` to ``NSpid``, and from ``CapInh`` to ``Seccomp``.

    The rest is mostly counters, with which a process would change at every scan. No I/O.
    """
    if isinstance(data, int):
        return data
    start = max(0, data.find(b"\nUid:\t"))
    end = data.find(b"\n", data.find(b"\nNSpid:\t", start) + 1)
    if end <= start:
        return data
    begins = data.find(b"\nCapInh:\t", end)
    ends = -1 if begins < 0 else data.find(b"\n", data.find(b"\nSeccomp:\t", begins) + 1)
    return data[start : end + 1] + (data[begins + 1 : ends + 1] if ends > begins else b"")


def parse_status(data: bytes) -> Status:
    """Parse ``/proc/<pid>/status``. The kernel escapes newlines in ``Name``, so no name can pass for a field.

    :raises MalformedProc: no ``Uid`` line, or not numbers.

    ``NSpid`` is there since Linux 4.1. See proc_pid_status(5). No I/O.
    """
    try:
        start = data.index(b"\nUid:\t") + 6
        uids = data[start : data.index(b"\n", start)]
        sets = data.find(b"\nCapInh:\t", start)
        confinement = None if sets < 0 else _parse_confinement(uids, data[sets:])
        at = data.find(b"\nNSpid:\t", start)
        pids = () if at < 0 else tuple(map(int, data[at + 8 : data.index(b"\n", at + 8)].split(b"\t")))
        return Status(int(uids.split(b"\t")[0]), pids, confinement)
    except (ValueError, LookupError):
        raise MalformedProc("status", data) from None


_SECCOMP_BY_NUMBER: Final = dict(enumerate(SECCOMP))


@lru_cache(4096)
def _parse_confinement(uids: bytes, data: bytes) -> Confinement:
    """Credentials and seccomp mode, the same object for the same bytes: most processes are confined alike.

    :param uids: real, effective and saved.
    :param data: of ``status``, from ``CapInh``.
    :raises ValueError: other than the kernel writes it.
    :raises LookupError: no seccomp mode that is known.
    """
    told = dict(line.split(b":\t", 1) for line in data.split(b"\n") if b":\t" in line)
    _, euid, suid, *_ = map(int, uids.split(b"\t"))
    held: dict[str, Any] = {name: int(told.get(line, b"0"), 16) & MOST for name, line in _CAPABILITIES.items()}
    told_privileges = told.get(b"NoNewPrivs")
    return Confinement(
        **held,
        seccomp=_SECCOMP_BY_NUMBER[int(told.get(b"Seccomp", b"0"))],
        no_new_privs=None if told_privileges is None else told_privileges == b"1",
        euid=euid,
        suid=suid,
    )


def parse_cmdline(data: bytes, mask: Callable[[list[str]], list[str]] = list) -> tuple[Text, ...]:
    """Parse ``/proc/<pid>/cmdline`` into its arguments, masked and bounded.

    :param mask: takes the secrets out, before anything is cut, so that half a secret is recognised too.
    :return: at most :data:`MAX_ARGUMENTS` arguments of :data:`MAX_CMDLINE_CHARS` characters together; the last ends
        in :data:`CUT` where more was there. Empty for kernel threads and zombies.

    A program may have written anything over its arguments, see proc_pid_cmdline(5). No I/O.
    """
    if not data:
        return ()
    words, whole = _first_words(data.removesuffix(b"\0").split(b"\0"))
    return _bound(mask([decode(word) for word in words]), whole and len(data) < MAX_CMDLINE_BYTES)


def decode(data: bytes) -> str:
    r"""Text of a host as Unicode: UTF-8, and ``\xNN`` for each byte that is not."""
    return data.decode("utf-8", "backslashreplace")


def _first_words(words: list[bytes]) -> tuple[list[bytes], bool]:
    """As many of the words as can matter for what is kept, and whether these are all."""
    length = 0
    for number, word in enumerate(words):
        if length > MAX_CMDLINE_CHARS * 4 or number > MAX_ARGUMENTS:  # a character is at most four bytes
            return words[:number], False
        length += len(word)
    return words, True


def _bound(words: list[str], whole: bool) -> tuple[str, ...]:
    """The words as they are kept; ``whole`` is false where some are missing already."""
    room = MAX_CMDLINE_CHARS
    if whole and len(words) <= MAX_ARGUMENTS and sum(map(len, words)) <= room:
        return tuple(words)
    kept: list[str] = []
    for word in words[: MAX_ARGUMENTS - 1]:
        if len(word) >= room:
            return (*kept, word[: room - 1] + CUT)
        kept.append(word)
        room -= len(word)
    return (*kept, CUT)


def _read_rest(file: int, data: bytes) -> bytes:
    """The file from where the first page ended, up to the bound."""
    parts = [data]
    length = len(data)
    while length < MAX_CMDLINE_BYTES:
        part = os.read(file, MAX_CMDLINE_BYTES - length)
        if not part:
            break
        parts.append(part)
        length += len(part)
    return b"".join(parts)
