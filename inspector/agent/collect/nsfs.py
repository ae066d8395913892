"""Identify namespaces: open each once per scan, read its kernel id, and keep it open until the scan ends.

An open descriptor pins a namespace: its inode number cannot be given to another one meanwhile. So each link text is
opened once, and two processes with the same text in one scan share that namespace. See ioctl_nsfs(2).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from inspector.agent.collect.namespace_links import Links
from inspector.facts.namespaces import NESTING, TYPES, NamespaceType, parse_link

NS_GET_USERNS: Final = 0xB701  # _IO(0xb7, 1), Linux 4.9
NS_GET_PARENT: Final = 0xB702  # _IO(0xb7, 2), Linux 4.9
NS_GET_MNTNS_ID: Final = 0x8008B705  # _IOR(0xb7, 5, __u64), Linux 6.11, mount namespaces only
NS_GET_ID: Final = 0x8008B70D  # _IOR(0xb7, 13, __u64), Linux 6.18, all types

_OUT_OF_DESCRIPTORS: Final = frozenset((errno.EMFILE, errno.ENFILE))
_RESERVED: Final = 512
"""Descriptors that a scan leaves to the rest of the program; further namespaces are read, but not pinned."""


class NsfsFile(NamedTuple):
    """The nsfs file of a namespace. A later namespace may get the same inode."""

    kind: NamespaceType
    device: int
    inode: int


class ScannedNamespace:
    """One namespace in one scan. The same object wherever the scan finds that namespace."""

    __slots__ = ("file", "ns_id", "owner", "parent")

    def __init__(self, file: NsfsFile, ns_id: int | None) -> None:
        self.file = file
        self.ns_id = ns_id
        self.owner: ScannedNamespace | None = None
        self.parent: ScannedNamespace | None = None


ProcessNamespaces = tuple[ScannedNamespace | int, ...]
"""For each of the eight types, the namespace a process lives in, or the error number of reading it."""


class Nsfs:
    """The kernel's answers about an open namespace. For captured trees there is :class:`LinkText`."""

    def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
        """A descriptor on a namespace of the process whose directory is given.

        :raises OSError: as open(2).
        """
        return os.open(f"ns/{kind}", os.O_RDONLY, dir_fd=dir_fd)

    def read_id(self, fd: int, kind: NamespaceType) -> int | None:
        """The namespace id, never reused while the host is up; ``None`` before Linux 6.18 (``mnt``: 6.11)."""
        found = self.ask_number(fd, NS_GET_ID)
        return self.ask_number(fd, NS_GET_MNTNS_ID) if found is None and kind == "mnt" else found

    def ask_number(self, fd: int, request: int) -> int | None:
        """The 64-bit answer to an ioctl, ``None`` where the kernel does not have the request."""
        answer = bytearray(8)
        try:
            fcntl.ioctl(fd, request, answer)
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL):
                return None
            raise
        return int.from_bytes(answer, "little")

    def ask_namespace(self, fd: int, request: int) -> int | None:
        """A descriptor on the owner or parent; ``None`` where there is none we may see (``EPERM``)."""
        try:
            return fcntl.ioctl(fd, request)
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS:
                raise
            return None


class LinkText(Nsfs):
    """For captured trees: nothing can be opened, only the text of each link is known."""

    def open(self, dir_fd: int, kind: NamespaceType) -> int | None:
        return None


class NamespaceCache:
    """Namespaces with a kernel id, kept between scans: their owner and parent never change."""

    def __init__(self) -> None:
        self.known: dict[tuple[NamespaceType, int], ScannedNamespace] = {}


Above = tuple[ScannedNamespace | None, ScannedNamespace | None]
"""The owner and the parent of a namespace, as far as it has them."""

FindAbove = Callable[[], Above]
FindSame = Callable[[NsfsFile], ScannedNamespace | None]


