"""The real Docker engine: chains, roles, sharing, and what a restart does. Needs root and a running dockerd."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import docker
import pytest
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.scan.scanner import Scanner
from inspector.facts.sharing import Sharing, sharings
from inspector.facts.types import Chain, Container, HostState, Process
from tests import demo

pytestmark = pytest.mark.docker

PREFIX = f"isoscope-test-{os.getpid()}-"
PATIENCE = 400  # looks of 50 ms before a wait is given up


def missing() -> str:
    """Why these tests cannot run here; empty where they can."""
    if os.getuid() != 0:
        return "needs root"
    try:
        demo.connect().close()
    except demo.DemoError as error:
        return str(error)
    return "" if demo.BUSYBOX.exists() else "needs busybox-static"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    if why := missing():
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    client = demo.connect()
    demo.make_image(client)
    try:
        yield client
    finally:
        demo.stop(client, PREFIX)
        client.close()


@pytest.fixture(scope="module")
def samples(client: docker.DockerClient) -> dict[str, Run]:
    return demo.start(client, PREFIX)


@pytest.fixture(scope="module")
def state(samples: dict[str, Run]) -> HostState:
    """One look at the samples, once each of them runs what it was started for."""
    exec_id, init_id = samples["exec"].id, samples["init"].id

    def is_ready(state: HostState) -> bool:
        return len(inside(state, exec_id)) == 2 and len(inside(state, init_id)) == 3

    return look_until(Scanner(engine=DockerEngine()), is_ready)


def look_until(scanner: Scanner, holds: Callable[[HostState], object]) -> HostState:
    for _ in range(PATIENCE):
        state = scanner.scan()
        if holds(state):
            return state
        Event().wait(0.05)
    raise AssertionError("what was waited for never came")


def inside(state: HostState, identity: str | None) -> list[Process]:
    return [process for process in state.processes if process.container == identity]


def container(state: HostState, identity: str | None) -> Container:
    return next(container for container in state.containers if container.id == identity)


def chain(state: HostState, identity: str | None) -> Chain:
    return next(chain for chain in state.chains if chain.container == identity)


def by_comm(processes: list[Process]) -> dict[str, list[str | None]]:
    roles: dict[str, list[str | None]] = {}
    for process in processes:
        roles.setdefault(process.comm, []).append(process.role)
    return roles


def by_type(answers: tuple[Sharing, ...]) -> dict[str, Sharing]:
    return {sharing.type: sharing for sharing in answers}


def run(client: docker.DockerClient, name: str, **options: Any) -> Run:
    return demo.run(client, name, PREFIX, **options)


def test_every_chain_is_whole_from_dockerd_to_init(state, samples):
    processes = {process.pid: process for process in state.processes}
    for sample in samples.values():
        sample.reload()
        links = chain(state, sample.id).links
        assert [link.role for link in links] == ["daemon", "manager", "shim", "init"]
        started = processes[links[1].pid].ppid == links[0].pid  # else dockerd uses the system's containerd
        assert [link.via for link in links] == [None, "parent" if started else "runtime", "runtime", "parent"]
        assert [processes[link.pid].comm for link in links[:3]] == ["dockerd", "containerd", "containerd-shim"]
        assert links[3].pid == sample.attrs["State"]["Pid"]
        assert [processes[link.pid].role for link in links] == [link.role for link in links]


def test_containers_have_what_docker_says_of_them(state, samples):
    web = container(state, samples["web"].id)
    assert (web.name, web.image, web.engine, web.state) == (PREFIX + "web", demo.IMAGE, "docker", "running")
    assert web.labels[demo.LABEL] == "1"
    assert (web.limits.memory_bytes, web.limits.pids) == (64 * 2**20, 64)
    host = container(state, samples["host"].id).declared
    assert host is not None
    assert (host.network, host.ipc, host.privileged) == ("host", "host", False)
    sidecar = container(state, samples["sidecar"].id).declared
    assert sidecar is not None
    assert sidecar.network == sidecar.pid == f"container:{samples['web'].id}"


def test_docker_exec_and_docker_init_have_their_roles(state, samples):
    own = inside(state, samples["exec"].id)
    assert sorted(process.role or "" for process in own) == ["exec", "init"]
    assert {process.ppid for process in own} == {container(state, samples["exec"].id).shim_pid}
    roles = by_comm(inside(state, samples["init"].id))
    assert roles == {"docker-init": ["init"], "sh": ["child"], "sleep": ["child"]}


def test_sharing_is_seen_from_both_sides(state, samples):
    found = sharings(state)
    web, sidecar = samples["web"].id, samples["sidecar"].id
    for one, other in ((web, sidecar), (sidecar, web)):
        answers = by_type(found[one])
        assert {kind for kind, sharing in answers.items() if sharing.how == "shared"} == {"net", "pid"}
        assert answers["net"].containers == answers["pid"].containers == (other,)
    host = by_type(found[samples["host"].id])
    assert (host["net"].how, host["ipc"].how, host["mnt"].how) == ("host", "host", "own")


def test_the_sidecars_init_is_not_pid_1_and_says_so(state, samples):
    init = next(process for process in inside(state, samples["sidecar"].id) if process.role == "init")
    assert init.nspid[0] == init.pid
    assert len(init.nspid) == 2
    assert init.nspid[1] > 1


def test_without_docker_the_cgroup_still_attributes_every_process(state, samples):
    alone = Scanner(engine=None).scan()
    for sample in samples.values():
        assert {process.key for process in inside(alone, sample.id)} == {
            process.key for process in inside(state, sample.id)
        }
        assert chain(alone, sample.id) == chain(state, sample.id)
        unnamed = container(alone, sample.id)
        assert (unnamed.name, unnamed.engine) == (sample.name, "docker")  # by the engine's files
        told, asked = unnamed.declared, container(state, sample.id).declared
        assert told is not None
        assert asked is not None
        assert (told.network, told.pid, told.source) == (asked.network, asked.pid, "hostconfig.json")


def test_a_restart_keeps_the_container_and_has_a_new_init(client):
    sample = run(client, "restarted")
    scanner = Scanner(engine=DockerEngine())
    before = scanner.scan()
    sample.restart(timeout=0)
    after = scanner.scan()
    old, new = container(before, sample.id), container(after, sample.id)
    sample.reload()
    assert old.init_pid != new.init_pid == sample.attrs["State"]["Pid"]
    assert chain(after, sample.id).links[-1].pid == new.init_pid
    assert chain(before, sample.id).links[:2] == chain(after, sample.id).links[:2]


def test_a_rename_a_pause_a_stop_and_a_removal_are_seen(client):
    sample = run(client, "renamed")
    engine = DockerEngine()
    scanner = Scanner(engine=engine)
    scanner.scan()
    sample.rename(PREFIX + "other")
    sample.pause()
    paused = container(scanner.scan(), sample.id)
    assert (paused.name, paused.state) == (PREFIX + "other", "paused")
    assert paused.init_pid is not None
    without_engine = Scanner()
    assert container(without_engine.scan(), sample.id).state == "paused"
    sample.unpause()
    assert container(without_engine.scan(), sample.id).state == "running"
    sample.stop(timeout=0)
    stopped = scanner.scan()
    assert (container(stopped, sample.id).state, container(stopped, sample.id).init_pid) == ("exited", None)
    assert inside(stopped, sample.id) == []
    assert all(chain.container != sample.id for chain in stopped.chains)
    sample.remove(force=True)
    assert all(container.id != sample.id for container in scanner.scan().containers)


def test_an_exec_comes_and_goes(client):
    sample = run(client, "visited")
    scanner = Scanner(engine=DockerEngine())
    assert by_comm(inside(scanner.scan(), sample.id)) == {"sleep": ["init"]}
    sample.exec_run(["sh", "-c", "sleep 1000000; true"], detach=True)
    visited = look_until(scanner, lambda state: len(inside(state, sample.id)) == 3)
    assert sorted(process.role or "" for process in inside(visited, sample.id)) == ["child", "exec", "init"]
    os.kill(next(process.pid for process in inside(visited, sample.id) if process.role == "child"), 9)
    look_until(scanner, lambda state: len(inside(state, sample.id)) == 1)


def test_a_published_port_has_a_proxy_beside_the_manager(client):
    sample = run(client, "published", ports={"80/tcp": ("127.0.0.1", None)})
    state = Scanner(engine=DockerEngine()).scan()
    daemon = chain(state, sample.id).links[0].pid
    proxies = [process for process in state.processes if process.role == "proxy" and process.ppid == daemon]
    assert proxies
    assert {(process.comm, process.container) for process in proxies} == {("docker-proxy", None)}


def test_a_container_on_the_hosts_pid_namespace_has_an_init_too(client):
    sample = run(client, "watching", pid_mode="host", command=["sh", "-c", "sleep 1000000 & wait"])
    state = look_until(Scanner(engine=None), lambda state: len(inside(state, sample.id)) == 2)
    assert by_comm(inside(state, sample.id)) == {"sh": ["init"], "sleep": ["child"]}
    assert {len(process.nspid) for process in inside(state, sample.id)} == {
        len(next(process for process in state.processes if process.pid == os.getpid()).nspid)
    }


@contextlib.contextmanager
def second_dockerd(folder: Path) -> Iterator[docker.DockerClient]:
    """Another dockerd with a containerd of its own; ended by its pid.

    It gets a network namespace of its own: a dockerd told ``--bridge=none`` deletes the ``docker0`` it finds.
    """
    address = f"unix://{folder}/docker.sock"
    command = [
        "unshare",
        "--net",
        "dockerd",
        "--data-root",
        folder / "data",
        "--exec-root",
        folder / "exec",
        "-H",
        address,
    ]
    command += ["--pidfile", folder / "pid", "--bridge=none", "--iptables=false", "--ip6tables=false"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen([*command, "--storage-driver=vfs"], stdout=log, stderr=log)
    try:
        yield wait_for_dockerd(address, daemon, folder / "log")
    finally:
        daemon.terminate()
        daemon.wait(60)


def wait_for_dockerd(address: str, daemon: subprocess.Popen[bytes], log: Path) -> docker.DockerClient:
    for _ in range(PATIENCE):
        with contextlib.suppress(docker.errors.DockerException):
            return docker.DockerClient(address, timeout=30)
        if daemon.poll() is not None:
            break
        Event().wait(0.05)
    raise AssertionError(f"the second dockerd did not start: {log.read_text()[-2000:]}")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A socket's path must be short; see unix(7)."""
    folder = Path(f"/tmp/{PREFIX}second")
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_two_dockerds_are_distinguished(client, samples, short_path):
    bridge = Path("/sys/class/net/docker0")
    had_bridge = bridge.exists()
    with second_dockerd(short_path) as other:
        demo.make_image(other)
        sample = run(other, "elsewhere", network_mode="none")
        try:
            state = Scanner(engine=DockerEngine()).scan()
        finally:
            sample.remove(force=True)
        links = chain(state, sample.id).links
    assert [link.role for link in links] == ["daemon", "manager", "shim", "init"]
    here = chain(state, samples["web"].id).links
    assert {link.pid for link in links}.isdisjoint(link.pid for link in here)
    command = next(process.cmdline for process in state.processes if process.pid == links[0].pid)
    assert f"{short_path}/data" in command
    assert bridge.exists() == had_bridge  # the first engine's network was left alone
    assert container(state, sample.id).name == sample.name  # by the files of the engine that was not asked
