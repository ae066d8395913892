"""What a search for holders gives, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple, Protocol

from inspector.agent.collect.nsfs import NamespaceScan, ProcessNamespaces, ScannedNamespace
from inspector.facts.types import Gap, HolderKind


class Held(NamedTuple):
    """One thing that keeps a namespace alive; the fields are those of :class:`inspector.facts.types.Holder`."""

    namespace: ScannedNamespace
    kind: HolderKind
    pid: int | None
    name: str
    mounted_in: ScannedNamespace | None = None


class Found(NamedTuple):
    """The holders found, and what could not be read."""

    held: list[Held]
    gaps: list[Gap]


class HolderFinder(Protocol):
    """Finds what holds namespaces."""

    @property
    def is_cheap(self) -> bool:
        """Whether it may be asked between full scans."""

    @property
    def has_changed(self) -> bool:
        """Whether :meth:`changed` told of something since the last search."""

    def changed(self) -> Set[int]:
        """The processes that hold other namespaces than at the last search, as far as that is cheap to tell.

        :raises OSError: nothing can be told.
        """

    def find(self, scan: NamespaceScan, processes: Mapping[int, ProcessNamespaces]) -> Found:
        """All holders of this host, but for what our own process holds only to read.

        :param processes: by pid, with the namespaces they live in.
        """
