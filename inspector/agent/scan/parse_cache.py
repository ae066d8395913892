"""Parse cache keyed by the raw bytes of a file, so that unchanged files of ``/proc`` are parsed once. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class ParseCache(Generic[T]):
    """Parsed values by the bytes they were parsed from. Entries not used in a full scan are dropped."""

    def __init__(self, parse: Callable[[bytes], T]) -> None:
        self._parse = parse
        self._previous: dict[bytes, T] = {}
        self._current: dict[bytes, T] = {}
        self._texts: dict[bytes, bytes] = {}

    def get(self, data: bytes) -> T:
        """The parsed value of these bytes.

        :raises MalformedProc: as the parser does.
        """
        value = self._current.get(data)
        if value is None:
            value = self._previous.get(data)
            value = self._current[data] = self._parse(data) if value is None else value
        return value

    def share(self, data: bytes) -> bytes:
        """One object for equal bytes: a thousand processes may be in the same control group."""
        return self._texts.setdefault(data, data)

    def begin_full_scan(self) -> None:
        """Drop the entries that the full scan before did not use."""
        self._previous, self._current = self._current, {}
        self._texts = {data: data for data in self._previous}

    def values(self) -> Iterable[T]:
        """The values used since the last full scan began, in the order of first use."""
        return self._current.values()
