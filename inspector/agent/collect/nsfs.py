"""Which namespaces there are: opened once per scan, told apart by the kernel's own number, held until the scan ends.

A descriptor on a namespace pins it: while it is open, its inode number cannot be given to another. So one look at
each link text is enough, and two processes with the same text in one scan do live together. See ioctl_nsfs(2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from inspector.agent.collect.procfs import Links
from inspector.facts.namespaces import NESTING, TYPES, NamespaceType, parse_link

NS_GET_USERNS: Final = 0xB701  # _IO(0xb7, 1), Linux 4.9
NS_GET_PARENT: Final = 0xB702  # _IO(0xb7, 2), Linux 4.9
NS_GET_MNTNS_ID: Final = 0x8008B705  # _IOR(0xb7, 5, __u64), Linux 6.11, mount namespaces only
NS_GET_ID: Final = 0x8008B70D  # _IOR(0xb7, 13, __u64), Linux 6.18, all types

_OUT_OF_DESCRIPTORS: Final = frozenset((errno.EMFILE, errno.ENFILE))
_RESERVED: Final = 512
"""So many descriptors a scan leaves to the rest of the program; namespaces beyond that are seen, but not pinned."""


class Spot(NamedTuple):
    """Where a namespace is found now; its successor may be found in the same spot."""

    kind: NamespaceType
    device: int
    inode: int


class Seen:
    """One namespace, as one scan sees it. The same object wherever it is met in that scan."""

    __slots__ = ("ns_id", "owner", "parent", "spot")

    def __init__(self, spot: Spot, ns_id: int | None) -> None:
        self.spot = spot
        self.ns_id = ns_id
        self.owner: Seen | None = None
        self.parent: Seen | None = None


Places = tuple[Seen | int, ...]
"""For each of the eight types the namespace a process lives in, or the error number that says why not."""


class Nsfs:
    """The kernel's answers about an open namespace. For captured trees there is :class:`LinkText`."""

    def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
        """A descriptor on a namespace of the process whose directory is given.

        :raises OSError: as open(2).
        """
        return os.open(f"ns/{kind}", os.O_RDONLY, dir_fd=dir_fd)

    def read_id(self, fd: int, kind: NamespaceType) -> int | None:
        """The number that is never used again while the host is up; ``None`` before Linux 6.18 (``mnt``: 6.11)."""
        found = self.ask_number(fd, NS_GET_ID)
        return self.ask_number(fd, NS_GET_MNTNS_ID) if found is None and kind == "mnt" else found

    def ask_number(self, fd: int, request: int) -> int | None:
        """The 64-bit answer to an ioctl, ``None`` where the kernel does not know the request."""
        answer = bytearray(8)
        try:
            fcntl.ioctl(fd, request, answer)
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL):
                return None
            raise
        return int.from_bytes(answer, "little")

    def ask_namespace(self, fd: int, request: int) -> int | None:
        """A descriptor on the owner or parent; ``None`` where there is none that we may know of (``EPERM``)."""
        try:
            return fcntl.ioctl(fd, request)
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                raise
            return None


class LinkText(Nsfs):
    """For trees that were captured: there is nothing to open, the text of a link is all."""

    def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
        return None


class Memory:
    """What stays true from scan to scan: owner and parent of a namespace that has a number of its own."""

    def __init__(self) -> None:
        self.known: dict[tuple[NamespaceType, int], Seen] = {}


