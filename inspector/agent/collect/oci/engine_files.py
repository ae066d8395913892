"""The small files in which engines keep what they know of a container, beside its bundle. Pure.

Docker: ``config.v2.json`` and ``hostconfig.json`` in its data root. podman and CRI-O: ``containers.json`` of
containers/storage. runc: ``state.json``. crun: ``status``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, TypeVar

import msgspec

from inspector.agent.collect.docker.inspection import HostConfig, declared_of
from inspector.facts.types import Declared

T = TypeVar("T")

HOST_CONFIG: Final = "hostconfig.json"
_OWN_MOUNT: Final = re.compile(r"(/.*/containers)/([0-9a-f]{64})/(?:hosts|hostname|resolv\.conf)")


class DockerConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """``config.v2.json``."""

    class _Image(msgspec.Struct, frozen=True, rename="pascal"):
        image: str = ""
        labels: dict[str, str] | None = None

    name: str = ""
    config: _Image = _Image()


class _Stored(msgspec.Struct, frozen=True):
    id: str
    metadata: str = ""


class Metadata(msgspec.Struct, frozen=True, rename="kebab"):
    """What podman and CRI-O note of a container in ``containers.json``."""

    name: str = ""
    image_name: str = ""
    pod_name: str = ""
    pod_id: str = ""


class RuncState(msgspec.Struct, frozen=True):
    """``state.json`` of runc; the start in clock ticks since boot."""

    id: str
    init_process_pid: int = 0
    init_process_start: int = 0
    cgroup_paths: dict[str, str] | None = None


class CrunStatus(msgspec.Struct, frozen=True, rename="kebab"):
    """``status`` of crun."""

    pid: int = 0
    process_start_time: int = 0
    cgroup_path: str = ""


def find_docker_folder(identity: str, sources: Iterable[str]) -> str:
    """Docker's folder of a container, by a file that it mounts from there; empty where it mounts none."""
    for source in sources:
        found = _OWN_MOUNT.fullmatch(source)
        if found and found[2] == identity:
            return f"{found[1]}/{identity}"
    return ""


def parse_as(kind: type[T], data: bytes | None) -> T | None:
    """The file as this struct; ``None`` where it is none."""
    try:
        return msgspec.json.decode(data or b"", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def parse_host_config(data: bytes | None) -> Declared | None:
    """Docker's ``hostconfig.json``: the modes as they were asked for."""
    told = parse_as(HostConfig, data)
    return None if told is None else msgspec.structs.replace(declared_of(told), source=HOST_CONFIG)


def parse_storage(data: bytes | None) -> dict[str, Metadata]:
    """``containers.json``: what is noted of each container, by full id."""
    stored = parse_as(list[_Stored], data) or []
    noted = {one.id: parse_as(Metadata, one.metadata.encode("utf-8", "replace")) for one in stored}
    return {identity: told for identity, told in noted.items() if told is not None}
