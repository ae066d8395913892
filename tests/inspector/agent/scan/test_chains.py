from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.scan.chains import rebuild
from inspector.agent.scan.runtimes import Shim, engine_of_cgroup, parse_shim, serves
from tests.support.engines import CASES, describe, load, make_container, make_process, rebuild_case, roles

ID = "c" * 64
SHIM = f"/usr/bin/containerd-shim-runc-v2 -namespace moby -id {ID} -address"
SOCKET = "/run/containerd/containerd.sock"


def test_it_follows_old_dockers_plain_parentage():
    rebuilt = rebuild_case("docker-1.12")
    assert describe(rebuilt) == {
        910: [(800, "daemon", None), (810, "manager", "parent"), (900, "shim", "parent"), (910, "init", "parent")]
    }
    assert roles(rebuilt) == {800: "daemon", 810: "manager", 820: "proxy", 900: "shim", 910: "init", 920: "child"}


def test_it_links_daemon_and_init_where_there_was_no_shim_yet():
    assert describe(rebuild_case("docker-1.9")) == {910: [(800, "daemon", None), (910, "init", "parent")]}


@pytest.mark.parametrize("listening", [True, False])
def test_it_finds_the_daemon_that_uses_the_systems_containerd(listening):
    assert describe(rebuild_case("docker-18.09", listening))[910] == [
        (800, "daemon", None),
        (700, "manager", "runtime"),
        (900, "shim", "parent"),
        (910, "init", "parent"),
    ]


@pytest.mark.parametrize("listening", [True, False])
def test_it_crosses_from_a_reparented_shim_to_its_containerd(listening):
    assert describe(rebuild_case("docker-systemd", listening))[910] == [
        (800, "daemon", None),
        (700, "manager", "runtime"),
        (900, "shim", "runtime"),
        (910, "init", "parent"),
    ]


def test_it_gives_dockerd_no_container_of_another_containerd_namespace():
    rebuilt = rebuild_case("docker-systemd")
    assert describe(rebuilt)[960] == [(700, "manager", None), (950, "shim", "runtime"), (960, "init", "parent")]


def test_it_attributes_by_the_shim_where_no_cgroup_names_the_container():
    rebuilt = rebuild_case("docker-systemd")
    inside = {process.pid: process.container for process in rebuilt.processes}
    assert (inside[960], inside[961], inside[950]) == ("my-job", "my-job", None)
    assert [container.engine for container in rebuilt.containers if container.id == "my-job"] == ["containerd"]


@pytest.mark.parametrize("listening", [True, False])
def test_it_distinguishes_two_dockerds(listening):
    chains = describe(rebuild_case("two-dockerds", listening))
    assert {init: chain[0][0] for init, chain in chains.items()} == {
        19573: 2456,
        19628: 2456,
        19668: 2456,
        19709: 2456,
        19830: 2456,
        20454: 20342,
    }
    assert chains[20454] == [
        (20342, "daemon", None),
        (20355, "manager", "parent"),
        (20434, "shim", "runtime"),
        (20454, "init", "parent"),
    ]


def test_it_knows_exec_docker_init_and_a_shared_pid_namespace():
    own = roles(rebuild_case("two-dockerds"))
    assert (own[19830], own[19868]) == ("init", "exec")
    assert (own[19709], own[19736], own[19737]) == ("init", "child", "child")
    assert own[19628] == "init"  # pid 8 in the namespace it joined


@pytest.mark.parametrize("listening", [True, False])
def test_it_keeps_the_levels_of_docker_in_docker_apart(listening):
    rebuilt = rebuild_case("docker-in-docker", listening)
    chains = describe(rebuilt)
    assert [step[0] for step in chains[910]] == [800, 810, 900, 910]
    assert [step[0] for step in chains[950]] == [920, 930, 940, 950]
    own = roles(rebuilt)
    assert (own[910], own[920], own[930], own[940], own[950]) == ("init", "daemon", "manager", "shim", "init")


def test_it_lets_a_dockerd_be_its_containers_init_and_the_inner_chains_daemon():
    rebuilt = rebuild_case("docker-in-docker-init")
    chains = describe(rebuilt)
    assert chains[920][-1] == (920, "init", "parent")
    assert chains[950] == [
        (920, "daemon", None),
        (930, "manager", "parent"),
        (940, "shim", "runtime"),
        (950, "init", "parent"),
    ]
    assert roles(rebuilt)[920] == "init"


def test_it_serves_a_whole_kubernetes_pod_by_one_shim():
    rebuilt = rebuild_case("kubernetes")
    chains = describe(rebuilt)
    assert [step[0] for step in chains[910]] == [700, 900, 910]
    assert [step[0] for step in chains[920]] == [700, 900, 920]
    assert roles(rebuilt)[930] == "exec"
    assert {container.engine for container in rebuilt.containers} == {"containerd"}


