"""Names that come late: a container may end before its engine describes it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

import msgspec

from inspector.facts.diff import Changes
from inspector.facts.types import Completion, HostState, Key

MOST: Final = 1000  # containers that wait for their names

Describe = Callable[[Collection[Key]], tuple[Completion, ...]]


class LateNames:
    """The containers that ended without a name. Their later descriptions go with the next changes.

    :param describe: the engine's descriptions of these containers so far.
    """

    def __init__(self, describe: Describe) -> None:
        self._describe = describe
        self._waiting: dict[Key, None] = {}  # the oldest first

    def complete(self, before: HostState, changes: Changes) -> Changes:
        """The changes from this state, with the descriptions that are known by now of containers that have ended."""
        self._note(before, changes)
        found = self._describe(self._waiting) if self._waiting else ()
        for told in found:
            del self._waiting[told.container]
        return msgspec.structs.replace(changes, completed=found) if found else changes

    def _note(self, before: HostState, changes: Changes) -> None:
        for added in changes.containers.add:
            self._waiting.pop(added.id, None)
        if not changes.containers.remove:
            return
        gone = set(changes.containers.remove)
        self._waiting |= {
            container.id: None for container in before.containers if container.id in gone and not container.name
        }
        while len(self._waiting) > MOST:
            del self._waiting[next(iter(self._waiting))]
