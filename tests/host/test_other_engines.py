"""Engines other than Docker, run for real: what is shown is what their own listings say."""

from __future__ import annotations

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.facts.types import Container
from tests.support.running import wait_for

pytestmark = pytest.mark.docker
CONTAINERD = "/run/docker/containerd/containerd.sock"
SLEEP = ["/bin/sleep", "3600"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a root directory of busybox, and the runtime's usual bundle."""
    found = tmp_path_factory.mktemp("engines")
    root = found / "rootfs"
    for name in ("bin", "proc", "sys", "dev", "etc", "tmp", "run", "usr"):
        (root / name).mkdir(parents=True)
    (root / "etc/os-release").touch()
    shutil.copy("/bin/busybox", root / "bin/busybox")
    (root / "bin/sleep").symlink_to("busybox")
    return found


def run(*command: str, **given: Any) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, **given)
    return str(done.stdout)


@contextmanager
def by_ctr(folder: Path, name: str) -> Iterator[list[int]]:
    pids = []
    spaces = ("isoscope-a", "isoscope-b")
    for space in spaces:
        ctr = ("ctr", "-a", CONTAINERD, "-n", space)
        run(*ctr, "run", "-d", "--rootfs", str(folder / "rootfs"), name, *SLEEP)
        pids += [int(line.split()[1]) for line in run(*ctr, "task", "ls").splitlines() if line.startswith(name)]
    yield pids
    for space in spaces:
        ctr = ("ctr", "-a", CONTAINERD, "-n", space)
        run(*ctr, "task", "rm", "-f", name)
        run(*ctr, "container", "rm", name)


@contextmanager
def by_runc(folder: Path, name: str) -> Iterator[list[int]]:
    run("runc", "spec", cwd=folder)
    told = json.loads((folder / "config.json").read_text())
    told["process"] |= {"args": SLEEP, "terminal": False}
    del told["process"]["rlimits"]
    told["linux"]["cgroupsPath"] = f"/{name}"
    (folder / "config.json").write_text(json.dumps(told))
    subprocess.run(
        ["runc", "run", "-d", name], check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    yield [one["pid"] for one in json.loads(run("runc", "list", "-f", "json")) if one["id"] == name]
    run("runc", "delete", "-f", name)


@contextmanager
def by_podman(folder: Path, name: str) -> Iterator[list[int]]:
    given = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--network", "host", "--name", name]
    engine = ("podman", "--cgroup-manager=cgroupfs", "--runtime", "runc")
    run(*engine, "run", "-d", *given, "--rootfs", str(folder / "rootfs"), *SLEEP)
    yield [int(run(*engine, "inspect", "-f", "{{.State.Pid}}", name))]
    run(*engine, "rm", "-f", "-t", "0", name)


@contextmanager
def by_lxc(folder: Path, name: str) -> Iterator[list[int]]:
    (folder / name).mkdir()
    lines = (f"lxc.rootfs.path = dir:{folder / 'rootfs'}", f"lxc.uts.name = {name}", "lxc.net.0.type = empty", "")
    (folder / name / "config").write_text("\n".join(lines))
    run("lxc-execute", "-P", str(folder), "-n", name, "-d", "--", *SLEEP)
    run("lxc-wait", "-P", str(folder), "-n", name, "-s", "RUNNING", "-t", "20")
    yield [int(run("lxc-info", "-P", str(folder), "-n", name, "-pH"))]
    run("lxc-stop", "-P", str(folder), "-n", name, "-k")


@contextmanager
def by_nspawn(folder: Path, name: str) -> Iterator[list[int]]:
    command = [
        "systemd-nspawn",
        "--register=no",
        "--keep-unit",
        "-q",
        "-M",
        name,
        "-D",
        str(folder / "rootfs"),
        *SLEEP,
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as monitor:
        children = Path(f"/proc/{monitor.pid}/task/{monitor.pid}/children")
        wait_for(lambda: any(map(is_payload, children.read_text().split())))  # before that: nspawn itself, on its way
        yield [int(pid) for pid in children.read_text().split()]
        monitor.terminate()


def is_payload(pid: str) -> bool:
    return Path(f"/proc/{pid}/comm").read_text() == "sleep\n"


Started = Callable[[Path, str], Any]
ENGINES: dict[str, tuple[str, Started]] = {
    "containerd": ("ctr", by_ctr),
    "runc": ("runc", by_runc),
    "podman": ("podman", by_podman),
    "lxc": ("lxc-execute", by_lxc),
    "systemd-nspawn": ("systemd-nspawn", by_nspawn),
}


def test_each_engine_has_its_containers_with_the_names_and_pids_that_it_lists(folder: Path) -> None:
    missing = [program for program, _ in ENGINES.values() if shutil.which(program) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    name = f"isoscope-{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        pids = {
            engine: stack.enter_context(start(folder, f"{name}-{engine}")) for engine, (_, start) in ENGINES.items()
        }
        found: dict[str, list[Container]] = {engine: [] for engine in ENGINES}
        for container in Scanner().scan().containers:
            if container.name == f"{name}-{container.engine}":
                found[container.engine].append(container)
    assert {engine: sorted(one.init_pid or 0 for one in own) for engine, own in found.items()} == {
        engine: sorted(own) for engine, own in pids.items()
    }
    assert {one.kind for engine in ("lxc", "systemd-nspawn") for one in found[engine]} == {"system"}
    assert len({one.id for own in found.values() for one in own}) == len(ENGINES) + 1  # containerd's twice
