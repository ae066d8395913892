"""Bodies that many rows share: stored once, referred to by number. The only code that touches :class:`Value`."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from inspector.facts.types import (
    Confinement,
    ContainerKind,
    Declared,
    Fact,
    Holder,
    HolderKind,
    Holders,
    Limits,
    Link,
    NamespaceSet,
    Pod,
    Port,
)
from inspector.history.sql import CHUNK, among, chunks
from inspector.models import Value

Kind = Value.Kind


class Body(NamedTuple):
    """What a :class:`Value` holds."""

    kind: int
    data: bytes


class ContainerFacts(Fact, frozen=True, array_like=True):
    """What seldom changes of a container."""

    name: str
    image: str
    engine: str
    labels: dict[str, str]
    declared: Declared | None
    limits: Limits
    kind: ContainerKind = "container"
    scope: str = ""
    pod: Pod | None = None


class ContainerStatus(Fact, frozen=True, array_like=True):
    """The engine's facts about the run of a container."""

    exit_code: int | None = None
    oom_killed: bool | None = None
    restarts: int | None = None
    health: str | None = None
    ports: tuple[Port, ...] | None = None
    health_check: tuple[str, ...] | None = None


_commands = msgspec.json.Decoder(tuple[str, ...])
_spaces = msgspec.json.Decoder(tuple[str | None, ...])
_confinements = msgspec.json.Decoder(tuple[Any, ...])
_holders = msgspec.json.Decoder(tuple[tuple[HolderKind, int, tuple[tuple[int | None, str | None, str], ...]], ...])
_facts = msgspec.json.Decoder(ContainerFacts)
_status = msgspec.json.Decoder(ContainerStatus)
_links = msgspec.json.Decoder(tuple[Link, ...])


def text(value: str) -> Body:
    """A name, a path, a key."""
    return Body(Kind.TEXT.value, value.encode())


def command(cmdline: tuple[str, ...]) -> Body:
    """A command line."""
    return Body(Kind.COMMAND.value, msgspec.json.encode(cmdline))


def spaces(namespaces: NamespaceSet) -> Body:
    """The eight namespaces of a process."""
    return Body(Kind.SPACES.value, msgspec.json.encode([key for _, key in namespaces]))


def confinement(process: Confinement) -> Body:
    """What a process may do."""
    return Body(Kind.CONFINEMENT.value, msgspec.json.encode(msgspec.structs.astuple(process)))


def holders(namespace: tuple[Holders, ...]) -> Body:
    """What holds a namespace: for each kind its name, the number, and pid, mount namespace and name of some."""
    told = [(one.kind, one.count, list(map(msgspec.structs.astuple, one.some))) for one in namespace]
    return Body(Kind.HOLDERS.value, msgspec.json.encode(told))


def facts(container: ContainerFacts) -> Body:
    """What seldom changes of a container; labels in order, so that equal facts are one value."""
    return Body(Kind.FACTS.value, msgspec.json.encode(container, order="deterministic"))


def status(container: ContainerStatus) -> Body:
    """The engine's facts about the run of a container."""
    return Body(Kind.STATUS.value, msgspec.json.encode(container))


def links(chain: tuple[Link, ...]) -> Body:
    """The links of a chain."""
    return Body(Kind.LINKS.value, msgspec.json.encode(chain))


def decode(kind: int, data: bytes) -> Any:
    """The inverse of the functions above."""
    match kind:
        case Kind.TEXT:
            return data.decode()
        case Kind.COMMAND:
            return _commands.decode(data)
        case Kind.SPACES:
            return NamespaceSet(*_spaces.decode(data))
        case Kind.CONFINEMENT:
            return Confinement(*_confinements.decode(data))
        case Kind.HOLDERS:
            told = _holders.decode(data)
            return tuple(Holders(kind, count, tuple(Holder(*one) for one in some)) for kind, count, some in told)
        case Kind.FACTS:
            return _facts.decode(data)
        case Kind.STATUS:
            return _status.decode(data)
        case _:
            return _links.decode(data)


def find(bodies: Iterable[Body]) -> dict[Body, int]:
    """The numbers of those bodies that are stored."""
    digests = {_digest(body): body for body in set(bodies)}
    found = {}
    with connection.cursor() as cursor:
        for some in chunks(sorted(digests)):
            marks = ", ".join(["%s"] * len(some))
            cursor.execute(f"SELECT digest, id FROM inspector_value WHERE digest IN ({marks})", some)  # noqa: S608
            found.update({digests[bytes(digest)]: number for digest, number in cursor.fetchall()})
    return found


def intern(bodies: Iterable[Body]) -> dict[Body, int]:
    """The numbers of all these bodies. Those that are missing are stored.

    Stored in the order of their digests, so that two writers at once wait for each other and never deadlock.
    """
    wanted = set(bodies)
    found = find(wanted)
    missing = sorted((_digest(body), body) for body in wanted - found.keys())
    if not missing:
        return found
    new = [Value(kind=body.kind, digest=digest, body=body.data) for digest, body in missing]
    Value.objects.bulk_create(new, CHUNK // 3, ignore_conflicts=True)
    return found | find(body for _, body in missing)


def load(numbers: Iterable[int]) -> dict[int, Any]:
    """The bodies with these numbers, decoded."""
    rows = among(Value.objects.all(), set(numbers)).values_list("id", "kind", "body")
    return {number: decode(kind, bytes(body)) for number, kind, body in rows}


def _digest(body: Body) -> bytes:
    return blake2b(body.data, digest_size=16, salt=bytes((body.kind,))).digest()
