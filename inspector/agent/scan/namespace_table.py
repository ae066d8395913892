"""The namespaces of the last scan, with reference counts: a namespace without references has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from inspector.agent.collect.nsfs import ProcessNamespaces, ScannedNamespace
from inspector.facts.types import Holders, Namespace


class NamespaceTable:
    """The namespaces that processes live in, and those that own or contain them.

    :param keys: the key of each namespace found.
    :param initial: the host's own namespaces.
    """

    def __init__(self, keys: Mapping[ScannedNamespace, str], initial: set[ScannedNamespace]) -> None:
        self.keys = dict(keys)
        self._initial = initial
        self._references: Counter[ScannedNamespace] = Counter()
        self._reported = set(keys)
        self._holders: Mapping[ScannedNamespace, tuple[Holders, ...]] = {}

    def __contains__(self, namespace: ScannedNamespace) -> bool:
        return namespace in self.keys

    def __iter__(self) -> Iterator[ScannedNamespace]:
        return iter(self.keys)

    def count_initial(self) -> int:
        """How many of the host's own namespaces are known."""
        return len(self._initial)

    @property
    def are_numbered(self) -> bool:
        """Whether the kernel gives all of them ids."""
        return all(namespace.ns_id is not None for namespace in self.keys)

    def initial_keys(self) -> frozenset[str]:
        """The keys of the host's own namespaces, as far as they are known."""
        return frozenset(self.keys[namespace] for namespace in self._initial if namespace in self.keys)

    def add_processes(self, namespaces: ProcessNamespaces, processes: int = 1) -> None:
        """Count processes that live in these namespaces."""
        for namespace in namespaces:
            if isinstance(namespace, ScannedNamespace):
                self._add_references(namespace, processes)

    def remove_process(self, namespaces: ProcessNamespaces) -> None:
        """A process no longer lives in these namespaces."""
        for namespace in namespaces:
            if isinstance(namespace, ScannedNamespace):
                self._remove_reference(namespace)

    def hold(
        self, holders: Mapping[ScannedNamespace, tuple[Holders, ...]]
    ) -> tuple[tuple[Namespace, ...], tuple[Namespace, ...]]:
        """Replace what holds namespaces; which of them changed or ended, and which changed or were added."""
        held = {one: found for one, found in holders.items() if one not in self._initial}
        changed = [one for one in held | dict(self._holders) if held.get(one) != self._holders.get(one)]
        before = {one: self.describe(one) for one in changed if one in self._reported}
        for one in held:
            self._add_references(one)
        for one in self._holders:
            self._remove_reference(one)
        self._holders = held
        gone, added = self.take_changes(_with_above(changed))
        self.drop_unused(_with_above(changed))
        after = [self.describe(one) for one in changed if one in self._reported]
        known = {space.key for space in before.values()}
        return (
            (*before.values(), *(space for space in gone if space.key not in known)),
            tuple({space.key: space for space in (*added, *after)}.values()),
        )

    def take_changes(
        self, namespaces: Iterable[ScannedNamespace]
    ) -> tuple[tuple[Namespace, ...], tuple[Namespace, ...]]:
        """Which of these namespaces ended, and which were added, since the last call."""
        gone, added = [], []
        for namespace in namespaces:
            in_use = self._references[namespace] > 0
            if in_use and namespace not in self._reported:
                self._reported.add(namespace)
                added.append(self.describe(namespace))
            elif not in_use and namespace in self._reported:
                self._reported.discard(namespace)
                gone.append(self.describe(namespace))
        return tuple(gone), tuple(added)

    def drop_unused(self, namespaces: Iterable[ScannedNamespace]) -> None:
        """Drop those of these namespaces that nothing refers to."""
        for namespace in namespaces:
            if not self._references[namespace]:
                del self._references[namespace]
                self.keys.pop(namespace, None)

    def describe(self, namespace: ScannedNamespace) -> Namespace:
        """The namespace as a fact."""
        return Namespace(
            key=self.keys[namespace],
            type=namespace.file.kind,
            inode=namespace.file.inode,
            ns_id=namespace.ns_id,
            initial=namespace in self._initial,
            owner=self.keys.get(namespace.owner) if namespace.owner else None,
            parent=self.keys.get(namespace.parent) if namespace.parent else None,
            holders=self._holders.get(namespace, ()),
        )

    def _add_references(self, namespace: ScannedNamespace, times: int = 1) -> None:
        before = self._references[namespace]
        self._references[namespace] = before + times
        if not before:
            for other in above(namespace):
                self._add_references(other)

    def _remove_reference(self, namespace: ScannedNamespace) -> None:
        self._references[namespace] -= 1
        if not self._references[namespace]:
            for other in above(namespace):
                self._remove_reference(other)


def above(namespace: ScannedNamespace) -> Iterator[ScannedNamespace]:
    """The owner and the parent of a namespace, where it has them."""
    return (other for other in (namespace.owner, namespace.parent) if other is not None and other is not namespace)


def closure(sets: Iterable[ProcessNamespaces]) -> list[ScannedNamespace]:
    """The namespaces in these sets, and all their owners and parents."""
    return _with_above(one for namespaces in sets for one in namespaces if isinstance(one, ScannedNamespace))


def _with_above(namespaces: Iterable[ScannedNamespace]) -> list[ScannedNamespace]:
    found: dict[ScannedNamespace, None] = {}
    waiting = list(namespaces)
    while waiting:
        namespace = waiting.pop()
        if namespace not in found:
            found[namespace] = None
            waiting.extend(above(namespace))
    return list(found)
