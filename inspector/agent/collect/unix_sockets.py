"""Which process listens on which unix socket. A shim names containerd's socket: this finds that containerd.

See unix(7), and ``unix_seq_show`` in the kernel's ``net/unix/af_unix.c`` for ``/proc/net/unix``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from typing import Final

from inspector.agent.collect.procfs import decode

ACCEPTING: Final = 0x10000
"""``__SO_ACCEPTCON``: the socket listens."""

CANDIDATES: Final = ("containerd", "dockerd", "docker-containe")
"""The first characters of ``comm`` of programs that may serve others; the kernel cuts names at 15 characters."""


def is_candidate(comm: str) -> bool:
    """Whether a program of this name may listen where shims or daemons connect; shims themselves do not."""
    return comm.startswith(CANDIDATES) and "shim" not in comm


def parse_unix(data: bytes) -> dict[int, str]:
    """The listening sockets of ``/proc/<pid>/net/unix`` that have a path: inode → absolute path.

    A path may hold spaces, it is the rest of its line. Lines of any other form are left out. No I/O.
    """
    paths: dict[int, str] = {}
    for line in data.split(b"\n")[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[7].startswith(b"/"):
            with contextlib.suppress(ValueError):
                if int(fields[3], 16) & ACCEPTING:
                    paths[int(fields[6])] = decode(fields[7])
    return paths


def read_listeners(proc: str, pids: Iterable[int]) -> dict[str, int]:
    """Absolute path of a unix socket → pid of the candidate that listens there.

    :param pids: who may listen; each is checked in its own network namespace, which is what the kernel lists.
    :return: incomplete where descriptors cannot be read. Where two listen on the same path, in different mount
        namespaces, the lower pid is returned.

    Cost: one list of sockets, and one readlink per open descriptor, for each candidate.
    """
    listeners: dict[str, int] = {}
    for pid in sorted(pids):
        paths = _read_unix(proc, pid)
        for inode in _read_socket_inodes(proc, pid) & paths.keys():
            listeners.setdefault(paths[inode], pid)
    return listeners


def _read_unix(proc: str, pid: int) -> dict[int, str]:
    for path in (f"{proc}/{pid}/net/unix", f"{proc}/net/unix"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            return parse_unix(file.read())
    return {}


def _read_socket_inodes(proc: str, pid: int) -> set[int]:
    """The inodes of the sockets that a process has open; empty where it is gone or forbidden."""
    inodes: set[int] = set()
    with contextlib.suppress(OSError):
        for entry in os.scandir(f"{proc}/{pid}/fd"):
            with contextlib.suppress(OSError, ValueError):
                kind, _, rest = os.readlink(entry.path).partition(":[")
                if kind == "socket":
                    inodes.add(int(rest[:-1]))
    return inodes
