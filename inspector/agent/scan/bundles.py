"""What engines' own files tell of the containers that run: found through the shim or monitor of each.

A bundle is believed where its shim is one, its owner is root or the shim's user, and a process that the shim started
lives in the namespaces and the control group that it asks for. See :mod:`inspector.agent.collect.oci`.
"""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from inspector.agent.collect.docker.engine import bound_labels
from inspector.agent.collect.docker.inspection import clean
from inspector.agent.collect.masking.mask import STANDARD, Masking
from inspector.agent.collect.oci.config import Config, Joined, declared_by, parse_config
from inspector.agent.collect.oci.engine_files import (
    CrunStatus,
    DockerConfig,
    Metadata,
    RuncState,
    find_docker_folder,
    parse_as,
    parse_host_config,
    parse_storage,
)
from inspector.agent.collect.oci.inside import Root
from inspector.agent.scan.chains import Known
from inspector.agent.scan.programs import Programs
from inspector.agent.scan.runtimes import (
    CONMON,
    Shim,
    container_key,
    engine_of_namespace,
    folder_of,
    parse_shim,
    program_of,
)
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Pid, Pod, Process

CONFIG: Final = "/config.json"
DOCKER_ROOT: Final = "/var/lib/docker/containers/"  # where a container mounts nothing from its folder
SHIMS: Final = ("containerd-shim", "conmon", "lxc-", "systemd-nspawn", "docker-containe", "balena")
"""How the kernel's names of monitors begin: what a process calls itself does not change it."""

_HEX: Final = re.compile("[0-9a-f]{64}")
_NS_PATH: Final = re.compile(r"/proc/([0-9]{1,10})/ns/[a-z_]+")
_STATE: Final = re.compile(r"(.*)/io\.containerd\.[^/]*/([^/]+)/[^/]+")
_POD: Final = re.compile(r"(?:machine-libpod_pod_|/)([0-9a-f]{64})(?:\.slice)?[/:]")
_RUNTIMES: Final = (("runc", "/run/runc", "state.json"), ("crun", "/run/crun", "status"))
_CRI: Final = "io.kubernetes.cri."
_CRIO: Final = "io.kubernetes.cri-o."
_ROOT: Final = 0

Mtime = int | None


class Told(msgspec.Struct, frozen=True):
    """What the files of one container tell."""

    container: Container
    config: Config | None = None
    sandbox: str = ""  # id of the container that holds the namespaces of its pod
    cgroup: str = ""  # its control group, where that is a path


class _Read(msgspec.Struct, frozen=True):
    """What was read for one shim, and the times of the files that may change."""

    times: tuple[Mtime, ...]
    told: tuple[Told, ...]


