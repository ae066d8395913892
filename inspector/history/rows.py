"""The one translator between facts and rows, one class per kind of fact."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

import msgspec
from django.db import connection
from django.db.models import QuerySet

from inspector.errors import MalformedFrame
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Chain, Container, Fact, Gap, HostInfo, Life, Namespace, Process, Role, Why
from inspector.history import shared_values
from inspector.history.shared_values import Body, ContainerFacts, ContainerStatus
from inspector.history.sql import batched
from inspector.models import (
    ChainInterval,
    ContainerInterval,
    GapInterval,
    HostInterval,
    Interval,
    NamespaceInterval,
    ProcessInterval,
)

ROLES: Final[tuple[Role, ...]] = ("daemon", "manager", "shim", "init", "exec", "child", "proxy")
WHYS: Final[tuple[Why, ...]] = ("forbidden", "gone", "malformed", "unsupported", "slow")
STATES: Final[tuple[Life, ...]] = ("alive", "stopped", "zombie")
"""Rows hold positions in these: append only."""

FEW: Final = 60
"""Rows written by one statement. Every build of SQLite takes 999 parameters."""

MANY: Final = 2000
"""Facts whose rows are made at a time: those of a whole state would take as much memory again as the state."""

F = TypeVar("F", bound=Fact)
Draft: TypeAlias = tuple[int | str | Body | None, ...]
Row: TypeAlias = tuple[int | str | None, ...]
Values: TypeAlias = Mapping[Any, Any]


class Translator(ABC, Generic[F]):
    """How one kind of fact is stored in its table."""

    number: ClassVar[int]  # names the table in keyframes; never changes
    section: ClassVar[str]  # where a state and its changes hold this kind
    model: ClassVar[type[Interval]]
    lead: ClassVar[str]  # the column by which a thing is looked up
    columns: ClassVar[tuple[str, ...]]
    shared: ClassVar[tuple[str, ...]]  # those columns that refer to values

    @abstractmethod
    def draft(self, fact: F) -> Draft:
        """The row, in the order of ``columns``, with bodies where numbers of values will stand.

        :raises MalformedFrame: the fact's key does not match its fields.
        """

    @abstractmethod
    def fact(self, row: tuple[Any, ...], known: Values) -> F:
        """The inverse: a row in the order of ``columns``, with the values it refers to."""

    @abstractmethod
    def leads(self, keys: Iterable[Any]) -> Iterable[int]:
        """The values of the ``lead`` column for things with these identities; unknown ones are left out."""

    def identity(self, fact: F) -> Any:
        """The identity of the thing: no other thing has it."""
        return fact.key  # type: ignore[attr-defined]

    def read(self, queryset: QuerySet[Any]) -> dict[int, F]:
        """The facts of these rows, by row id."""
        rows = list(queryset.values_list("id", *self.columns))
        places = [self.columns.index(name) + 1 for name in self.shared]
        found = shared_values.load({row[place] for row in rows for place in places} - {None})
        known: Values = {None: None, **found}
        return {row[0]: self.fact(row[1:], known) for row in rows}

    def write(self, host: int, seq: int, facts: Collection[F]) -> dict[int, F]:
        """Open a row for each of these facts; where they are few, return their row ids."""
        if 0 < len(facts) <= FEW:
            return self._write_few(facts, self._rows(host, seq, facts))
        with connection.cursor() as cursor:
            for some in batched(facts, MANY):
                cursor.executemany(self._insertion(1), self._rows(host, seq, some))
        return {}

    def _write_few(self, facts: Collection[F], rows: list[Row]) -> dict[int, F]:
        with connection.cursor() as cursor:
            names = ", ".join(map(connection.ops.quote_name, self.columns))
            cursor.execute(f"{self._insertion(len(rows))} RETURNING id, {names}", list(chain(*rows)))
            opened = {tuple(row): number for number, *row in cursor.fetchall()}
        return {opened[tuple(row[3:])]: fact for row, fact in zip(rows, facts, strict=True)}

    def _rows(self, host: int, seq: int, facts: Iterable[F]) -> list[Row]:
        drafts = [self.draft(fact) for fact in facts]
        numbers = shared_values.intern(item for draft in drafts for item in draft if isinstance(item, Body))
        return [
            (host, seq, None, *(numbers[item] if isinstance(item, Body) else item for item in draft))
            for draft in drafts
        ]

    def _insertion(self, rows: int) -> str:
        quote = connection.ops.quote_name
        names = [quote(name) for name in ("host_id", "opened", "closed", *self.columns)]
        marks = f"({', '.join(['%s'] * len(names))})"
        table = quote(self.model._meta.db_table)
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608


class ProcessRows(Translator[Process]):
    number = 1
    section = "processes"
    model = ProcessInterval
    lead = "pid"
    columns = (
        "boot", "pid", "start_ticks", "ppid", "uid", "nspid", "role",
        "comm", "cmdline", "cgroup", "container", "spaces", "state", "entered", "confinement",
    )  # fmt: skip
    shared = ("boot", "comm", "cmdline", "cgroup", "container", "spaces", "entered", "confinement")

    def draft(self, fact: Process) -> Draft:
        boot, _, rest = fact.key.partition(":")
        if rest != f"{fact.pid}:{fact.start_ticks}":
            raise MalformedFrame(f"the process key {fact.key!r} is not of pid {fact.pid}, start {fact.start_ticks}")
        return (
            shared_values.text(boot),
            fact.pid,
            fact.start_ticks,
            fact.ppid,
            fact.uid,
            None if fact.nspid == (fact.pid,) else ",".join(map(str, fact.nspid)),
            None if fact.role is None else ROLES.index(fact.role),
            shared_values.text(fact.comm),
            shared_values.command(fact.cmdline),
            _text_or_none(fact.cgroup),
            _text_or_none(fact.container),
            shared_values.spaces(fact.namespaces),
            None if fact.state is None else STATES.index(fact.state),
            _text_or_none(fact.entered),
            None if fact.confinement is None else shared_values.confinement(fact.confinement),
        )

    def fact(self, row: tuple[Any, ...], known: Values) -> Process:
        boot, pid, start, ppid, uid, nspid, role, *numbers = row
        comm, cmdline, cgroup, container, spaces, state, entered, confinement = numbers
        return Process(
            f"{known[boot]}:{pid}:{start}",
            pid,
            ppid,
            start,
            known[comm],
            known[cmdline],
            uid,
            (pid,) if nspid is None else tuple(map(int, filter(None, nspid.split(",")))),
            known[cgroup],
            known[container],
            None if role is None else ROLES[role],
            known[spaces],
            None if state is None else STATES[state],
            known[entered],
            known[confinement],
        )

    def leads(self, keys: Iterable[str]) -> Iterable[int]:
        parts = (key.split(":") for key in keys)
        return {int(part[1]) for part in parts if len(part) == 3 and part[1].isdecimal() and len(part[1]) < 19}


class NamedRows(Translator[F]):
    """Things looked up by their key, which is a value."""

    lead = "key"

    def leads(self, keys: Iterable[str]) -> Iterable[int]:
        return shared_values.find(map(shared_values.text, keys)).values()


class NamespaceRows(NamedRows[Namespace]):
    number = 2
    section = "namespaces"
    model = NamespaceInterval
    columns = ("key", "type", "inode", "ns_id", "initial", "owner", "parent", "holders")
    shared = ("key", "owner", "parent", "holders")

    def draft(self, fact: Namespace) -> Draft:
        return (
            shared_values.text(fact.key),
            TYPES.index(fact.type),
            fact.inode,
            fact.ns_id,
            int(fact.initial),
            _text_or_none(fact.owner),
            _text_or_none(fact.parent),
            shared_values.holders(fact.holders) if fact.holders else None,
        )

    def fact(self, row: tuple[Any, ...], known: Values) -> Namespace:
        key, kind, inode, ns_id, initial, owner, parent, holders = row
        held = known[holders] or ()
        around = known[owner], known[parent]
        return Namespace(known[key], TYPES[kind], inode, ns_id, bool(initial), *around, holders=held)


class ContainerRows(NamedRows[Container]):
    number = 3
    section = "containers"
    model = ContainerInterval
    columns = ("key", "state", "init_pid", "shim_pid", "facts", "status")
    shared = ("key", "state", "facts", "status")

    def draft(self, fact: Container) -> Draft:
        facts = ContainerFacts(*(getattr(fact, name) for name in ContainerFacts.__struct_fields__))
        return (
            shared_values.text(fact.id),
            shared_values.text(fact.state),
            fact.init_pid,
            fact.shim_pid,
            shared_values.facts(facts),
            None if (status := status_of(fact)) == ContainerStatus() else shared_values.status(status),
        )

    def fact(self, row: tuple[Any, ...], known: Values) -> Container:
        key, state, init_pid, shim_pid, number, run = row
        facts: ContainerFacts = known[number]
        status: ContainerStatus = known[run] or ContainerStatus()
        return Container(
            id=known[key],
            state=known[state],
            init_pid=init_pid,
            shim_pid=shim_pid,
            **{name: getattr(told, name) for told in (facts, status) for name in told.__struct_fields__},
        )


class ChainRows(NamedRows[Chain]):
    number = 4
    section = "chains"
    model = ChainInterval
    columns = ("key", "links")
    shared = ("key", "links")

    def draft(self, fact: Chain) -> Draft:
        return shared_values.text(fact.container), shared_values.links(fact.links)

    def fact(self, row: tuple[Any, ...], known: Values) -> Chain:
        return Chain(known[row[0]], known[row[1]])


class GapRows(Translator[Gap]):
    number = 5
    section = "gaps"
    model = GapInterval
    lead = "pid"
    columns = ("pid", "what", "why")
    shared = ("what",)

    def draft(self, fact: Gap) -> Draft:
        return -1 if fact.pid is None else fact.pid, shared_values.text(fact.what), WHYS.index(fact.why)

    def fact(self, row: tuple[Any, ...], known: Values) -> Gap:
        pid, what, why = row
        return Gap(None if pid < 0 else pid, known[what], WHYS[why])

    def leads(self, keys: Iterable[Gap]) -> Iterable[int]:
        return {-1 if gap.pid is None else gap.pid for gap in keys}

    def identity(self, fact: Gap) -> Gap:
        return fact


PROCESSES: Final = ProcessRows()
NAMESPACES: Final = NamespaceRows()
CONTAINERS: Final = ContainerRows()
CHAINS: Final = ChainRows()
GAPS: Final = GapRows()
KEYED: Final[tuple[Translator[Any], ...]] = (PROCESSES, NAMESPACES, CONTAINERS, CHAINS)
ALL: Final[tuple[Translator[Any], ...]] = (*KEYED, GAPS)

TABLES: Final[tuple[type[Interval], ...]] = (*(kind.model for kind in ALL), HostInterval)
"""Every table of intervals."""


def status_of(container: Container) -> ContainerStatus:
    """The engine's facts about the run of a container."""
    return ContainerStatus(*(getattr(container, name) for name in ContainerStatus.__struct_fields__))


def encode_info(info: HostInfo) -> bytes:
    """The host's description as a :class:`HostInterval` stores it: JSON."""
    return msgspec.json.encode(info)


def decode_info(facts: Any) -> HostInfo:
    """The inverse of :func:`encode_info`. PostgreSQL hands over a ``memoryview``."""
    return msgspec.json.decode(bytes(facts), type=HostInfo)


def _text_or_none(value: str | None) -> Body | None:
    return None if value is None else shared_values.text(value)