def test_it_knows_podmans_conmon_and_the_one_of_an_exec():
    rebuilt = rebuild_case("podman")
    assert describe(rebuilt) == {910: [(900, "shim", None), (910, "init", "parent")]}
    assert roles(rebuilt) == {900: "shim", 910: "init", 911: "child", 950: "shim", 960: "exec"}
    (container,) = rebuilt.containers
    assert (container.name, container.engine, container.shim_pid) == ("db", "podman", 900)
    assert next(process for process in rebuilt.processes if process.pid == 900).container is None


def test_it_puts_cri_o_above_its_conmon():
    rebuilt = rebuild_case("cri-o")
    assert [step[0] for step in describe(rebuilt)[910]] == [700, 900, 910]
    assert [container.engine for container in rebuilt.containers] == ["cri-o"]


def test_it_believes_the_engine_about_the_init_only_while_that_process_is_in_the_container():
    processes, listeners = load("docker-systemd")
    identity = next(process.container for process in processes if process.pid == 910)
    processes.append(make_process(915, 900, container=identity, nspid=(915, 15)))
    for told, seen in ((915, 915), (700, 910), (12345, 910), (None, 910)):
        rebuilt = rebuild(processes, [make_container(identity, init_pid=told)], listeners)
        (container,) = [container for container in rebuilt.containers if container.id == identity]
        assert container.init_pid == seen


def test_it_keeps_what_the_engine_told_of_a_stopped_container():
    told = make_container(ID, name="old", state="exited", init_pid=99)
    rebuilt = rebuild([make_process(1, 0)], [told], {})
    assert [(container.name, container.state, container.init_pid) for container in rebuilt.containers] == [
        ("old", "exited", None)
    ]
    assert rebuilt.chains == ()


