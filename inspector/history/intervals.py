"""Opening and closing rows, and reading those that held at one moment, or began or ended between two."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import QuerySet

from inspector.errors import OutOfStep
from inspector.facts.checksum import difference
from inspector.facts.diff import Section, patch
from inspector.facts.types import Fact
from inspector.history import keyframes
from inspector.history.open_rows import OpenRows
from inspector.history.rows import Translator
from inspector.history.sql import among, chunks, open_at, opened_by

F = TypeVar("F", bound=Fact)


@dataclass
class Ledger(Generic[F]):
    """What one frame does to one table, worked out before anything is written."""

    standing: dict[Any, tuple[int, F]]  # the open rows of the things named, by identity
    closing: dict[int, F] = field(default_factory=dict)
    opening: dict[Any, F] = field(default_factory=dict)

    def remove(self, identity: Any) -> None:
        """:raises OutOfStep: it is not there."""
        row, fact = self._standing(identity, "removed")
        self.closing[row] = fact
        del self.standing[identity]

    def change(self, identity: Any, fields: Any) -> None:
        """:raises OutOfStep: it is not there."""
        row, fact = self._standing(identity, "changed")
        after = patch(self.opening.get(identity, fact), fields)
        if after != fact:
            self.closing[row] = fact
            self.opening[identity] = after

    def add(self, identity: Any, fact: F) -> None:
        """:raises OutOfStep: it is there already."""
        if identity in self.standing or identity in self.opening:
            raise OutOfStep(f"{identity} cannot be added: it is there already")
        self.opening[identity] = fact

    def _standing(self, identity: Any, what: str) -> tuple[int, F]:
        if identity not in self.standing:
            raise OutOfStep(f"{identity} cannot be {what}: it is not there")
        return self.standing[identity]


@dataclass(frozen=True, slots=True)
class Change:
    """The facts of one kind that ended and those that began at a snapshot."""

    ended: list[Any] = field(default_factory=list)
    began: list[Any] = field(default_factory=list)


class Stored(NamedTuple):
    """What a section did to its table, and what the state's sum of hashes grew by."""

    change: Change
    growth: int

    @property
    def rows(self) -> int:
        """How many rows were closed and opened."""
        return len(self.change.ended) + len(self.change.began)


def store(kind: Translator[F], host: int, seq: int, section: Section[F, Any], known: OpenRows) -> Stored:
    """Close and open rows as a section of changes says.

    :param known: open rows of this host that need not be read; it is updated.
    :raises OutOfStep: the changes were made for another state.
    """
    if not section:
        return Stored(Change(), 0)
    patched = [item.key for item in section.change]
    named = [*section.remove, *patched, *(kind.identity(fact) for fact in section.add)]
    ledger = Ledger(_standing(kind, host, named, known.of(kind)))
    for key in section.remove:
        ledger.remove(key)
    for item in section.change:
        ledger.change(item.key, item.set)
    for fact in section.add:
        ledger.add(kind.identity(fact), fact)
    close(kind, seq, set(ledger.closing))
    opened = kind.write(host, seq, ledger.opening.values())
    known.move(kind, ledger.closing.values(), opened)
    change = Change(list(ledger.closing.values()), list(ledger.opening.values()))
    return Stored(change, difference(change.ended, change.began))


def close(kind: Translator[Any], seq: int, rows: set[int]) -> None:
    """Close these rows: they held until ``seq``."""
    for some in chunks(sorted(rows)):
        kind.model._default_manager.filter(pk__in=some).update(closed=seq)


def open_rows(kind: Translator[Any], host: int) -> QuerySet[Any]:
    """The rows that hold now."""
    return kind.model._default_manager.filter(host=host, closed=None)


def holding_now(kind: Translator[F], host: int, seq: int) -> list[F]:
    """The facts at ``seq``, where that is the newest or nearly so.

    Safe beside a writer without a lock: a row that is closed while we read is found by the second query.
    """
    rows = kind.read(open_rows(kind, host).filter(opened_by(seq)))
    rows |= kind.read(kind.model._default_manager.filter(opened_by(seq), host=host, closed__gt=seq))
    return list(rows.values())


def holding_at(kind: Translator[F], host: int, seq: int) -> list[F]:
    """The facts at any ``seq``: what the newest keyframe before it names, and what was opened since."""
    base, named = keyframes.newest(kind, host, seq)
    table = kind.model._default_manager
    rows = kind.read(among(table.all(), named).filter(open_at(seq))) if named else {}
    rows |= kind.read(table.filter(open_at(seq), host=host, opened__gt=base, opened__lte=seq))
    return list(rows.values())


def touched(kind: Translator[F], host: int, first: int, second: int) -> tuple[list[F], list[F]]:
    """The facts at ``first`` that ended by ``second``, and those at ``second`` that began after ``first``."""
    table = kind.model._default_manager.filter(host=host)
    ended = kind.read(table.filter(opened_by(first), closed__gt=first, closed__lte=second))
    began = kind.read(table.filter(open_at(second), opened__gt=first, opened__lte=second))
    return list(ended.values()), list(began.values())


def _standing(
    kind: Translator[F], host: int, named: Collection[Any], known: Mapping[Any, tuple[int, F]]
) -> dict[Any, tuple[int, F]]:
    found = {identity: known[identity] for identity in named if identity in known}
    for leads in chunks(sorted(kind.leads(identity for identity in named if identity not in found))):
        rows = kind.read(open_rows(kind, host).filter(**{f"{kind.lead}__in": leads}))
        found.update({kind.identity(fact): (row, fact) for row, fact in rows.items()})
    return found
