"""Open descriptors of namespaces, and sockets in other network namespaces: ``/proc/<pid>/fd``.

See proc_pid_fd(5), pidfd_getfd(2) and ``SIOCGSKNS`` of socket(7).
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
from collections.abc import Iterator, Mapping
from typing import Final

from inspector.agent.collect.holders.held import Found, Held
from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace
from inspector.agent.collect.read_errors import why
from inspector.facts.namespaces import TYPES, parse_link
from inspector.facts.types import Gap

MOST: Final = 20_000
"""So many descriptors are looked at; more of them are a gap."""

_SIOCGSKNS: Final = 0x894C  # Linux 4.10
_PIDFD_GETFD: Final = 438  # Linux 5.6, the same number on every machine
_NET: Final = TYPES.index("net")

_libc = ctypes.CDLL(None, use_errno=True)


def find_descriptors(proc: str, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
    """What descriptors hold, except those of our own process.

    Cost: some 10 µs a descriptor.
    """
    search = _Search(proc, scan)
    for pid, places in processes.items():
        if pid != os.getpid():
            search.look_at(pid, places)
    if search.seen > MOST:
        search.gaps.append(Gap(None, "holders/descriptors", "unsupported"))
    return Found(search.held, search.gaps)


class _Search:
    def __init__(self, proc: str, scan: NamespaceScan) -> None:
        self.seen = 0
        self.held: list[Held] = []
        self.gaps: list[Gap] = []
        self._proc = proc
        self._scan = scan

    def look_at(self, pid: int, places: ProcessNamespaces) -> None:
        """A process that ends meanwhile holds nothing any more."""
        try:
            sockets = [number for number, target in self._descriptors(pid) if self._is_socket(pid, number, target)]
            if sockets and isinstance(places[_NET], ScannedNamespace):
                self._look_at_sockets(pid, sockets, places[_NET])
        except (FileNotFoundError, ProcessLookupError):
            pass
        except OSError as error:
            self.gaps.append(Gap(pid, "fd", why(error.errno or 0)))

    def _descriptors(self, pid: int) -> Iterator[tuple[str, str]]:
        folder = f"{self._proc}/{pid}/fd"
        for number in os.listdir(folder):
            self.seen += 1
            if self.seen <= MOST:
                with contextlib.suppress(FileNotFoundError):
                    yield number, os.readlink(f"{folder}/{number}")

    def _is_socket(self, pid: int, number: str, target: str) -> bool:
        """Whether it is one. What is a namespace is noted."""
        kind, _, _ = target.partition(":[")
        if kind in TYPES:
            parse_link(target)
            with contextlib.suppress(FileNotFoundError):
                namespace = self._scan.open(f"{self._proc}/{pid}/fd/{number}", kind)
                self.held.append(Held(namespace, "descriptor", pid, number))
        return kind == "socket"

    def _look_at_sockets(self, pid: int, sockets: list[str], own: ScannedNamespace | int) -> None:
        """Take each socket, and ask for its namespace.

        :raises OSError: that is not allowed.
        """
        pidfd = os.pidfd_open(pid)
        try:
            for number in sockets:
                with contextlib.suppress(FileNotFoundError), _taken(pidfd, int(number)) as socket:
                    self._ask(pid, number, socket, own)
        finally:
            os.close(pidfd)

    def _ask(self, pid: int, number: str, socket: int, own: ScannedNamespace | int) -> None:
        namespace = fcntl.ioctl(socket, _SIOCGSKNS)
        try:
            if isinstance(own, ScannedNamespace) and os.fstat(namespace).st_ino != own.file.inode:
                held = self._scan.open(f"/proc/self/fd/{namespace}", "net")
                self.held.append(Held(held, "socket", pid, number))
        finally:
            os.close(namespace)


@contextlib.contextmanager
def _taken(pidfd: int, number: int) -> Iterator[int]:
    """A copy of another process's descriptor.

    :raises OSError: as pidfd_getfd(2); it closed it meanwhile: FileNotFoundError.
    """
    taken = int(_libc.syscall(_PIDFD_GETFD, pidfd, number, 0))
    if taken < 0:
        number_of_error = ctypes.get_errno()
        raise OSError(number_of_error, os.strerror(number_of_error))
    try:
        yield taken
    finally:
        os.close(taken)