def test_it_names_no_manager_where_two_could_be_meant():
    processes = [
        make_process(10, 1, "containerd --config /etc/a.toml"),
        make_process(11, 1, "containerd --config /etc/b.toml"),
        make_process(20, 1, f"{SHIM} /run/other.sock"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    assert describe(rebuild(processes, (), {})) == {21: [(20, "shim", None), (21, "init", "parent")]}
    found = describe(rebuild(processes, (), {"/var/run/other.sock.ttrpc": 11}))
    assert found[21][0] == (11, "manager", None)


def test_it_names_no_daemon_where_two_use_one_containerd_alike():
    processes = [
        make_process(10, 1, "containerd"),
        make_process(11, 1, f"dockerd --containerd={SOCKET} --data-root=/a"),
        make_process(12, 1, f"dockerd --containerd {SOCKET} --data-root=/b"),
        make_process(20, 1, f"{SHIM} {SOCKET}"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    assert describe(rebuild(processes, (), {}))[21][0] == (10, "manager", None)
    processes[2] = make_process(12, 1, f"dockerd --containerd {SOCKET} --containerd-namespace=second")
    assert describe(rebuild(processes, (), {}))[21][0] == (11, "daemon", None)


def test_it_leaves_out_a_dockerd_that_has_a_containerd_of_its_own():
    processes = [
        make_process(10, 1, "containerd"),
        make_process(11, 1, "dockerd"),
        make_process(12, 11, "containerd --config /var/run/docker/containerd/containerd.toml"),
        make_process(20, 1, f"{SHIM} {SOCKET}"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    assert [step[0] for step in describe(rebuild(processes, (), {}))[21]] == [10, 20, 21]


def test_it_takes_a_name_from_comm_only_where_there_is_no_command_line():
    processes = [make_process(10, 1, "sleep 9", comm="dockerd"), make_process(11, 1, [], comm="docker-containe")]
    assert roles(rebuild(processes, (), {})) == {11: "manager"}


def test_it_takes_the_oldest_on_top_for_the_init_of_a_container_on_the_hosts_pid_namespace():
    processes = [
        make_process(20, 1, f"{SHIM} {SOCKET}"),
        make_process(30, 20, container=ID, start_ticks=7),
        make_process(29, 20, container=ID, start_ticks=9),
        make_process(31, 30, container=ID),
    ]
    rebuilt = rebuild(processes, (), {})
    assert roles(rebuilt) == {20: "shim", 30: "init", 29: "exec", 31: "child"}


def test_it_does_not_take_the_conmon_of_an_exec_for_the_containers():
    processes = [
        make_process(20, 1, f"conmon -c {ID} -e --exec-attach"),
        make_process(30, 1, container=ID, nspid=(30, 1)),
        make_process(31, 20, container=ID, nspid=(31, 9)),
    ]
    rebuilt = rebuild(processes, (), {})
    assert describe(rebuilt) == {30: [(30, "init", None)]}
    assert roles(rebuilt)[31] == "exec"


def test_it_names_no_manager_that_is_known_to_serve_another_socket():
    processes = [
        make_process(10, 1, "containerd"),
        make_process(20, 1, f"{SHIM} /run/other.sock"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    assert describe(rebuild(processes, (), {}))[21][0] == (20, "shim", None)
    processes[0] = make_process(10, 1, "containerd --address /run/other.sock")
    assert describe(rebuild(processes, (), {}))[21][0] == (10, "manager", None)


def test_it_prefers_the_shims_child_to_an_older_process_that_was_moved_into_the_cgroup():
    processes = [
        make_process(5, 1, container=ID),
        make_process(20, 1, f"{SHIM} {SOCKET}"),
        make_process(21, 20, container=ID),
    ]
    assert roles(rebuild(processes, (), {})) == {5: "child", 20: "shim", 21: "init"}


def test_it_finds_by_exec_root_which_dockerd_came_back_to_a_containerd_that_outlived_it():
    processes = [
        make_process(10, 1, "containerd --config /run/docker2/containerd/containerd.toml"),
        make_process(11, 1, "dockerd --exec-root=/run/docker2"),
        make_process(12, 1, "dockerd"),
        make_process(20, 1, f"{SHIM} /run/docker2/containerd/containerd.sock"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    assert describe(rebuild(processes, (), {}))[21][:2] == [(11, "daemon", None), (10, "manager", "runtime")]


def test_it_takes_whoever_listens_on_the_shims_socket_for_the_manager():
    processes = [
        make_process(10, 1, "k3s server"),
        make_process(20, 1, f"{SHIM} /run/k3s/containerd/containerd.sock"),
        make_process(21, 20, container=ID, nspid=(21, 1)),
    ]
    rebuilt = rebuild(processes, (), {"/run/k3s/containerd/containerd.sock": 10})
    assert describe(rebuilt)[21][0] == (10, "manager", None)
    assert roles(rebuilt)[10] == "manager"


@pytest.mark.parametrize(
    "cmdline",
    [
        f"containerd-shim-runc-v2 -namespace moby -id {ID} -address {SOCKET}",
        f"containerd-shim-runc-v2 --namespace=moby --id={ID} --address=unix://{SOCKET}",
        f"containerd-shim -namespace moby -workdir /var/lib/containerd/moby/{ID} -address {SOCKET}.ttrpc",
        f"docker-containerd-shim -namespace moby -workdir /var/lib/containerd/moby/{ID}/ -address /var{SOCKET}",
    ],
)
def test_it_reads_every_form_of_a_shims_arguments(cmdline):
    assert parse_shim(make_process(1, 1, cmdline)) == Shim(ID, "moby", SOCKET, "docker")


def test_it_reads_the_oldest_shims_arguments():
    cmdline = f"docker-containerd-shim {ID} /var/run/docker/libcontainerd/{ID} docker-runc"
    assert parse_shim(make_process(1, 1, cmdline)) == Shim(ID, engine="docker")


@pytest.mark.parametrize(
    ("own", "namespace", "answer"),
    [
        ("moby", "moby", True),
        ("moby", "plugins.moby", True),
        ("moby", "moby-165536.165536", True),
        ("moby", "moby2", False),
        ("moby", "k8s.io", False),
        ("second", "moby", False),
    ],
)
def test_it_knows_the_containerd_namespaces_of_a_dockerd(own, namespace, answer):
    assert serves(own, namespace) is answer


@pytest.mark.parametrize(
    ("path", "engine"),
    [
        (f"/docker/{ID}", "docker"),
        (f"/system.slice/docker-{ID}.scope", "docker"),
        (f"/docker/{ID}/kubelet/kubepods/cri-containerd-{ID}.scope", "containerd"),
        (f"/kubepods/besteffort/pod1/crio-{ID}", "cri-o"),
        (f"/machine.slice/libpod-{ID}.scope/container", "podman"),
        (f"/kubepods/pod1/{ID}", ""),
    ],
)
def test_it_tells_the_engine_by_the_innermost_part_of_a_cgroup_path(path, engine):
    assert engine_of_cgroup(path) == engine


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.json")))
def test_its_answer_does_not_depend_on_the_order_of_the_processes(case):
    processes, listeners = load(case)
    there, back = rebuild(processes, (), listeners), rebuild(processes[::-1], (), listeners)
    assert there.chains == back.chains
    assert there.containers == back.containers
    assert set(there.processes) == set(back.processes)


telling = ["dockerd", "containerd", "containerd-shim", "docker-containerd-shim", "conmon", "docker", "docker-proxy"]
flags = ["-d", "daemon", "-id", "--id=", "-namespace", "moby", "-address", "/run/x", "-c", "a", "-e"]
words = st.one_of(st.sampled_from([*telling, *flags]), st.text(max_size=5))
odd_processes = st.lists(
    st.builds(
        make_process,
        pid=st.integers(0, 8),
        ppid=st.integers(0, 8),
        cmdline=st.lists(words, max_size=5),
        nspid=st.lists(st.integers(0, 3), max_size=3).map(tuple),
        cgroup=st.none() | st.text(max_size=4),
        container=st.sampled_from([None, "a", "b"]),
    ),
    max_size=9,
)


@given(odd_processes, st.dictionaries(st.text(max_size=6), st.integers(0, 9), max_size=3))
def test_no_input_makes_it_raise_or_lose_a_process(processes, listeners):
    rebuilt = rebuild(processes, [make_container("a", init_pid=3)], listeners)
    assert [process.key for process in rebuilt.processes] == [process.key for process in processes]
    assert {chain.container for chain in rebuilt.chains} <= {container.id for container in rebuilt.containers}
