"""The life of one process, namespace or container: when it appeared and ended, and every change in between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple, get_args

import msgspec
from django.db.models import QuerySet

from inspector.errors import NoSuchSnapshot
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Fact, Namespace, Process
from inspector.history import shared_values, snapshots
from inspector.history.queries import left, stays
from inspector.history.queries.known import Differences, FieldChange, compare_known, join_known, known_of
from inspector.history.queries.left import LeftBehind
from inspector.history.queries.stays import Member, Members
from inspector.history.rows import CONTAINERS, NAMESPACES, PROCESSES, Translator
from inspector.history.sql import among, without_index
from inspector.models import Host

Kind = Literal["process", "namespace", "container"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MOST: Final = 500
"""At most this many entries are given: the newest."""

_TABLES: Final[Mapping[Kind, Translator[Any]]] = {
    "process": PROCESSES,
    "namespace": NAMESPACES,
    "container": CONTAINERS,
}


class Entry(Fact, frozen=True):
    """Facts that held from one snapshot until another; ``None``: they still hold.

    ``changed`` names the fields that differ from the entry before. If that one ended earlier, the thing did not
    exist in between. ``changes`` says what differs from what was known before: see :mod:`.known`.
    """

    seq: int
    at: str
    until_seq: int | None
    until_at: str | None
    facts: dict[str, Any]
    changed: list[str]
    changes: list[FieldChange]
    completed: list[str]  # fields that are known for the first time
    unknown: list[str]  # fields that were known, and are not now


class Life(Fact, frozen=True):
    """The entries of one thing, oldest first, and the processes that were in it, newest first."""

    kind: Kind
    key: str
    title: str
    alive: bool  # at the newest snapshot
    entries: list[Entry]
    more_entries: bool  # earlier ones than those listed
    members: list[Member]
    more_members: bool
    left: list[LeftBehind]  # of a container: the namespaces that it is left behind in at the moment asked for


class Span(NamedTuple):
    """A row: its number, and from which snapshot until which it held."""

    id: int
    opened: int
    closed: int | None


def read(host: Host, kind: Kind, key: str, at: int | None = None) -> Life:
    """The life of the thing with this key.

    :param at: the snapshot at which a container may be left behind; default: the newest.

    Cost: some 5 ms for the newest :data:`MOST` entries, by index; for its processes see :mod:`.stays`.

    :raises NoSuchSnapshot: history of this host knows of no such thing.
    """
    spans, facts = _rows(host, kind, key)
    if not spans:
        raise NoSuchSnapshot(f"history of {host} knows of no {kind} {key!r}")
    last = facts[spans[-1].id]
    inside = _members(host, last)
    return Life(
        kind=kind,
        key=key,
        title=title(last),
        alive=spans[-1].closed is None,
        entries=_entries(host, spans[-MOST:], facts),
        more_entries=len(spans) > MOST,
        members=inside.stays,
        more_members=inside.more,
        left=_left_at(host, key, spans[-1], at) if kind == "container" else [],
    )


def _left_at(host: Host, key: str, newest: Span, at: int | None) -> list[LeftBehind]:
    if at is None and newest.closed is not None:
        return []
    return left.read(host, host.last_seq if at is None else at, key)


def title(fact: Process | Namespace | Container) -> str:
    """Its title for a person."""
    if isinstance(fact, Process):
        return f"{fact.comm} ({fact.pid})"
    return f"{fact.type}:[{fact.inode}]" if isinstance(fact, Namespace) else fact.title


def _rows(host: Host, kind: Kind, key: str) -> tuple[list[Span], dict[int, Any]]:
    """The newest rows in order, one more than are given, with their facts."""
    table = _TABLES[kind]
    rows = table.model._default_manager.filter(host=host, **{f"{table.lead}__in": list(table.leads([key]))})
    newest = _of_process(rows, key) if kind == "process" else rows
    late = without_index("opened").desc()  # by that index all of history would be read
    spans = [Span(*row) for row in newest.order_by(late, "-pk").values_list(*Span._fields)[: MOST + 1]]
    facts = table.read(among(table.model._default_manager.all(), [span.id for span in spans]))
    return [span for span in reversed(spans) if span.id in facts], facts


def _of_process(rows: QuerySet[Any], key: str) -> QuerySet[Any]:
    """The rows of this process. Other processes may have had the same pid."""
    boot, _, rest = key.partition(":")
    start = rest.partition(":")[2]
    if not (start.isascii() and start.isdecimal() and len(start) < 19):
        return rows.none()
    return rows.filter(start_ticks=int(start), boot__in=list(shared_values.find([shared_values.text(boot)]).values()))


def _members(host: Host, fact: Process | Namespace | Container) -> Members:
    if isinstance(fact, Namespace):
        return stays.of_namespace(host.pk, fact.key, fact.initial)
    if isinstance(fact, Container):
        return stays.of_container(host.pk, fact.key)
    return Members([], False)


def _entries(host: Host, spans: list[Span], facts: Mapping[int, Any]) -> list[Entry]:
    moments = snapshots.taken(host.pk, {seq for span in spans for seq in span[1:] if seq is not None})
    told = [_public(facts[span.id]) for span in spans]
    changed = [[name for name in new if new[name] != old[name]] for old, new in pairwise(told[:1] + told)]
    differences = _differences([facts[span.id] for span in spans])
    parts = zip(spans, told, changed, differences, strict=True)
    return [_entry(span, moments, new, names, found) for span, new, names, found in parts]


def _differences(facts: list[Process | Namespace | Container]) -> list[Differences]:
    """How each differs from what was known before; nothing for the first."""
    known = [known_of(fact) for fact in facts]
    found, last = [Differences([], [], [])], known[0]
    for before, now in pairwise(known):
        found.append(compare_known(last, before, now))
        last = join_known(last, now)
    return found


def _entry(
    span: Span, moments: Mapping[int, datetime], facts: dict[str, Any], changed: list[str], found: Differences
) -> Entry:
    return Entry(
        seq=span.opened,
        at=format_instant(moments[span.opened]),
        until_seq=span.closed,
        until_at=None if span.closed is None else format_instant(moments[span.closed]),
        facts=facts,
        changed=changed,
        changes=found.changes,
        completed=found.completed,
        unknown=found.unknown,
    )


def _public(fact: Fact) -> dict[str, Any]:
    """The fact by its public names, without what is derived from the rest of the state."""
    said: dict[str, Any] = msgspec.to_builtins(fact)
    if isinstance(fact, Namespace):
        del said["processes"]
    return said