class Bundles:
    """Reads the files of engines, each once for as long as it stays the same.

    :param proc: ``/proc``, or a captured tree.
    :param masking: takes the secrets out of labels.
    """

    def __init__(self, proc: str, programs: Programs, masking: Masking = STANDARD) -> None:
        self._proc = proc
        self._programs = programs
        self._masking = masking
        self._read: dict[str, _Read] = {}  # by the shim's key
        self._storages: dict[str, tuple[Mtime, dict[str, Metadata]]] = {}
        self._files: dict[Pid, tuple[str, ...]] = {}  # of Docker's containers: files that change without a process
        self._unsettled: set[Pid] = set()  # shims whose containers are not all described yet
        self._homes: dict[Pid, tuple[Process, str]] = {}  # what shims started, and the container it is in
        self.cgroups: dict[str, str] = {}  # container → its own control group, where no 64 digits name it

    def look(self, processes: Sequence[Process]) -> Known:
        """Read what is new. Cost: some 5 µs for each shim known before, 100 µs for a new one."""
        shims = [one for one in processes if one.comm.startswith(SHIMS) and self._programs.role_of(one) == "shim"]
        children: dict[Pid, list[Process]] = {shim.pid: [] for shim in shims}
        for process in processes:
            if process.ppid in children:
                children[process.ppid].append(process)
        told: dict[str, Told] = {}
        parsed = {shim.pid: self._shim_of(shim) for shim in shims}
        self._homes = {
            child.pid: (child, child.container or parsed[pid].container)
            for pid, inside in children.items()
            for child in inside
        }
        self._unsettled = set()
        for shim in shims:
            if not parsed[shim.pid].for_exec:
                for one in self._look_at(shim, parsed[shim.pid], children[shim.pid]):
                    told.setdefault(one.container.id, one)
        self._forget({shim.key for shim in shims}, set(children))
        inits = dict(self._find_inits(processes, told))
        told = dict(_gather_pods(told))
        self.cgroups = {key: one.cgroup for key, one in told.items() if one.cgroup}
        containers = {key: one.container for key, one in told.items()}
        return Known(self._programs.role_of, parsed, inits, containers)

    def concerns(self, process: Process, described: Collection[str]) -> bool:
        """Whether a new process may complete what is not described yet."""
        return process.ppid in self._unsettled and (process.container or "") not in described

    def _forget(self, keys: set[str], pids: set[Pid]) -> None:
        self._read = {key: read for key, read in self._read.items() if key in keys}
        self._files = {pid: files for pid, files in self._files.items() if pid in pids}

    # shims

    def _shim_of(self, process: Process) -> Shim:
        """The shim's arguments, with the key of its container where its id is only a name."""
        shim = parse_shim(process)
        if not shim.container or shim.kind == "system" or _HEX.fullmatch(shim.container):
            return shim
        if program_of(process) in CONMON:
            return shim
        place = _STATE.fullmatch(self._cwd(process.pid))
        scope = f"{place[1]}/{place[2]}" if place else f"/{shim.namespace}"
        key = container_key("containerd", scope, shim.container, process.container or "")
        return msgspec.structs.replace(shim, container=key, name=shim.container, scope=scope)

    def _cwd(self, pid: Pid) -> str:
        with contextlib.suppress(OSError):
            return str(Path(f"{self._proc}/{pid}/cwd").readlink())
        return ""

    def _look_at(self, process: Process, shim: Shim, children: Sequence[Process]) -> Sequence[Told]:
        if shim.kind == "system":
            return ()
        folder = folder_of(process) or self._cwd(process.pid)
        if not folder.startswith("/"):
            return ()
        times = tuple(self._mtime(process.pid, path) for path in (folder + CONFIG, *self._files.get(process.pid, ())))
        before = self._read.get(process.key)
        is_pod = before is not None and any(one.container.kind == "sandbox" for one in before.told)
        if is_pod:
            self._unsettled.add(process.pid)  # its shim may start more containers
        if before is not None and before.times == times and before.told:
            known = {one.container.id for one in before.told}
            if not is_pod or all(child.container in known for child in children if child.container):
                return before.told
        try:
            with Root(self._proc, process.pid) as root:
                found = tuple(self._read_bundles(root, process, shim, folder, children))
        except OSError:
            return ()
        if not found:
            self._unsettled.add(process.pid)
        times = tuple(self._mtime(process.pid, path) for path in (folder + CONFIG, *self._files.get(process.pid, ())))
        self._read[process.key] = _Read(times, found)
        return found

    def _mtime(self, pid: Pid, path: str) -> Mtime:
        """Only tells whether to read again: where a link leads does not matter."""
        with contextlib.suppress(OSError, ValueError):
            return Path(f"{self._proc}/{pid}/root{path}").stat().st_mtime_ns
        return None

    def _read_bundles(
        self, root: Root, process: Process, shim: Shim, folder: str, children: Sequence[Process]
    ) -> Iterator[Told]:
        owners = _owners(process)
        config = parse_config(root.read(folder + CONFIG, owners))
        if config is None:
            return
        if _agrees(config, process, children):
            yield self._describe(root, process, shim, config, folder, children)
        sandbox = config.kept.get(f"{_CRI}sandbox-id", "")
        if config.kept.get(f"{_CRI}container-type") != "sandbox":
            return
        beside = posixpath.dirname(folder)
        for name in root.list(beside):
            if f"{beside}/{name}" == folder or not _HEX.fullmatch(name):
                continue
            other = parse_config(root.read(f"{beside}/{name}{CONFIG}", owners))
            if other is None or other.kept.get(f"{_CRI}sandbox-id") != sandbox:
                continue
            own = [child for child in children if child.container in (None, name)]
            if _agrees(other, process, own):
                one = msgspec.structs.replace(shim, container=name, name="")
                yield self._describe(root, process, one, other, f"{beside}/{name}", own)

    # one container

    def _joined(self, inside: Iterable[Process]) -> Joined:
        """Finds the container whose init a path names, if its namespace is the one that these processes live in."""
        members = list(inside)

        def find(kind: NamespaceType, path: str) -> str:
            named = _NS_PATH.fullmatch(path)
            other, key = self._homes.get(int(named[1]), (None, "")) if named else (None, "")
            space = getattr(other.namespaces, kind) if other is not None else None
            shared = any(getattr(member.namespaces, kind) == space for member in members if member is not other)
            return key if space is not None and shared else ""

        return find

    def _describe(
        self, root: Root, process: Process, shim: Shim, config: Config, folder: str, inside: Iterable[Process]
    ) -> Told:
        find = self._joined(inside)
        if program_of(process) in CONMON:
            return self._describe_conmon(root, process, shim, config, folder, find)
        if engine_of_namespace(shim.namespace) == "docker":
            return self._describe_docker(root, process, shim, config)
        kept = config.kept
        sandbox = kept.get(f"{_CRI}sandbox-id", "")
        is_sandbox = kept.get(f"{_CRI}container-type") == "sandbox"
        pod_name = "/".join(filter(None, (kept.get(f"{_CRI}sandbox-namespace"), kept.get(f"{_CRI}sandbox-name"))))
        own_name = kept.get(f"{_CRI}sandbox-name" if is_sandbox else f"{_CRI}container-name")
        name = own_name or kept.get("nerdctl/name") or shim.name
        container = self._make(shim, name, kept.get(f"{_CRI}image-name", ""), "containerd", config.labels)
        return Told(
            msgspec.structs.replace(
                container,
                kind="sandbox" if is_sandbox else "container",
                pod=Pod(clean(sandbox)[:128], clean(pod_name)) if sandbox else None,
                declared=declared_by(config, find, is_sandbox),
            ),
            config,
            cgroup=config.cgroup if config.cgroup.startswith("/") and not _HEX.fullmatch(shim.container) else "",
        )

    def _describe_docker(self, root: Root, process: Process, shim: Shim, config: Config) -> Told:
        """Docker's own words: its files lie where the container mounts ``/etc/hosts`` and the like from."""
        sources = (mount.source for mount in config.mounts or ())
        folder = find_docker_folder(shim.container, sources) or DOCKER_ROOT + shim.container
        self._files[process.pid] = (f"{folder}/config.v2.json", f"{folder}/hostconfig.json")
        noted, asked = (root.read(file, _owners(process)) for file in self._files[process.pid])
        told = parse_as(DockerConfig, noted) or DockerConfig()
        labels = told.config.labels or {}
        container = self._make(shim, told.name.removeprefix("/"), told.config.image, "docker", labels)
        return Told(msgspec.structs.replace(container, declared=parse_host_config(asked)), config)

    def _describe_conmon(
        self, root: Root, process: Process, shim: Shim, config: Config, folder: str, find: Joined
    ) -> Told:
        kept = config.kept
        noted = self._storage(root, process, posixpath.dirname(posixpath.dirname(folder))).get(shim.container)
        noted = noted or Metadata()
        name = kept.get(f"{_CRIO}ContainerName") if shim.engine == "cri-o" else ""
        image = noted.image_name or kept.get(f"{_CRIO}ImageName", "")
        sandbox = kept.get(f"{_CRIO}SandboxID", "")
        is_sandbox = kept.get(f"{_CRIO}ContainerType") == "sandbox"
        pod = None
        if sandbox or is_sandbox:
            within = _POD.search(config.cgroup)
            space = kept.get(f"{_CRIO}Namespace", "")
            title = noted.pod_name or kept.get(f"{_CRIO}KubeName", "")
            pod = Pod(within[1] if within else clean(sandbox or shim.container)[:128], _joined(space, title))
        declared = declared_by(config, find, is_sandbox)
        told = kept.get("io.podman.annotations.privileged")
        if told:
            declared = msgspec.structs.replace(declared, privileged=told == "TRUE")
        container = self._make(shim, noted.name or name or shim.name, image, shim.engine, config.labels)
        facts = {"pod": pod, "declared": declared, "kind": "sandbox" if is_sandbox else "container"}
        return Told(msgspec.structs.replace(container, **facts), config, sandbox=sandbox)

    def _make(self, shim: Shim, name: str, image: str, engine: str, labels: dict[str, str]) -> Container:
        return Container(
            id=shim.container,
            name=clean(name),
            image=clean(image),
            engine=engine,
            state="unknown",
            init_pid=None,
            shim_pid=None,
            labels=bound_labels(self._masking.mask_labels(labels)),
            declared=None,
            scope=clean(shim.scope),
        )

    def _storage(self, root: Root, process: Process, folder: str) -> dict[str, Metadata]:
        """``containers.json``, read again when it was written."""
        path = f"{folder}/containers.json"
        self._files[process.pid] = (path,)
        mtime, at = self._mtime(process.pid, path), f"{process.container or ''}{path}"
        known = self._storages.get(at)
        if known is None or known[0] != mtime:
            known = self._storages[at] = (mtime, parse_storage(root.read(path, _owners(process))))
        return known[1]

    # containers without a monitor

    def _own_root(self) -> Root | None:
        """The host's root directory; our own where that of the first process is closed to us."""
        for pid in (1, "self"):
            with contextlib.suppress(OSError):
                return Root(self._proc, pid)
        return None

    def _find_inits(self, processes: Sequence[Process], told: dict[str, Told]) -> Iterator[tuple[Pid, str]]:
        """Containers that runc or crun runs by itself: the pid and its start must agree."""
        root = self._own_root()
        if root is None:
            return
        starts: dict[Pid, int] = {}
        with root:
            for engine, folder, file in _RUNTIMES:
                for name in root.list(folder):
                    if _HEX.fullmatch(name):
                        continue  # an engine's own
                    found = _state_of(engine, root.read(f"{folder}/{name}/{file}", (_ROOT,)))
                    starts = starts or {process.pid: process.start_ticks for process in processes}
                    if found is None or starts.get(found.pid) != found.start:
                        continue
                    shim = Shim(container_key(engine, folder, name), engine=engine, name=name, scope=folder)
                    told[shim.container] = Told(self._make(shim, name, "", engine, {}), cgroup=found.cgroup)
                    yield found.pid, shim.container


