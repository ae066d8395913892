"""Read the eight namespace links of a process, ``/proc/<pid>/ns/*``, as texts. See namespaces(7).

:mod:`inspector.agent.collect.nsfs` identifies the namespaces behind the links.
"""

from __future__ import annotations

import errno
import os
from typing import Final

from inspector.agent.collect.read_errors import gone_or
from inspector.facts.namespaces import TYPES, NamespaceType

_LINKS: Final = tuple(f"ns/{kind}".encode() for kind in TYPES)
_MNT, _UTS, _IPC, _PID, _NET, _USER, _CGROUP, _TIME = _LINKS

KINDS_OF_THREADS: Final[tuple[NamespaceType, ...]] = ("mnt", "uts", "ipc", "net", "cgroup")
"""The types in which a thread can live elsewhere than its process; see setns(2) and unshare(2)."""

Links = tuple[bytes | int, ...]
"""For each of the eight types the text of its link, or the error number that reading it gave."""


def read_links(fd: int) -> Links:
    """The texts of the eight links, or the error number for each that cannot be read.

    :param fd: the directory ``/proc/<pid>``.
    :raises Gone: the process has ended.

    The calls are written out, because this runs for every process of every scan.
    """
    link = os.readlink
    try:
        return (
            link(_MNT, dir_fd=fd),
            link(_UTS, dir_fd=fd),
            link(_IPC, dir_fd=fd),
            link(_PID, dir_fd=fd),
            link(_NET, dir_fd=fd),
            link(_USER, dir_fd=fd),
            link(_CGROUP, dir_fd=fd),
            link(_TIME, dir_fd=fd),
        )
    except OSError:
        return _read_one_by_one(fd)


def _read_one_by_one(fd: int) -> Links:
    """The links of a process of which at least one cannot be read.

    The kernel may answer EACCES for a process that has ended (``proc_ns_readlink`` in ``fs/proc/namespaces.c``). So
    check afterwards that the process is still there.
    """
    links = tuple(_read_link(fd, link) for link in _LINKS)
    try:
        os.stat("stat", dir_fd=fd)
    except OSError as error:
        raise gone_or(error) from None
    return links


def _read_link(fd: int, link: bytes) -> bytes | int:
    try:
        return os.readlink(link, dir_fd=fd)
    except OSError as error:
        return error.errno or errno.EIO