class Census:
    """The namespaces of one look. A context manager: leaving it lets go of all that was pinned.

    :param find_same: for a look at a few processes: a namespace without a number that is known in this spot, if it is
        surely the same one.
    """

    def __init__(self, nsfs: Nsfs, memory: Memory, find_same: Callable[[Spot], Seen | None] | None = None) -> None:
        self._nsfs = nsfs
        self._memory = memory
        self._find_same = find_same
        self._places: dict[Links, Places] = {}
        self._by_text: dict[bytes, Seen] = {}
        self._by_identity: dict[Spot | tuple[NamespaceType, int], Seen] = {}
        self._pins: list[int] = []
        self._room = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _RESERVED

    def __enter__(self) -> Census:
        return self

    def __exit__(self, *_: object) -> None:
        met = {(seen.spot.kind, seen.ns_id): seen for seen in self.spaces() if seen.ns_id is not None}
        if self._find_same is None:
            self._memory.known = met
        else:
            self._memory.known.update(met)
        self.let_go()

    def let_go(self) -> bool:
        """Close what is pinned, and say whether that was anything."""
        for fd in self._pins:
            os.close(fd)
        held = len(self._pins)
        self._pins.clear()
        return held > 0

    def see(self, dir_fd: int, links: Links) -> Places:
        """The namespaces behind the links of a process, whose directory is open as ``dir_fd``.

        Cost: one look-up, and for each link not met before an open, an fstat and one to three ioctls.
        """
        places = self._places.get(links)
        if places is not None:
            return places
        places = tuple(self._see_link(dir_fd, kind, link) for kind, link in zip(TYPES, links, strict=True))
        if self._settled(links, places):
            self._places[links] = places
        return places

    def spaces(self) -> Iterator[Seen]:
        """Every namespace met, also those that only own or hold others."""
        return iter(self._by_identity.values())

    def _settled(self, links: Links, places: Places) -> bool:
        """Whether the texts alone lead to these places: not so for a process that moved while it was read."""
        return all(
            isinstance(link, int) or self._by_text.get(link) is place
            for link, place in zip(links, places, strict=True)
        )

    def _see_link(self, dir_fd: int, kind: NamespaceType, link: bytes | int) -> Seen | int:
        if isinstance(link, int):
            return link
        return self._by_text.get(link) or self._look(dir_fd, kind, link)

    def _look(self, dir_fd: int, kind: NamespaceType, link: bytes) -> Seen | int:
        try:
            inode = parse_link(link.decode("ascii"))[1]
            seen = self._open(dir_fd, kind, inode)
        except ValueError:
            return errno.EBADMSG
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS and self.let_go():
                return self._look(dir_fd, kind, link)
            return error.errno or errno.EIO
        if seen.spot.inode == inode:  # otherwise the process moved since the link was read: believe the descriptor
            self._by_text[link] = seen
        return seen

    def _open(self, dir_fd: int, kind: NamespaceType, inode: int) -> Seen:
        fd = self._nsfs.open(dir_fd, kind)
        return self._meet(Spot(kind, 0, inode), None, None) if fd is None else self._identify(fd, kind)

    def _identify(self, fd: int, kind: NamespaceType) -> Seen:
        """The namespace behind a descriptor, which this takes over."""
        try:
            ns_id = self._nsfs.read_id(fd, kind)
            known = None if ns_id is None else self._memory.known.get((kind, ns_id))
            if known is not None:
                return self._recall(known)
            found = os.fstat(fd)
            return self._meet(Spot(kind, found.st_dev, found.st_ino), ns_id, fd)
        finally:
            self._pin(fd)

    def _pin(self, fd: int) -> None:
        if len(self._pins) < self._room:
            self._pins.append(fd)
        else:
            os.close(fd)

    def _recall(self, known: Seen) -> Seen:
        """A namespace of the last scan, and with it its owner and parent: none of the three can have changed."""
        assert known.ns_id is not None
        if self._by_identity.setdefault((known.spot.kind, known.ns_id), known) is known:
            for other in (known.owner, known.parent):
                if other is not None:
                    self._recall(other)
        return known

    def _meet(self, spot: Spot, ns_id: int | None, fd: int | None) -> Seen:
        identity = spot if ns_id is None else (spot.kind, ns_id)
        seen = self._by_identity.get(identity)
        if seen is None and ns_id is None and self._find_same is not None:
            seen = self._find_same(spot)
            if seen is not None:
                self._by_identity[identity] = seen
        if seen is None:
            seen = Seen(spot, ns_id)
            if fd is not None:
                seen.owner = self._follow(fd, NS_GET_USERNS, "user")
                seen.parent = self._follow(fd, NS_GET_PARENT, spot.kind) if spot.kind in NESTING else None
            self._by_identity[identity] = seen
        return seen

    def _follow(self, fd: int, request: int, kind: NamespaceType) -> Seen | None:
        other = self._nsfs.ask_namespace(fd, request)
        return None if other is None else self._identify(other, kind)


def raise_descriptor_limit() -> None:
    """Let this process open as many files as it may: a scan holds one per namespace. See getrlimit(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
