"""The namespaces of one scan, from what the programs wrote: each with its owner and parent."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from typing import Final

from inspector.agent.collect.kernel.layout import Identity, Record, unpack_namespaces
from inspector.agent.collect.kernel.programs import ANCESTRY, Ancestry, unpack_ancestry
from inspector.agent.collect.nsfs import Above, NamespaceScan, NsfsFile, ProcessNamespaces, ScannedNamespace
from inspector.facts.namespaces import TYPES, NamespaceType

NONE: Final[Identity] = (0, 0)


class Unexplained(Exception):
    """The owner of a namespace was not found: the process has ended or moved since its record was written."""


class KernelNamespaces:
    """Identifies the namespaces of processes for one scan.

    :param ask: gives the namespaces around one process, or around all. It is called only where one is new.
    :param device: of all nsfs files.
    """

    def __init__(self, scan: NamespaceScan, ask: Callable[[int | None], bytes], device: int) -> None:
        self._scan = scan
        self._ask = ask
        self._device = device
        self._places: dict[bytes, ProcessNamespaces] = {}
        self._ancestry: dict[tuple[NamespaceType, Identity], Ancestry] = {}

    def identify(self, record: Record, among_all: bool) -> ProcessNamespaces:
        """The namespaces of a process. One that it lacks is ENOENT, as for the links of a zombie.

        :param among_all: whether all processes are read, so that others will ask for what is new to them.
        :raises Unexplained: a namespace is new and not found around the process.
        """
        places = self._places.get(record.namespaces)
        if places is None:
            if among_all and not self._ancestry:
                self._learn(self._ask(None))
            found = zip(TYPES, unpack_namespaces(record.namespaces), strict=True)
            places = tuple(self._take(kind, identity, record.pid) for kind, identity in found)
            self._places[record.namespaces] = places
        return places

    def find(self, kind: NamespaceType, identity: Identity) -> ScannedNamespace:
        """A namespace of which :meth:`learn` was told.

        :raises Unexplained: it is not among those.
        """
        return self._add(kind, identity, 0)

    def learn(self, ancestry: Iterable[bytes]) -> None:
        """Take up records of :data:`.programs.ANCESTRY`."""
        for one in map(unpack_ancestry, set(ancestry)):
            self._ancestry[one.kind, one.namespace] = one

    def _take(self, kind: NamespaceType, identity: Identity, pid: int) -> ScannedNamespace | int:
        if identity == NONE:
            return errno.ENOENT
        return self._add(kind, identity, pid)

    def _add(self, kind: NamespaceType, identity: Identity, pid: int) -> ScannedNamespace:
        inode, number = identity
        file = NsfsFile(kind, self._device, inode)
        return self._scan.add(file, number or None, lambda: self._find_above(kind, identity, pid))

    def _find_above(self, kind: NamespaceType, identity: Identity, pid: int) -> Above:
        if (kind, identity) not in self._ancestry:
            self._learn(self._ask(pid))
        found = self._ancestry.get((kind, identity))
        if found is None:
            raise Unexplained
        owner = None if found.owner == NONE else self._add("user", found.owner, pid)
        return owner, None if found.parent == NONE else self._add(kind, found.parent, pid)

    def _learn(self, data: bytes) -> None:
        self.learn(data[at : at + ANCESTRY.size] for at in range(0, len(data), ANCESTRY.size))
