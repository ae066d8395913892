"""Means as the bytes of a row. Numbers are whole: hundredths of a percent and of a load, KiB, bytes a second.

A container is named by the first 16 characters of its id, a process by its key.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import msgspec

from inspector.facts.vitals.means import MOST_KEPT, ContainerMeans, HostMeans, Means, ProcessMeans

SHOWN: Final = 16
"""Characters of a container's id that are kept."""

KIB: Final = 1024
_UNITS: Final[dict[str, float]] = {
    **dict.fromkeys(("cpu", "agent_cpu", "load", "tasks"), 0.01),
    **dict.fromkeys(("received", "sent"), 1),
}
HOST: Final = tuple(field.name for field in msgspec.structs.fields(HostMeans))
CONTAINER: Final = ("cpu", "memory", "tasks")
PROCESS: Final = ("cpu", "rss")


def pack_host(means: HostMeans) -> bytes:
    """Some 40 bytes."""
    return msgspec.msgpack.encode(_whole(means, HOST))


def unpack_host(data: bytes | memoryview) -> HostMeans:
    """The means as they were kept. Fields that were added later are ``None``."""
    return HostMeans(**_back(HOST, msgspec.msgpack.decode(bytes(data))))


def pack_parts(means: Means) -> bytes:
    """Containers and processes: some 22 bytes each."""
    containers = [[key[:SHOWN], one.readings, *_whole(one, CONTAINER)] for key, one in means.containers.items()]
    processes = [[key, one.readings, *_whole(one, PROCESS)] for key, one in means.processes.items()]
    return zlib.compress(msgspec.msgpack.encode([containers, processes])) if containers or processes else b""


def unpack_parts(data: bytes | memoryview) -> tuple[dict[str, ContainerMeans], dict[str, ProcessMeans]]:
    if not data:
        return {}, {}
    containers, processes = msgspec.msgpack.decode(zlib.decompress(data))
    return (
        {key: ContainerMeans(readings, **_back(CONTAINER, rest)) for key, readings, *rest in containers},
        {key: ProcessMeans(readings, **_back(PROCESS, rest)) for key, readings, *rest in processes},
    )


def _whole(means: msgspec.Struct, names: tuple[str, ...]) -> list[int | None]:
    values = [(getattr(means, name), _UNITS.get(name, KIB)) for name in names]
    return [None if value is None else round(min(value, MOST_KEPT) / unit) for value, unit in values]


def _back(names: tuple[str, ...], whole: list[int | None]) -> dict[str, Any]:
    pairs = zip(names, whole, strict=False)
    return {name: round(value * _UNITS.get(name, KIB), 2) for name, value in pairs if value is not None}
