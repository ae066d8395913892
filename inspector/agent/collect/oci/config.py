"""The bundle of an OCI container: ``config.json``, which every engine writes for its runtime.

See the OCI Runtime Specification, "config.md" and "config-linux.md". Environment, arguments and unknown annotations
are never decoded. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Declared

SOURCE: Final = "config.json"

_TYPES: Final[dict[str, NamespaceType]] = {
    "mount": "mnt", "uts": "uts", "ipc": "ipc", "pid": "pid", "network": "net", "user": "user", "cgroup": "cgroup",
    "time": "time",
}  # fmt: skip

KEPT: Final = (
    "io.kubernetes.cri.",
    "io.kubernetes.cri-o.ContainerName",
    "io.kubernetes.cri-o.ContainerType",
    "io.kubernetes.cri-o.ImageName",
    "io.kubernetes.cri-o.Namespace",
    "io.kubernetes.cri-o.SandboxID",
    "io.kubernetes.cri-o.KubeName",
    "io.podman.annotations.privileged",
    "nerdctl/",
    "com.docker.compose.",
    "org.opencontainers.image.",
)
"""How the annotations begin that are kept. All others may hold secrets, and stay on the host."""


class _Namespace(msgspec.Struct, frozen=True):
    type: str
    path: str = ""


class _Linux(msgspec.Struct, frozen=True, rename="camel"):
    namespaces: list[_Namespace] | None = None
    cgroups_path: str = ""
    masked_paths: list[str] | None = None
    readonly_paths: list[str] | None = None


class _Capabilities(msgspec.Struct, frozen=True):
    bounding: list[str] | None = None


class _Process(msgspec.Struct, frozen=True):
    capabilities: _Capabilities | None = None


class _Mount(msgspec.Struct, frozen=True):
    source: str = ""


class Config(msgspec.Struct, frozen=True):
    """The part of ``config.json`` that is kept."""

    hostname: str = ""
    annotations: dict[str, str] | None = None
    linux: _Linux | None = None
    process: _Process | None = None
    mounts: list[_Mount] | None = None

    @property
    def namespaces(self) -> Mapping[NamespaceType, str]:
        """Each type that is not the host's: the path that it joins, ``""`` for one of its own."""
        listed = (self.linux.namespaces if self.linux is not None else None) or ()
        return {_TYPES[one.type]: one.path for one in listed if one.type in _TYPES}

    @property
    def cgroup(self) -> str:
        """The control group that was asked for, in the runtime's own form; empty where none was."""
        return self.linux.cgroups_path if self.linux is not None else ""

    @property
    def labels(self) -> dict[str, str]:
        """Those of the kept annotations that a person wrote, or Compose."""
        return {name: text for name, text in self.kept.items() if not name.startswith("io.")}

    @property
    def kept(self) -> dict[str, str]:
        """The annotations that may leave the host."""
        return {name: text for name, text in (self.annotations or {}).items() if name.startswith(KEPT)}

    @property
    def is_privileged(self) -> bool:
        """Nothing of ``/proc`` and ``/sys`` is hidden from it, and it may gain every right."""
        linux, told = self.linux, self.process.capabilities if self.process is not None else None
        open_paths = linux is not None and not linux.masked_paths and not linux.readonly_paths
        return open_paths and told is not None and "CAP_SYS_ADMIN" in (told.bounding or ())


Joined = Callable[[NamespaceType, str], str]

_decoder = msgspec.json.Decoder(Config)


def parse_config(data: bytes | None) -> Config | None:
    """The bundle; ``None`` where it is no such file."""
    try:
        return _decoder.decode(data or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def declared_by(config: Config, find: Joined, is_sandbox: bool = False) -> Declared:
    """The modes that the bundle asks for: ``host``, ``private``, or what is joined.

    :param find: the container that a path leads to; empty where it is not known. The path may name a pid of the time
        when the container was made, which may be another process's by now.
    :param is_sandbox: it holds the namespaces of a pod: a network that was made for it beforehand is its own.
    """
    spaces = config.namespaces

    def mode(kind: NamespaceType) -> str:
        path = spaces.get(kind)
        if path is None:
            return "host"
        if not path or (is_sandbox and kind == "net" and not path.startswith("/proc/")):
            return "private"
        joined = find(kind, path)
        return f"container:{joined}" if joined else f"ns:{path}"

    return Declared(
        network=mode("net"),
        pid=mode("pid"),
        ipc=mode("ipc"),
        uts=mode("uts"),
        userns=mode("user"),
        cgroupns=mode("cgroup"),
        privileged=config.is_privileged,
        source=SOURCE,
    )
