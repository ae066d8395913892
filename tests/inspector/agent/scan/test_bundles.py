"""What engines' files tell: of captured engines, where each test names what the engine's own listing says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.facts.types import Container, HostState, Pod
from tests.support.engine_captures import unpack

pytestmark = pytest.mark.root  # the files of a bundle belong to root
POD = Pod("e77d9b39caa0db31ec441e77127bc7e4489bae4c52dd0d8dbbfb23c93c3f7626", "eng-thepod")


def scan(name: str, folder: Path) -> HostState:
    tree = unpack(name, folder)
    return Scanner(str(tree), str(tree / "sys-fs-cgroup")).scan()


def by_name(state: HostState) -> dict[str, Container]:
    return {container.name: container for container in state.containers}


def members(state: HostState, container: Container) -> list[str]:
    return sorted(" ".join(one.cmdline) for one in state.processes if one.container == container.id)


def test_pods_of_kubernetes_have_names_images_and_a_sandbox(tmp_path: Path) -> None:
    found = by_name(scan("containerd-cri", tmp_path))
    assert {name: (one.kind, one.pod.name if one.pod else None) for name, one in found.items()} == {
        "eng-shop": ("sandbox", "prod/eng-shop"),
        "frontend": ("container", "prod/eng-shop"),
        "envoy": ("container", "prod/eng-shop"),
        "debug": ("container", "prod/eng-shop"),
        "eng-node-exporter": ("sandbox", "monitoring/eng-node-exporter"),
        "exporter": ("container", "monitoring/eng-node-exporter"),
        "eng-sharedpid": ("sandbox", "prod/eng-sharedpid"),
        "one": ("container", "prod/eng-sharedpid"),
    }
    assert found["frontend"].image == "localhost/eng-busybox:1"
    asked = found["debug"].declared
    assert asked is not None
    assert asked.source == "config.json"
    assert asked.pid == f"container:{found['frontend'].id}"
    assert asked.network == f"container:{found['eng-shop'].id}"
    sandbox = found["eng-node-exporter"].declared
    assert sandbox is not None
    assert sandbox.network == "host"


def test_one_name_in_two_namespaces_of_containerd_is_two_containers(tmp_path: Path) -> None:
    state = scan("containerd-ctr", tmp_path)
    web = {one.scope: one for one in state.containers if one.name == "eng-ctr-web"}
    assert sorted(web) == ["/eng/cd-state/default", "/eng/cd-state/eng2"]
    assert web["/eng/cd-state/default"].id == "containerd:/eng/cd-state/default:eng-ctr-web"
    assert any("100006" in line for line in members(state, web["/eng/cd-state/default"]))  # of ctr task exec
    assert {one.title for one in state.containers} >= {"eng-ctr-hostnet", "eng-ctr-joins", "eng-ctr-cg"}


def test_who_joins_the_pid_namespace_of_another_is_in_its_own_container(tmp_path: Path) -> None:
    state = scan("containerd-ctr", tmp_path)
    joins = by_name(state)["eng-ctr-joins"]
    assert (joins.state, len(members(state, joins))) == ("running", 1)
    assert joins.declared is not None
    assert joins.declared.pid == "container:containerd:/eng/cd-state/default:eng-ctr-web"


def test_a_pod_of_podman_is_no_container(tmp_path: Path) -> None:
    state = scan("podman", tmp_path)
    found = by_name(state)
    assert POD.id not in {one.id for one in state.containers}
    assert [name for name, one in found.items() if one.pod == POD] == ["eng-pod-b", "e77d9b39caa0-infra", "eng-pod-a"]
    assert found["e77d9b39caa0-infra"].kind == "sandbox"
    assert {one.role for one in state.processes if one.comm == "conmon"} == {"shim"}
    assert found["eng-pod-join"].declared is not None
    assert found["eng-pod-join"].declared.pid == f"container:{found['eng-pod-base'].id}"
    assert {one.image for one in state.containers} == {"localhost/eng-busybox:1"}


def test_without_control_groups_descent_tells_who_belongs(tmp_path: Path) -> None:
    state = scan("podman-rootless", tmp_path)
    found = by_name(state)
    assert sorted(found) == ["eng-rl-a", "eng-rl-c"]
    assert [len(members(state, found[name])) for name in sorted(found)] == [2, 1]  # init and exec; on the host's pids


def test_the_names_of_a_second_dockerd_come_from_its_files(tmp_path: Path) -> None:
    state = scan("docker-userns-remap", tmp_path)
    assert all(one.name.startswith("eng-") and one.image for one in state.containers)
    sources = {one.declared.source for one in state.containers if one.declared is not None}
    assert (len(state.containers), sources) == (6, {"hostconfig.json"})


def test_the_inner_container_of_docker_in_docker_has_its_name(tmp_path: Path) -> None:
    inner = next(one for one in scan("docker-in-docker", tmp_path).containers if one.id.startswith("8a1cc38ba94e"))
    assert inner.name
    assert inner.shim_pid == 24003


def test_lxc_is_a_system_container(tmp_path: Path) -> None:
    state = scan("lxc", tmp_path)
    assert [(one.id, one.kind, one.engine) for one in state.containers] == [
        ("lxc:/eng/lxc:eng-lxc-a", "system", "lxc"),
        ("lxc:/eng/lxc:eng-lxc-b", "system", "lxc"),
    ]
    assert all(members(state, one) for one in state.containers)


def test_runc_and_crun_by_hand_are_known_by_their_states(tmp_path: Path) -> None:
    state = scan("runc-crun-by-hand", tmp_path)
    assert {one.id for one in state.containers if members(state, one)} == {
        "runc:/run/runc:eng-runc-hand",
        "runc:/run/runc:eng-runc-hostpid",
        "crun:/run/crun:eng-crun-hand",
        "crun:/run/crun:eng-crun-hostpid",
    }


def test_a_state_left_by_a_crash_makes_no_container(tmp_path: Path) -> None:
    tree = unpack("runc-crun-by-hand", tmp_path)
    file = tree.parent / "root/run/runc/eng-runc-hand/state.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"init_process_start": 1}))
    names = {one.name for one in Scanner(str(tree), str(tree / "sys-fs-cgroup")).scan().containers}
    assert "eng-runc-hand" not in names
    assert "eng-runc-hostpid" in names


def test_a_bundle_that_asks_for_other_namespaces_is_not_believed(tmp_path: Path) -> None:
    tree = unpack("containerd-ctr", tmp_path)
    for file in (tree.parent / "root").rglob("eng-ctr-hostnet/config.json"):
        told = json.loads(file.read_text())
        told["linux"]["namespaces"].append({"type": "network"})
        file.write_text(json.dumps(told))
    found = by_name(Scanner(str(tree), str(tree / "sys-fs-cgroup")).scan())
    assert found["eng-ctr-hostnet"].declared is None
    assert found["eng-ctr-cg"].declared is not None


def test_a_rename_shows_although_no_process_changes(tmp_path: Path) -> None:
    tree = unpack("docker-userns-remap", tmp_path)
    scanner = Scanner(str(tree), str(tree / "sys-fs-cgroup"))
    before = scanner.scan()
    file = next((tree.parent / "root").rglob("config.v2.json"))
    told = json.loads(file.read_text())
    file.write_text(json.dumps(told | {"Name": "/renamed"}))
    after = scanner.scan()
    assert {one.name for one in after.containers} - {one.name for one in before.containers} == {"renamed"}


def test_neither_environment_nor_unknown_annotations_leave_the_host(tmp_path: Path) -> None:
    tree = unpack("containerd-ctr", tmp_path)
    for file in (tree.parent / "root").rglob("eng-ctr-web/config.json"):
        told = json.loads(file.read_text())
        told["annotations"] = {"com.example.token": "s3cret", "com.docker.compose.project": "shop"}
        told["process"]["env"] = ["PASSWORD=s3cret"]
        file.write_text(json.dumps(told))
    web = by_name(Scanner(str(tree), str(tree / "sys-fs-cgroup")).scan())["eng-ctr-web"]
    assert web.labels == {"com.docker.compose.project": "shop"}
    assert "s3cret" not in repr(web)