class NamespaceScan:
    """The namespaces of one scan. A context manager: leaving it closes all descriptors.

    :param find_same: for a partial scan: the known namespace without an id that has this file, if it is certainly the
        same one.
    """

    def __init__(
        self,
        nsfs: Nsfs,
        cache: NamespaceCache,
        find_same: FindSame | None = None,
    ) -> None:
        self._nsfs = nsfs
        self._cache = cache
        self._find_same = find_same
        self._places: dict[Links, ProcessNamespaces] = {}
        self._by_text: dict[bytes, ScannedNamespace] = {}
        self._by_identity: dict[NsfsFile | tuple[NamespaceType, int], ScannedNamespace] = {}
        self._pins: list[int] = []
        self._most_pins = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _RESERVED

    def __enter__(self) -> NamespaceScan:
        return self

    def __exit__(self, *_: object) -> None:
        found = {
            (namespace.file.kind, namespace.ns_id): namespace
            for namespace in self.namespaces()
            if namespace.ns_id is not None
        }
        if self._find_same is None:
            self._cache.known = found
        else:
            self._cache.known.update(found)
        self.release()

    def release(self) -> bool:
        """Close all descriptors. ``False``: there was none."""
        for fd in self._pins:
            os.close(fd)
        held = len(self._pins)
        self._pins.clear()
        return held > 0

    def identify(self, dir_fd: int, links: Links) -> ProcessNamespaces:
        """The namespaces behind the links of a process, whose directory is open as ``dir_fd``.

        Cost: one look-up, and for each new link an open, an fstat and one to three ioctls.
        """
        namespaces = self._places.get(links)
        if namespaces is not None:
            return namespaces
        namespaces = tuple(self._identify_link(dir_fd, kind, link) for kind, link in zip(TYPES, links, strict=True))
        if self._settled(links, namespaces):
            self._places[links] = namespaces
        return namespaces

    def open(self, path: str, kind: NamespaceType) -> ScannedNamespace:
        """The namespace behind a path, which is opened.

        :raises OSError: as open(2) and ioctl_nsfs(2).
        """
        try:
            return self._identify(os.open(path, os.O_RDONLY), kind)
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS and self.release():
                return self.open(path, kind)
            raise

    def add(self, file: NsfsFile, ns_id: int | None, find_above: FindAbove) -> ScannedNamespace:
        """A namespace that a reader identified without opening it.

        :param find_above: gives its owner and parent; called where they are not known from the scan before.
        """
        known = None if ns_id is None else self._cache.known.get((file.kind, ns_id))
        return self._register(file, ns_id, find_above) if known is None else self._reuse(known)

    def again(self, known: ScannedNamespace) -> ScannedNamespace:
        """A namespace of an earlier scan that certainly still exists, with its owner and parent."""
        return self.add(known.file, known.ns_id, lambda: (self._above(known.owner), self._above(known.parent)))

    def _above(self, known: ScannedNamespace | None) -> ScannedNamespace | None:
        return None if known is None else self.again(known)

    def namespaces(self) -> Iterator[ScannedNamespace]:
        """Every namespace found, including those that only own or contain others."""
        return iter(self._by_identity.values())

    def _settled(self, links: Links, namespaces: ProcessNamespaces) -> bool:
        """Whether the link texts alone give these namespaces; not if the process moved while it was read."""
        return all(
            isinstance(link, int) or self._by_text.get(link) is namespace
            for link, namespace in zip(links, namespaces, strict=True)
        )

    def _identify_link(self, dir_fd: int, kind: NamespaceType, link: bytes | int) -> ScannedNamespace | int:
        if isinstance(link, int):
            return link
        return self._by_text.get(link) or self._open_link(dir_fd, kind, link)

    def _open_link(self, dir_fd: int, kind: NamespaceType, link: bytes) -> ScannedNamespace | int:
        try:
            inode = parse_link(link.decode("ascii"))[1]
            namespace = self._open(dir_fd, kind, inode)
        except ValueError:
            return errno.EBADMSG
        except OSError as error:
            if error.errno in _OUT_OF_DESCRIPTORS and self.release():
                return self._open_link(dir_fd, kind, link)
            return error.errno or errno.EIO
        if (
            namespace.file.inode == inode
        ):  # otherwise the process moved since the link was read: the descriptor is right
            self._by_text[link] = namespace
        return namespace

    def _open(self, dir_fd: int, kind: NamespaceType, inode: int) -> ScannedNamespace:
        fd = self._nsfs.open(dir_fd, kind)
        if fd is None:
            return self._register(NsfsFile(kind, 0, inode), None, lambda: (None, None))
        return self._identify(fd, kind)

    def _identify(self, fd: int, kind: NamespaceType) -> ScannedNamespace:
        """The namespace behind a descriptor, which is closed or pinned here."""
        try:
            ns_id = self._nsfs.read_id(fd, kind)
            known = None if ns_id is None else self._cache.known.get((kind, ns_id))
            if known is not None:
                return self._reuse(known)
            found = os.fstat(fd)
            file = NsfsFile(kind, found.st_dev, found.st_ino)
            return self._register(file, ns_id, lambda: self._ask_above(fd, kind))
        finally:
            self._pin(fd)

    def _pin(self, fd: int) -> None:
        if len(self._pins) < self._most_pins:
            self._pins.append(fd)
        else:
            os.close(fd)

    def _reuse(self, known: ScannedNamespace) -> ScannedNamespace:
        """Reuse a namespace of the last scan with its owner and parent: none of the three can have changed."""
        assert known.ns_id is not None
        if self._by_identity.setdefault((known.file.kind, known.ns_id), known) is known:
            for other in (known.owner, known.parent):
                if other is not None:
                    self._reuse(other)
        return known

    def _register(self, file: NsfsFile, ns_id: int | None, find_above: FindAbove) -> ScannedNamespace:
        identity = file if ns_id is None else (file.kind, ns_id)
        namespace = self._by_identity.get(identity)
        if namespace is None and ns_id is None and self._find_same is not None:
            namespace = self._find_same(file)
            if namespace is not None:
                self._by_identity[identity] = namespace
        if namespace is None:
            namespace = ScannedNamespace(file, ns_id)
            namespace.owner, namespace.parent = find_above()
            self._by_identity[identity] = namespace
        return namespace

    def _ask_above(self, fd: int, kind: NamespaceType) -> Above:
        owner = self._follow(fd, NS_GET_USERNS, "user")
        return owner, self._follow(fd, NS_GET_PARENT, kind) if kind in NESTING else None

    def _follow(self, fd: int, request: int, kind: NamespaceType) -> ScannedNamespace | None:
        other = self._nsfs.ask_namespace(fd, request)
        return None if other is None else self._identify(other, kind)


def raise_descriptor_limit() -> None:
    """Raise the soft limit of open files to the hard one: a scan opens one per namespace. See getrlimit(2)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def nsfs_device() -> int:
    """The device of all nsfs files: they are in one file system."""
    return os.stat("/proc/self/ns/uts").st_dev
