"""One number for a whole state, the same in Python and in ``static/dashboard/model/checksum.js``.

Each fact is written as one text of typed fields and hashed to 64 bits; the checksum is the sum of the hashes,
modulo 2^64. So the order of facts does not matter. A change costs what it touches: the hash of the old fact is
subtracted, the hash of the new one added. Derived fields (members of a namespace) and moments are left out.

It detects a state that was transferred wrongly. It is no protection against forgery.
``docs/protocol.md`` gives the rules. Pure.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final, NamedTuple

import msgspec

from inspector.facts.diff import SECTIONS, Changes, Section, patch
from inspector.facts.since import FIRST, default_of, later_fields, newest_field, newest_inside
from inspector.facts.types import (
    Chain,
    Container,
    Coverage,
    Declared,
    Fact,
    Gap,
    HostInfo,
    HostState,
    Namespace,
    Process,
)

P, Q = 2**31 - 19, 2**31 - 61  # primes
WHOLE: Final = 2**64
LARGEST: Final = 2**53  # up to here a page's numbers are exact


def checksum(state: HostState) -> str:
    """The checksum as it is sent: 16 hexadecimal digits. Cost: some 6 µs a fact."""
    return write(total_of(state))


def write(total: int) -> str:
    """A sum of hashes as it is sent."""
    return f"{total % WHOLE:016x}"


def read(text: str) -> int:
    """The inverse of :func:`write`."""
    return int(text, 16)


def total_of(state: HostState) -> int:
    """The sum of the hashes of all facts of a state."""
    return sum(map(hash_fact, facts_of(state)))


def facts_of(state: HostState) -> Iterable[Fact]:
    """Everything that the checksum counts."""
    whole = (state.host, Coverage(state.coverage.processes))
    return chain(whole, state.coverage.gaps, *(getattr(state, name) for name in SECTIONS))


class Tally:
    """The checksum of a state, updated with its changes. A change costs what the facts it touches cost."""

    def __init__(self, state: HostState) -> None:
        self._facts = {name: {fact.key: fact for fact in getattr(state, name)} for name in SECTIONS}
        self._host, self._covered = state.host, state.coverage.processes
        self._total = total_of(state)

    def __str__(self) -> str:
        return write(self._total)

    def apply(self, changes: Changes) -> None:
        """Update the sum with changes. They must have been made from the state that is counted."""
        for name in SECTIONS:
            self._apply_section(self._facts[name], getattr(changes, name))
        if changes.host_info is not None:
            self._swap([self._host], [changes.host_info])
            self._host = changes.host_info
        if changes.coverage is not None:
            covered = changes.coverage.processes
            self._swap([Coverage(self._covered)], [Coverage(covered)])
            self._swap(changes.coverage.remove, changes.coverage.add)
            self._covered = covered

    def _apply_section(self, facts: dict[str, Any], section: Section[Any, Any]) -> None:
        gone = [facts.pop(key) for key in section.remove]
        came = {fact.key: fact for fact in section.add}
        for item in section.change:
            gone.append(facts[item.key])
            came[item.key] = patch(facts[item.key], item.set)
        facts.update(came)
        self._swap(gone, came.values())

    def _swap(self, old: Iterable[Fact], new: Iterable[Fact]) -> None:
        self._total += difference(old, new)


def difference(old: Iterable[Fact], new: Iterable[Fact]) -> int:
    """How much a sum of hashes grows when new facts replace old ones."""
    return sum(map(hash_fact, new)) - sum(map(hash_fact, old))


def hash_fact(fact: Fact) -> int:
    """64 bits that depend on every field of a fact which is not derived."""
    fields = _FIELDS[type(fact)](fact)
    if newest_field(type(fact)) > FIRST:
        fields.extend(_later(fact))
    return hash_fields(fields)


def hash_fields(fields: Sequence[str]) -> int:
    """Hash texts, so that none can be moved from one field to the next unnoticed.

    The fields are joined by U+0000 and read as one large number, a digit of base 2^16 per UTF-16 code unit. Its
    remainders by two primes are mixed.
    """
    text = "\0".join(fields)
    if "\1" in text or text.count("\0") != len(fields) - 1:
        text = "\0".join(map(_escape, fields))
    number = int.from_bytes(text.encode("utf-16-be", "surrogatepass"), "big") % (P * Q)
    p, q = number % P, number % Q
    high = _mix(p ^ _mix(q))
    return high << 32 | _mix(q ^ high)


def _escape(text: str) -> str:
    return text.replace("\1", "\1" + "1").replace("\0", "\1" + "0")


def _mix(word: int) -> int:
    """Spread 32 bits: any changed bit changes about half of them. The multipliers are MurmurHash3's."""
    word = (word ^ word >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    word = (word ^ word >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return word ^ word >> 16


def _number(value: int | None) -> str:
    """Digits; beyond 2^53 those of the nearest double, which is what a page receives. Empty: unknown."""
    if value is None:
        return ""
    return str(value if value <= LARGEST else int(float(value)))


def _double(value: float | None) -> str:
    """The 64 bits of a double, in hexadecimal: no two languages agree on its digits. Empty: unknown."""
    return "" if value is None or not math.isfinite(value) else struct.pack(">d", value).hex()


def _texts(texts: Sequence[str]) -> list[str]:
    return [str(len(texts)), *texts]


def _process(fact: Process) -> list[str]:
    spaces = fact.namespaces
    return [
        "process",
        fact.key,
        str(fact.pid),
        str(fact.ppid),
        _number(fact.start_ticks),
        _number(fact.uid),
        fact.container or "",
        fact.role or "",
        "" if fact.cgroup is None else "=" + fact.cgroup,
        spaces.mnt or "",
        spaces.uts or "",
        spaces.ipc or "",
        spaces.pid or "",
        spaces.net or "",
        spaces.user or "",
        spaces.cgroup or "",
        spaces.time or "",
        ",".join(map(str, fact.nspid)),
        fact.comm,
        *_texts(fact.cmdline),
    ]


def _namespace(fact: Namespace) -> list[str]:
    return [
        "namespace",
        fact.key,
        fact.type,
        _number(fact.inode),
        _number(fact.ns_id),
        str(int(fact.initial)),
        fact.owner or "",
        fact.parent or "",
    ]


def _container(fact: Container) -> list[str]:
    limits = fact.limits
    return [
        *("container", fact.id, fact.name, fact.image, fact.engine, fact.state),
        *(_number(fact.init_pid), _number(fact.shim_pid)),
        *(_number(limits.memory_bytes), _double(limits.cpu_cores), _number(limits.pids)),
        *_declared(fact.declared),
        *_labels(fact.labels),
    ]


def _labels(labels: dict[str, str]) -> list[str]:
    names = sorted(labels, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return [str(len(names)), *chain.from_iterable((name, labels[name]) for name in names)]


def _declared(declared: Declared | None) -> list[str]:
    if declared is None:
        return [""]
    return [
        "=",
        *(declared.network, declared.pid, declared.ipc, declared.uts, declared.userns, declared.cgroupns),
        str(int(declared.privileged)),
        *_texts(declared.cap_add),
        *_texts(declared.cap_drop),
    ]


def _chain(fact: Chain) -> list[str]:
    links = chain.from_iterable((str(link.pid), link.role, link.via or "") for link in fact.links)
    return ["chain", fact.container, str(len(fact.links)), *links]


def _gap(fact: Gap) -> list[str]:
    return ["gap", _number(fact.pid), fact.what, fact.why]


def _coverage(fact: Coverage) -> list[str]:
    return ["coverage", _number(fact.processes)]


def _host(fact: HostInfo) -> list[str]:
    return ["host", fact.machine_id, fact.boot_id, fact.hostname, fact.kernel]


def _later(value: msgspec.Struct, inside: str = "") -> Iterator[str]:
    """The fields that schemas after the first one added, each with its name; none where it is its default."""
    for name, is_later, default in _places(type(value)):
        part = getattr(value, name)
        if not is_later:
            yield from _within(part, inside + name)
        elif part != default:
            yield from (inside + name, *_write_any(part))


class _Place(NamedTuple):
    """A field that is later, or that may hold something later."""

    name: str
    is_later: bool
    default: Any


@cache
def _places(kind: type[msgspec.Struct]) -> tuple[_Place, ...]:
    """The fields of a type that :func:`_later` has to look at: in nearly all of them there is nothing."""
    later = later_fields(kind)
    return tuple(
        _Place(field.name, field.name in later, default_of(field) if field.name in later else None)
        for field in msgspec.structs.fields(kind)
        if field.name in later or newest_inside(field.type) > FIRST
    )


def _within(part: Any, name: str) -> Iterator[str]:
    """The later fields within the value of an earlier field."""
    if isinstance(part, msgspec.Struct):
        yield from _later(part, f"{name}.")
    elif isinstance(part, tuple):
        for number, one in enumerate(part):
            yield from _within(one, f"{name}.{number}")


def _write_any(part: Any) -> Iterator[str]:
    """A value of a later field, by its type."""
    match part:
        case None | bool():
            yield "" if part is None else str(int(part))
        case int() | float():
            yield _number(part) if isinstance(part, int) else _double(part)
        case str():
            yield "=" + part
        case tuple():
            yield from (str(len(part)), *chain.from_iterable(map(_write_any, part)))
        case dict():
            names = sorted(part, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
            yield from (str(len(names)), *chain.from_iterable((name, *_write_any(part[name])) for name in names))
        case msgspec.Struct():
            yield from chain.from_iterable(map(_write_any, msgspec.structs.astuple(part)))


_FIELDS: Final[dict[type[msgspec.Struct], Callable[[Any], list[str]]]] = {
    Process: _process,
    Namespace: _namespace,
    Container: _container,
    Chain: _chain,
    Gap: _gap,
    Coverage: _coverage,
    HostInfo: _host,
}