class _State(msgspec.Struct, frozen=True):
    pid: Pid
    start: int
    cgroup: str


def _state_of(engine: str, data: bytes | None) -> _State | None:
    if engine == "runc":
        runc = parse_as(RuncState, data)
        groups = (runc.cgroup_paths or {}) if runc is not None else {}
        path = next((groups[name] for name in ("memory", "pids", "") if groups.get(name)), "")
        found = re.fullmatch(r"/sys/fs/cgroup(?:/[^/]+)?(/.*)" if "" not in groups else r"/sys/fs/cgroup(/.*)", path)
        return (
            None
            if runc is None
            else _State(runc.init_process_pid, runc.init_process_start, found[1] if found else "")
        )
    crun = parse_as(CrunStatus, data)
    return None if crun is None else _State(crun.pid, crun.process_start_time, crun.cgroup_path)


def _owners(process: Process) -> tuple[int, ...]:
    return (_ROOT,) if process.uid is None else (_ROOT, process.uid)


def _joined(space: str, name: str) -> str:
    return clean("/".join(filter(None, (space, name))))


def _agrees(config: Config, shim: Process, children: Iterable[Process]) -> bool:
    """Whether a process that the shim started lives in what the bundle asks for."""
    leaf = re.split("[/:]", config.cgroup)[-1]
    return any(_lives_in(config, shim, child, leaf) for child in children)


