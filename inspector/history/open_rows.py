"""Open rows that this process wrote or read a moment ago, so that the next frame need not read them again.

A frame mostly closes rows that a recent frame opened. The rows kept here equal those of the database while the host's
``last_seq`` is the one they were kept with: every frame raises it, and nothing else closes or opens rows. Retention
moves where a row begins and ends, never which rows are open.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from inspector.history.rows import Translator
from inspector.models import Snapshot

MOST_ROWS: Final = 20_000
"""About the most open rows kept of one host. Of a host with more, none are kept: they are read again."""

MOST_HOSTS: Final = 500

Held: TypeAlias = dict[Any, tuple[int, Any]]


class OpenRows:
    """Some open rows of one host, identity → row id and fact, and the snapshot at which they were open."""

    def __init__(self) -> None:
        self.seq = 0
        self.snapshot: Snapshot | None = None  # the one numbered ``seq``
        self._held: dict[Translator[Any], Held] = {}

    def of(self, kind: Translator[Any]) -> Mapping[Any, tuple[int, Any]]:
        """The open rows of one kind."""
        return self._held.get(kind, {})

    def move(self, kind: Translator[Any], ended: Iterable[Any], began: Mapping[int, Any]) -> None:
        """Add the rows that a frame opened, and drop those it closed."""
        held = self._held.setdefault(kind, {})
        for fact in ended:
            held.pop(kind.identity(fact), None)
        held |= {kind.identity(fact): (row, fact) for row, fact in began.items()}
        if len(held) > MOST_ROWS:
            held.clear()


_known: Final[OrderedDict[int, OpenRows]] = OrderedDict()


def take(host: int, seq: int) -> OpenRows:
    """The known open rows of this host at ``seq``. No other caller gets them until :func:`give`."""
    rows = _known.pop(host, None)
    return rows if rows is not None and rows.seq == seq else OpenRows()


def give(host: int, seq: int, rows: OpenRows) -> None:
    """Keep the rows, which are those at ``seq``. Only for what is committed."""
    rows.seq = seq
    _known[host] = rows
    while len(_known) > MOST_HOSTS:
        _known.popitem(last=False)


def forget() -> None:
    """Drop all known rows: the database was replaced."""
    _known.clear()
