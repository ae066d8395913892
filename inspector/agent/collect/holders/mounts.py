"""Bind mounts of namespaces: ``/proc/<pid>/mountinfo``, read once for each mount namespace.

See proc_pid_mountinfo(5). A process sees the mounts below its own root only.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from inspector.agent.collect.holders.held import Found, Held
from inspector.agent.collect.nsfs import NamespaceScan, ScannedNamespace, nsfs_device
from inspector.agent.collect.procfs import decode
from inspector.agent.collect.read_errors import why
from inspector.facts.namespaces import TYPES, NamespaceType, parse_link
from inspector.facts.types import Gap

_FILE_SYSTEM: Final = b" - nsfs "
_ESCAPED: Final = re.compile(rb"\\([0-7]{3})")
_ENDED: Final = frozenset((errno.ENOENT, errno.ESRCH, errno.EINVAL))  # EINVAL: a zombie has no mount namespace


class Mount(NamedTuple):
    """A namespace that is mounted."""

    kind: NamespaceType
    inode: int
    path: bytes


def parse_mounts(mountinfo: bytes) -> Iterator[Mount]:
    """The mounts of namespaces, each once.

    :raises ValueError: not of the form that the manual gives.
    """
    found = set()
    for line in mountinfo.splitlines() if _FILE_SYSTEM in mountinfo else ():
        if _FILE_SYSTEM in line:
            _, _, _, root, path, *_ = line.split(b" ")
            kind, inode = parse_link(root.decode("ascii"))
            if kind in TYPES:
                found.add(Mount(kind, inode, _unescape(path)))
    yield from sorted(found)


def _unescape(path: bytes) -> bytes:
    return _ESCAPED.sub(lambda one: bytes((int(one[1], 8) & 0xFF,)), path)


class MountReader:
    """Reads the mounts of namespaces for one search.

    :param proc: ``/proc``.
    """

    def __init__(self, proc: str, scan: NamespaceScan) -> None:
        self.gaps: list[Gap] = []
        self._proc = proc
        self._scan = scan
        self._device = nsfs_device()
        self._opened: dict[tuple[NamespaceType, int], ScannedNamespace] = {}

    def read(self, seen_by: Iterable[str]) -> list[tuple[ScannedNamespace, str]] | None:
        """The namespaces that are mounted in one mount namespace, with their paths.

        :param seen_by: folders below ``/proc`` of those that live in it; the first that still does is asked.
        :return: ``None``: nobody lives in it any more, or it could not be read, which is a gap.
        """
        for folder in seen_by:
            try:
                with open(f"{self._proc}/{folder}/mountinfo", "rb") as file:
                    mounts = list(parse_mounts(file.read()))
                return list(self._open_all(folder, mounts))
            except (OSError, ValueError) as error:
                if not isinstance(error, OSError) or error.errno not in _ENDED:
                    self._note(folder, error)
                    return None
        return None

    def _open_all(self, folder: str, mounts: Iterable[Mount]) -> Iterator[tuple[ScannedNamespace, str]]:
        for mount in mounts:
            try:
                yield self._open(folder, mount), decode(mount.path)
            except OSError as error:  # something is mounted above it, or the folder it was mounted in was removed
                self._note(folder, error)

    def _note(self, folder: str, error: OSError | ValueError) -> None:
        reason = why(error.errno or errno.EIO) if isinstance(error, OSError) else "malformed"
        self.gaps.append(Gap(int(folder.partition("/")[0]), "mountinfo", reason))

    def _open(self, folder: str, mount: Mount) -> ScannedNamespace:
        """The namespace that is mounted. It stays open until the scan ends, so an inode means one namespace.

        :raises OSError: it was not found elsewhere and cannot be reached, as where something is mounted above it.
        """
        file = mount.kind, mount.inode
        if file not in self._opened:
            try:
                found = self._open_path(f"{self._proc}/{folder}/root".encode() + mount.path, mount)
            except OSError as error:
                found = self._find_known(mount, error)
            self._opened[file] = found
        return self._opened[file]

    def _find_known(self, mount: Mount, error: OSError) -> ScannedNamespace:
        """One that this scan found elsewhere: as long as it is mounted, no other one gets its inode."""
        for namespace in self._scan.namespaces():
            if namespace.file[::2] == (mount.kind, mount.inode):
                return namespace
        raise error

    def _open_path(self, path: bytes, mount: Mount) -> ScannedNamespace:
        """Find out what it is before it is opened: to open a device may have effects."""
        found = os.open(path, os.O_PATH | os.O_NOFOLLOW)
        try:
            told = os.fstat(found)
            if (told.st_dev, told.st_ino) != (self._device, mount.inode):
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
            return self._scan.open(f"/proc/self/fd/{found}", mount.kind)
        finally:
            os.close(found)


def find_mounts(proc: str, scan: NamespaceScan, seen_by: Mapping[ScannedNamespace, Iterable[str]]) -> Found:
    """What is mounted in each of these mount namespaces.

    :param seen_by: see :meth:`MountReader.read`.

    Cost: some 9 µs a mount.
    """
    reader = MountReader(proc, scan)
    held = [
        Held(namespace, "mount", None, path, within)
        for within, folders in seen_by.items()
        for namespace, path in reader.read(folders) or ()
    ]
    return Found(held, reader.gaps)