def _lives_in(config: Config, shim: Process, child: Process, leaf: str) -> bool:
    asked = config.namespaces
    for (kind, own), (_, outer) in zip(child.namespaces, shim.namespaces, strict=True):
        if None in (own, outer) or asked.get(kind):
            continue
        if (kind in asked) == (own == outer):
            return False
    return not leaf or child.cgroup in (None, "/") or leaf in (child.cgroup or "")


def _gather_pods(told: dict[str, Told]) -> Iterator[tuple[str, Told]]:
    """Each container with its pod; podman's infra container is found by those that join it, and names the pod."""
    pods: dict[str, Pod] = {}
    for one in told.values():
        infra = told.get(one.sandbox)
        if one.container.pod is None or infra is None or infra.config is None or one.container.engine != "podman":
            continue
        host = infra.config.hostname
        name = one.container.pod.name or ("" if host == one.sandbox[:12] else clean(host))
        pods[one.sandbox] = Pod(one.container.pod.id, name)
    for key, one in told.items():
        changes: dict[str, object] = {}
        if key in pods:
            changes = {"kind": "sandbox", "pod": pods[key]}
        elif one.sandbox in pods:
            changes = {"pod": pods[one.sandbox]}
        yield key, replaced(one, changes) if changes else one


def replaced(one: Told, changes: dict[str, object]) -> Told:
    """What is told, with other facts of its container."""
    return msgspec.structs.replace(one, container=msgspec.structs.replace(one.container, **changes))
