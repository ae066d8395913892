"""Inhabitants: which namespaces lose their last process from one snapshot to the next. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from inspector.facts.types import Key, NamespaceSet


class Inhabitants:
    """How many processes live in each combination of namespaces, from a snapshot on.

    Cost: a step counts the processes that changed, and looks at namespaces only where a combination came or went.
    """

    def __init__(self, counts: Mapping[NamespaceSet, int]) -> None:
        self._sets = Counter(counts)
        self._spaces = Counter(key for spaces in self._sets for key in spaces.known())

    def move(self, ended: Iterable[NamespaceSet], began: Iterable[NamespaceSet]) -> frozenset[Key]:
        """Make the next snapshot the current one, and return the namespaces that nobody lives in any more."""
        change = Counter(began)
        change.subtract(ended)
        left: set[Key] = set()
        for spaces, growth in change.items():
            before, after = self._sets[spaces], self._sets[spaces] + growth
            self._sets[spaces] = after
            if bool(before) != bool(after):
                self._spaces.update(dict.fromkeys(spaces.known(), 1 if after else -1))
            if not after:
                del self._sets[spaces]
                left.update(spaces.known() if before else ())
        return frozenset(key for key in left if not self._spaces[key])
