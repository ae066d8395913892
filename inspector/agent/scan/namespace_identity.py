"""Assign a key to each namespace: from the kernel's namespace id, or from inode and age where there is no id.

Without an id, an inode found again may belong to another namespace. It is the same namespace if at least one process
that was in it at the last scan still is, because then it was never empty in between. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from inspector.agent.collect.nsfs import NsfsFile, ProcessNamespaces, ScannedNamespace
from inspector.facts.namespaces import fallback_key, namespace_key


class Member(NamedTuple):
    """A process and the namespaces it lives in; or what else keeps a namespace alive."""

    key: str
    start_ticks: int | None  # None: it does not tell how old a namespace is
    namespaces: ProcessNamespaces


class NamespaceKeys:
    """Assigns keys to the namespaces of successive scans."""

    def __init__(self) -> None:
        self._keys: dict[NsfsFile, str] = {}
        self._namespaces: dict[str, ProcessNamespaces] = {}
        self._below: dict[NsfsFile, set[str]] = {}

    def assign(
        self, boot_id: str, namespaces: Iterable[ScannedNamespace], members: Iterable[Member]
    ) -> dict[ScannedNamespace, str]:
        """The key of every namespace; ``members`` is not used where every namespace has an id.

        Cost: without ids one look-up per process.
        """
        keys, unnumbered = _split(boot_id, namespaces)
        if unnumbered:
            fallback = _Fallback(boot_id, unnumbered, list(members), self)
            keys.update(fallback.assign())
            self._keys, self._namespaces, self._below = fallback.keys, fallback.namespaces, fallback.held
        return keys

    def add(
        self, boot_id: str, fresh: Iterable[ScannedNamespace], members: Iterable[Member]
    ) -> dict[ScannedNamespace, str]:
        """The keys of the namespaces that a partial scan found for the first time.

        :param members: the processes that changed. What is known of the others is kept.
        """
        keys, unnumbered = _split(boot_id, fresh)
        if unnumbered or self._keys:
            fallback = _Fallback(boot_id, unnumbered, list(members), self)
            keys.update(fallback.assign())
            self._keys.update(fallback.keys)
            self._namespaces.update(fallback.namespaces)
            for file, held in fallback.held.items():
                self._below[file] = self._below.get(file, set()) | held
        return keys

    def find_inhabited(self, members: Iterable[Member]) -> set[NsfsFile]:
        """The files of namespaces in which some process was at the last scan and still is."""
        pairs = {
            (id(before), id(member.namespaces)): (before, member.namespaces)
            for member in members
            if (before := self._namespaces.get(member.key)) is not None
        }
        return {file for before, now in pairs.values() for file in _files(before) & _files(now)}

    def key_before(self, file: NsfsFile) -> str | None:
        return self._keys.get(file)

    def held_before(self, file: NsfsFile) -> set[str]:
        """The keys of the namespaces that this one owned, or was the parent of, at the last scan."""
        return self._below.get(file, set())


def _split(
    boot_id: str, namespaces: Iterable[ScannedNamespace]
) -> tuple[dict[ScannedNamespace, str], list[ScannedNamespace]]:
    """The keys of the namespaces with a kernel id, and the namespaces without one."""
    keys: dict[ScannedNamespace, str] = {}
    unnumbered: list[ScannedNamespace] = []
    for namespace in namespaces:
        if namespace.ns_id is None:
            unnumbered.append(namespace)
        else:
            keys[namespace] = namespace_key(boot_id, namespace.file.kind, namespace.ns_id)
    return keys, unnumbered


class _Fallback:
    """The indexes for one scan on a kernel that gives namespaces no ids."""

    def __init__(
        self, boot_id: str, namespaces: Sequence[ScannedNamespace], members: Sequence[Member], memory: NamespaceKeys
    ) -> None:
        self._boot_id = boot_id
        self._spaces = namespaces
        self._memory = memory
        self._inhabited = memory.find_inhabited(members)
        self._oldest = _find_oldest(members)
        self._below = _find_below(namespaces)
        self.keys: dict[NsfsFile, str] = {}
        self.namespaces = {member.key: member.namespaces for member in members}
        self.held: dict[NsfsFile, set[str]] = {}

    def assign(self) -> dict[ScannedNamespace, str]:
        keys = {namespace: self._key_of(namespace.file) for namespace in self._spaces}
        self.held = {file: {self._key_of(other) for other in others} for file, others in self._below.items()}
        return keys

    def _key_of(self, file: NsfsFile) -> str:
        if file not in self.keys:
            before = self._memory.key_before(file)
            if before is None or not self._is_kept(file):
                before = fallback_key(self._boot_id, file.kind, file.device, file.inode, self._oldest_in(file))
            self.keys[file] = before
        return self.keys[file]

    def _is_kept(self, file: NsfsFile) -> bool:
        """Whether the namespace cannot have ended: a process, or a namespace it owns or contains, stayed."""
        held = self._memory.held_before(file)
        return file in self._inhabited or any(self._key_of(other) in held for other in self._below.get(file, ()))

    def _oldest_in(self, file: NsfsFile) -> int:
        """Start of the oldest process inside, or, where it is empty, inside the namespaces it owns or contains."""
        if file in self._oldest:
            return self._oldest[file]
        return min((self._oldest_in(other) for other in self._below.get(file, ())), default=0)


def _find_oldest(members: Iterable[Member]) -> dict[NsfsFile, int]:
    by_places: dict[int, tuple[ProcessNamespaces, int]] = {}
    for member in members:
        if member.start_ticks is None:
            continue
        _, start = by_places.get(id(member.namespaces), (None, member.start_ticks))
        by_places[id(member.namespaces)] = member.namespaces, min(start, member.start_ticks)
    oldest: dict[NsfsFile, int] = {}
    for namespaces, start in by_places.values():
        for file in _files(namespaces):
            oldest[file] = min(start, oldest.get(file, start))
    return oldest


def _find_below(namespaces: Iterable[ScannedNamespace]) -> dict[NsfsFile, set[NsfsFile]]:
    """For each namespace, those that it owns or is the parent of."""
    below: dict[NsfsFile, set[NsfsFile]] = {}
    for namespace in namespaces:
        for above in (namespace.owner, namespace.parent):
            if above is not None:
                below.setdefault(above.file, set()).add(namespace.file)
    return below


def _files(namespaces: ProcessNamespaces) -> set[NsfsFile]:
    return {namespace.file for namespace in namespaces if isinstance(namespace, ScannedNamespace)}
