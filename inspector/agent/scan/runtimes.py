"""The command lines of container runtimes: which program it is, and which container and socket it serves.

See dockerd(8), containerd(8), conmon(8) and the README of containerd's runtime v2. Pure.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from inspector.facts.types import ContainerKind, Process, Role

SYSTEM_CONTAINERD: Final = "/run/containerd/containerd.sock"
SYSTEM_CONFIG: Final = "/etc/containerd/config.toml"
EXEC_ROOT: Final = "/run/docker"
DEFAULT_NAMESPACE: Final = "moby"
LONGEST_ID: Final = 128
LONGEST_NAME: Final = 64  # letters of a name within a key that is too long
LONGEST_PORT: Final = 5  # digits

PROGRAMS: Final[dict[str, Role]] = {
    "dockerd": "daemon",
    "docker-daemon": "daemon",
    "crio": "daemon",
    "containerd": "manager",
    "docker-containerd": "manager",
    "conmon": "shim",
    "docker-containerd-shim": "shim",
    "docker-proxy": "proxy",
    "balenad": "daemon",
    "balena-engine-daemon": "daemon",
    "balena-engine-containerd": "manager",
    "balena-containerd": "manager",
    "balena-engine-containerd-shim": "shim",
    "balena-engine-proxy": "proxy",
    "conmonrs": "shim",
    "systemd-nspawn": "shim",
}
_VARIANT: Final = re.compile(r"-(?:current|latest)\Z")  # as distributions called several versions side by side
LXC_MONITOR: Final = "[lxc monitor]"
LXC: Final = "lxc"
NSPAWN: Final = "systemd-nspawn"
CONMON: Final = ("conmon", "conmonrs")
LONGEST_COMM: Final = 15  # TASK_COMM_LEN - 1: where the kernel cuts a name


class Shim(msgspec.Struct, frozen=True):
    """The values of a shim's arguments; ``""``: missing."""

    container: str = ""
    namespace: str = ""  # containerd's, not the kernel's: moby, k8s.io, default
    address: str = ""  # containerd's socket, normalised
    engine: str = ""  # docker, containerd, podman, cri-o
    name: str = ""  # conmon gets the container's name
    for_exec: bool = False  # conmon of one ``podman exec``, not of the container
    kind: ContainerKind = "container"
    scope: str = ""


def program_of(process: Process) -> str:
    """The file name that a process was started with; its ``comm`` where the command line cannot be read."""
    if process.cmdline and process.cmdline[0]:
        return posixpath.basename(process.cmdline[0].split(" ", 1)[0])
    return process.comm


def role_of(process: Process) -> Role | None:
    """The role a runtime's program has by its name; ``None`` for every other program."""
    program = program_of(process)
    if program == "docker":
        return "daemon" if _is_old_daemon(process.cmdline) else None
    if process.cmdline and process.cmdline[0].startswith(LXC_MONITOR):
        return "shim"
    return role_of_program(program)


def role_of_program(program: str) -> Role | None:
    """The role of the program with this file name."""
    program = _VARIANT.sub("", program)
    if program.startswith("containerd-shim"):
        return "shim"
    return PROGRAMS.get(program) or _CUT_PROGRAMS.get(program)


def is_monitor(role: Role) -> bool:
    """Whether a process of this role names the container that it serves."""
    return role == "shim"


def folder_of(process: Process) -> str:
    """The bundle that conmon was given; empty for all others: it is their working directory."""
    return dict(parse_flags(process.cmdline)).get("b", "") if program_of(process) in CONMON else ""


_CUT_PROGRAMS: Final = {
    name[:LONGEST_COMM]: role for name, role in PROGRAMS.items() if name != "docker-containerd-shim"
}


def _is_old_daemon(cmdline: Sequence[str]) -> bool:
    """``docker daemon`` (1.8 to 1.11) or ``docker -d`` (before); with global options in between."""
    words = [word for word in cmdline[1:] if not word.startswith("-")]
    return words[:1] == ["daemon"] or "-d" in cmdline[1:2] or "--daemon" in cmdline[1:2]


def parse_shim(process: Process) -> Shim:
    """Read a shim's arguments. Never raises: what is not there is ``""``.

    Known forms: containerd's runtime v2 (``-namespace -id -address``), its v1 (``-workdir`` ends in the id),
    Docker 1.11 (``docker-containerd-shim <id> <bundle> docker-runc``), conmon of podman and CRI-O (``-c``, ``-n``).
    """
    program = program_of(process)
    if program in CONMON:
        return _parse_conmon(process.cmdline)
    if program == NSPAWN:
        return _parse_nspawn(process.cmdline)
    if process.cmdline and process.cmdline[0].startswith(LXC_MONITOR):
        return _parse_lxc(process.cmdline)
    flags = dict(parse_flags(process.cmdline))
    container = flags.get("id") or posixpath.basename(flags.get("workdir", "").rstrip("/")) or _first_word(process)
    namespace = flags.get("namespace", "")
    old = program_of(process) == "docker-containerd-shim"
    return Shim(
        container=container if len(container) <= LONGEST_ID else "",
        namespace=namespace,
        address=normalise(flags.get("address", "")),
        engine=engine_of_namespace(namespace) or ("docker" if old else ""),
    )


def _first_word(process: Process) -> str:
    """The id of the oldest form, which takes no flags."""
    words = process.cmdline[1:2]
    return words[0] if words and not words[0].startswith("-") else ""


def _parse_conmon(cmdline: Sequence[str]) -> Shim:
    flags = dict(parse_flags(cmdline))
    container = flags.get("c") or flags.get("cid") or ""
    is_crio = any("/crio" in word for word in cmdline[1:])
    return Shim(
        container=container if len(container) <= LONGEST_ID else "",
        engine="cri-o" if is_crio else "podman",
        name=flags.get("n") or flags.get("name") or "",
        for_exec=any(flag in flags for flag in ("e", "exec", "exec-process-spec")),
    )


def _parse_lxc(cmdline: Sequence[str]) -> Shim:
    """``[lxc monitor] PATH NAME``, as LXC rewrites it into one word."""
    path, _, name = " ".join(cmdline).removeprefix(LXC_MONITOR).strip().rpartition(" ")
    return Shim(container_key(LXC, path, name), engine=LXC, name=name, kind="system", scope=path) if path else Shim()


def _parse_nspawn(cmdline: Sequence[str]) -> Shim:
    """The machine's name, else that of its directory or image. See systemd-nspawn(1)."""
    flags: dict[str, str] = {}
    for flag, value in parse_flags(cmdline):
        flags.setdefault(flag, value)
    where = next((flags[flag] for flag in ("D", "directory", "i", "image") if flags.get(flag)), "")
    name = flags.get("M") or flags.get("machine") or posixpath.basename(where.rstrip("/"))
    if not name:
        return Shim()
    return Shim(container_key(NSPAWN, "/run/systemd/nspawn", name), engine=NSPAWN, name=name, kind="system")


def container_key(engine: str, scope: str, name: str, outer: str = "") -> str:
    """The identity of a container whose engine knows it by a name: ``engine:scope:name``, bounded.

    :param outer: the key of the container that the engine runs in.
    """
    head = f"{outer}/" if outer else ""
    key = f"{head}{engine}:{scope}:{name}"
    if len(key) <= LONGEST_ID:
        return key
    short = blake2b(f"{head}{scope}:{name}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"{engine}:/{short}:{name[:LONGEST_NAME]}"


def engine_of_namespace(namespace: str) -> str:
    """The engine that works in a containerd namespace: Docker in ``moby``, others by containerd's own name."""
    if not namespace:
        return ""
    return "docker" if serves(DEFAULT_NAMESPACE, namespace) else "containerd"


def serves(own: str, namespace: str) -> bool:
    """Whether a dockerd with the containerd namespace ``own`` made the containers in ``namespace``.

    Plugins live in ``plugins.<own>``; user namespace remapping appends ``-<uid>.<gid>``.
    """
    bare = namespace.removeprefix("plugins.")
    return bare == own or re.fullmatch(re.escape(own) + r"-\d+\.\d+", bare) is not None


def parse_flags(cmdline: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The pairs (name, value) of ``-x value``, ``--x value``, ``-x=value``; the value is ``""`` for a lone switch."""
    words = cmdline[1:]
    for index, word in enumerate(words):
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        following = words[index + 1] if index + 1 < len(words) else ""
        yield name, value if equals or following.startswith("-") else following


def normalise(address: str) -> str:
    """A socket's path in one form: without scheme, ``/run`` for ``/var/run``, without containerd's ``.ttrpc``."""
    path = address.removeprefix("unix://").removesuffix(".ttrpc")
    if not path.startswith("/"):
        return ""
    path = "/" + posixpath.normpath(path).lstrip("/")
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def containerd_address(process: Process) -> str:
    """The socket a containerd serves, by its arguments; ``""`` where a configuration file decides."""
    flags = dict(parse_flags(process.cmdline))
    explicit = flags.get("address") or flags.get("a") or ""
    if explicit or not process.cmdline:
        return normalise(explicit)
    config = flags.get("config") or flags.get("c") or ""
    if config.endswith("/containerd/containerd.toml"):  # what dockerd writes for the containerd it starts
        return normalise(posixpath.join(posixpath.dirname(config), "containerd.sock"))
    return SYSTEM_CONTAINERD if not config or config == SYSTEM_CONFIG else ""


class DaemonOptions(msgspec.Struct, frozen=True):
    """The containerd that a dockerd was given, and the one it would start itself."""

    containerd: str  # normalised; "" where none was given
    namespace: str
    own_address: str  # the socket of the containerd it would start itself


def parse_daemon(process: Process) -> DaemonOptions:
    """Read dockerd's arguments; its configuration file is not read."""
    flags = dict(parse_flags(process.cmdline))
    exec_root = flags.get("exec-root") or EXEC_ROOT
    return DaemonOptions(
        containerd=normalise(flags.get("containerd", "")),
        namespace=flags.get("containerd-namespace") or DEFAULT_NAMESPACE,
        own_address=normalise(posixpath.join(exec_root, "containerd/containerd.sock")),
    )


class PublishedAt(NamedTuple):
    """Where a port is published on the host."""

    protocol: str
    host_ip: str
    host_port: int


def parse_proxy(process: Process) -> PublishedAt:
    """Read docker-proxy's arguments. Never raises: what is not there is ``""``, or port 0."""
    flags = dict(parse_flags(process.cmdline))
    port = flags.get("host-port", "")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) <= LONGEST_PORT else 0
    return PublishedAt(flags.get("proto", "tcp"), flags.get("host-ip", ""), number)


_CGROUP_WORDS: Final = (("crio", "cri-o"), ("libpod", "podman"), ("docker", "docker"), ("containerd", "containerd"))


def engine_of_cgroup(path: str) -> str:
    """The engine that a cgroup path names, innermost part first; ``kubepods`` alone names none."""
    for part in reversed(path.split("/")):
        for word, engine in _CGROUP_WORDS:
            if word in part:
                return engine
    return ""
