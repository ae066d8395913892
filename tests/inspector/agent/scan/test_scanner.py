"""A whole scan: of captured trees, and of the real kernel."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import subprocess
from collections.abc import Collection
from pathlib import Path

import pytest

from inspector.agent.collect.docker.engine import Listing
from inspector.agent.collect.procfs import name_worker
from inspector.agent.scan.scanner import Scanner, is_procfs
from inspector.facts.diff import diff
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Completion, Container, Gap, HostState, Limits, NamespaceSet, Process
from tests.support.old_kernel import OldKernel
from tests.support.unshared import unshared

TREES = Path(__file__).resolve().parents[3] / "fixtures" / "proc"
CASES = sorted(tree.name for tree in TREES.iterdir() if tree.is_dir())


def scan(tree: str) -> HostState:
    return scanner(TREES / tree).scan()


def scanner(tree: Path) -> Scanner:
    return Scanner(str(tree), str(tree / "sys-fs-cgroup"))


def by_pid(state: HostState) -> dict[int, Process]:
    return {process.pid: process for process in state.processes}


def named(state: HostState, comm: str) -> Process:
    [found] = [process for process in state.processes if process.comm == comm]
    return found


def shares(one: Process, other: Process) -> set[str]:
    return {kind for kind, key in one.namespaces if key is not None and key == getattr(other.namespaces, kind)}


def chain_of(state: HostState, container: str) -> list[tuple[str, str, str | None]]:
    [chain] = [chain for chain in state.chains if chain.container == container]
    processes = by_pid(state)
    return [(processes[link.pid].comm, link.role, link.via) for link in chain.links]


@pytest.mark.parametrize("case", CASES)
def test_two_scans_of_an_unchanged_host_do_not_differ(case: str) -> None:
    one = scanner(TREES / case)
    first, second = one.scan(), one.scan()
    assert not diff(first, second)
    assert not diff(first, scan(case))


@pytest.mark.parametrize("case", CASES)
def test_every_process_of_a_tree_is_found_once(case: str) -> None:
    pids = sorted(int(path.name) for path in (TREES / case).iterdir() if path.name.isdigit())
    assert [process.pid for process in scan(case).processes] == pids


@pytest.mark.parametrize("case", CASES)
def test_every_namespace_that_is_named_is_listed(case: str) -> None:
    state = scan(case)
    keys = {space.key for space in state.namespaces}
    assert {key for process in state.processes for _, key in process.namespaces} <= {*keys, None}
    assert all(space.processes > 0 for space in state.namespaces)
    assert sum(space.initial for space in state.namespaces) == len(TYPES)


def test_hostile_names_come_through_whole() -> None:
    names = {process.comm for process in scan("hostile-names").processes}
    assert names == {"kthreadd", ") (", "a\nb) S 1", "\\xff\\xfe\\x80", "tab\there "}
    assert {process.ppid for process in scan("hostile-names").processes if process.pid != 2} == {
        scan("hostile-names").processes[-1].ppid
    }


def test_a_zombie_is_called_one_and_the_namespaces_that_it_left_are_no_gap() -> None:
    state = scan("zombie")
    zombie = named(state, "true")
    assert zombie.cmdline == ()
    assert zombie.namespaces.mnt is None
    assert zombie.namespaces.user is not None
    assert zombie.state == "zombie"
    assert not [gap for gap in state.coverage.gaps if gap.pid == zombie.pid]


def test_a_kernel_thread_has_no_command_line_and_the_initial_namespaces() -> None:
    state = scan("hostile-names")
    kthreadd = by_pid(state)[2]
    assert kthreadd.cmdline == ()
    assert set(kthreadd.namespaces.known()) == {space.key for space in state.namespaces if space.initial}


def test_nested_pids_are_told_outermost_first() -> None:
    process = named(scan("nested-pids"), "sleep")
    assert len(process.nspid) == 3
    assert (process.nspid[0], process.nspid[-1]) == (process.pid, 1)


def test_docker_on_cgroup_v1() -> None:
    state = scan("docker-v1")
    assert len(state.containers) == 3
    kthreadd = by_pid(state)[2]
    sharing = {}
    for container in state.containers:
        assert (container.engine, container.state) == ("docker", "running")
        assert container.init_pid is not None
        init = by_pid(state)[container.init_pid]
        sharing[container.id] = shares(init, kthreadd) & {"pid", "net"}
        assert init.role == "init"
        assert chain_of(state, container.id) == [
            ("dockerd", "daemon", None),
            ("containerd", "manager", "parent"),
            ("containerd-shim", "shim", "runtime"),
            ("sleep", "init", "parent"),
        ]
    assert sorted(map(sorted, sharing.values())) == [[], ["net"], ["pid"]]


def test_limits_and_a_process_by_exec_on_cgroup_v1() -> None:
    one = scanner(TREES / "docker-v1")
    state = one.scan()
    [limited] = [container for container in state.containers if container.limits != Limits()]
    assert limited.limits == Limits(memory_bytes=64 * 2**20, cpu_cores=0.5, pids=64)
    [exec_] = [process for process in state.processes if process.role == "exec"]
    assert exec_.container == limited.id
    assert exec_.cmdline == ("sleep", "2000000")
    usage = one.usage()
    assert set(usage) == {container.id for container in state.containers}
    assert usage[limited.id].pids == 2
    assert (usage[limited.id].memory_bytes or 0) > 0
    assert (usage[limited.id].cpu_usec or 0) > 0


def test_docker_on_cgroup_v2_with_the_systemd_driver() -> None:
    one = scanner(TREES / "docker-v2-systemd")
    state = one.scan()
    [container] = state.containers
    assert container.limits == Limits(memory_bytes=256 * 2**20, cpu_cores=1.5, pids=100)
    assert one.usage()[container.id].cpu_usec == 812345
    assert [process.role for process in state.processes if process.container == container.id] == [
        "init",
        "child",
        "exec",
    ]
    assert [role for _, role, _ in chain_of(state, container.id)] == ["daemon", "manager", "shim", "init"]


def test_a_frozen_container_is_paused_without_an_engines_word(tree: Path) -> None:
    one = Scanner(str(tree), str(tree / "sys-fs-cgroup"))
    [container] = one.scan().containers
    [group] = (tree / "sys-fs-cgroup").glob(f"**/*{container.id}*")
    (group / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    assert [(each.state, each.limits) for each in one.scan().containers] == [("paused", container.limits)]
    (group / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    assert one.scan().containers == (container,)


def test_a_pod_of_kubernetes_shares_net_ipc_and_uts() -> None:
    state = scan("kubernetes-containerd")
    assert len(state.containers) == 2
    assert {container.shim_pid for container in state.containers} == {1400}
    assert shares(named(state, "pause"), named(state, "coredns")) == {"uts", "ipc", "net", "user", "time"}


def test_old_docker_is_a_chain_by_parentage() -> None:
    state = scan("docker-1.11")
    [container] = state.containers
    assert [(role, via) for _, role, via in chain_of(state, container.id)] == [
        ("daemon", None),
        ("manager", "parent"),
        ("shim", "parent"),
        ("init", "parent"),
    ]


def test_docker_in_docker_is_two_containers() -> None:
    state = scan("docker-in-docker")
    sleep, inner = named(state, "sleep"), by_pid(state)[1520]
    assert sleep.container != inner.container
    assert {container.id for container in state.containers} == {sleep.container, inner.container}
    assert sleep.nspid == (1720, 110, 1)


def test_conmon_is_outside_the_container_it_watches() -> None:
    state = scan("podman")
    assert named(state, "conmon").container is None
    assert named(state, "conmon").role == "shim"
    [container] = state.containers
    assert (container.engine, container.init_pid) == ("podman", named(state, "httpd").pid)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A captured tree that a test may spoil."""
    copy = tmp_path / "proc"
    shutil.copytree(TREES / "docker-v2-systemd", copy, symlinks=True)
    return copy


def test_it_keeps_the_process_when_one_namespace_link_is_unreadable(tree: Path) -> None:
    before = scanner(tree).scan()
    (tree / "1520" / "ns" / "net").unlink()
    after = scanner(tree).scan()
    assert by_pid(after)[1520].namespaces.net is None
    assert by_pid(after)[1520].namespaces.mnt == by_pid(before)[1520].namespaces.mnt
    assert Gap(1520, "ns/net", "gone") in after.coverage.gaps
    assert diff(before, after).processes.remove == ()


def test_a_link_of_another_form_is_a_gap(tree: Path) -> None:
    (tree / "1520" / "ns" / "net").unlink()
    (tree / "1520" / "ns" / "net").symlink_to("nonsense")
    state = scanner(tree).scan()
    assert by_pid(state)[1520].namespaces.net is None
    assert Gap(1520, "ns/net", "malformed") in state.coverage.gaps


def test_all_links_unreadable_are_one_gap(tree: Path) -> None:
    shutil.rmtree(tree / "1520" / "ns")
    state = scanner(tree).scan()
    assert by_pid(state)[1520].namespaces == NamespaceSet()
    assert [gap for gap in state.coverage.gaps if gap.pid == 1520] == [Gap(1520, "ns", "gone")]


@pytest.mark.parametrize("file", ["status", "cgroup"])
def test_a_malformed_file_is_a_gap_and_the_other_facts_are_kept(tree: Path, file: str) -> None:
    (tree / "1520" / file).write_bytes(b"nonsense")
    state = scanner(tree).scan()
    process = by_pid(state)[1520]
    assert Gap(1520, file, "malformed") in state.coverage.gaps
    assert process.comm == "nginx"
    if file == "status":
        assert (process.uid, process.nspid) == (None, (1520,))
    else:
        assert process.cgroup is None


def test_a_process_that_cannot_be_identified_is_a_gap_and_nothing_more(tree: Path) -> None:
    (tree / "1520" / "stat").write_bytes(b"1520 (nginx")
    state = scanner(tree).scan()
    assert 1520 not in by_pid(state)
    assert Gap(1520, "stat", "malformed") in state.coverage.gaps


def test_a_process_that_vanishes_halfway_leaves_no_trace(tree: Path) -> None:
    (tree / "1520" / "status").unlink()
    state = scanner(tree).scan()
    assert 1520 not in by_pid(state)
    assert not [gap for gap in state.coverage.gaps if gap.pid == 1520]


def test_a_gap_that_stays_is_told_at_every_scan(tree: Path) -> None:
    (tree / "1520" / "status").write_bytes(b"nonsense")
    one = scanner(tree)
    assert not diff(one.scan(), one.scan())


def test_secrets_do_not_leave_the_host(tree: Path) -> None:
    (tree / "1520" / "cmdline").write_bytes(b"app\0--password\0hunter2\0")
    assert by_pid(scanner(tree).scan())[1520].cmdline == ("app", "--password", "••••")


def test_without_pid_1_and_kernel_threads_the_initial_namespaces_are_unknown(tree: Path) -> None:
    shutil.rmtree(tree / "1")
    shutil.rmtree(tree / "2")
    state = scanner(tree).scan()
    assert not any(space.initial for space in state.namespaces)
    assert Gap(None, "ns/initial", "gone") in state.coverage.gaps


def test_where_pid_1_is_unreadable_kthreadd_tells_what_is_initial(tree: Path) -> None:
    before = scanner(tree).scan()
    shutil.rmtree(tree / "1" / "ns")
    state = scanner(tree).scan()
    assert [space.key for space in state.namespaces if space.initial] == [
        space.key for space in before.namespaces if space.initial
    ]


def test_after_a_change_only_the_change_is_read_again(tree: Path) -> None:
    one = scanner(tree)
    before = one.scan()
    stat = tree / "1600" / "stat"
    stat.write_bytes(stat.read_bytes().replace(b"(sh)", b"(ash)"))
    changes = diff(before, one.scan())
    [change] = changes.processes.change
    assert (change.key, change.set.comm) == (by_pid(before)[1600].key, "ash")
    assert len(changes) == 1


class Told:
    """An engine that says what a test has it say."""

    def __init__(self, *containers: Container, gaps: tuple[Gap, ...] = ()) -> None:
        self.listing = Listing(containers, gaps, not gaps)

    def poll(self) -> Listing:
        return self.listing

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        return ()

    def latest(self) -> Listing:
        return self.listing


def test_the_engine_names_what_the_cgroup_only_numbers(tree: Path) -> None:
    [bare] = scanner(tree).scan().containers
    told = Container(bare.id, "web", "nginx:1", "docker", "running", 1520, None, {"a": "b"}, None)
    gap = Gap(None, "docker", "gone")
    state = Scanner(str(tree), str(tree / "sys-fs-cgroup"), Told(told, gaps=(gap,))).scan()
    [container] = state.containers
    assert (container.name, container.image, container.labels) == ("web", "nginx:1", {"a": "b"})
    assert (container.init_pid, container.shim_pid) == (1520, 1500)
    assert container.limits == bare.limits
    assert gap in state.coverage.gaps


def test_a_captured_tree_is_not_taken_for_the_kernels() -> None:
    assert is_procfs("/proc")
    assert not is_procfs(str(TREES / "docker-v1"))


def test_a_proc_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        Scanner(str(tmp_path / "nowhere"))


def test_the_garbage_collector_is_left_as_it_was() -> None:
    scan("zombie")
    assert gc.isenabled()
    gc.disable()
    try:
        scan("zombie")
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.root
@pytest.mark.parametrize("kernel", [None, OldKernel()], ids=["numbers", "inodes"])
def test_the_real_kernel_is_quiet_about_what_does_not_change(kernel: OldKernel | None) -> None:
    """Other processes come and go meanwhile: judged is what the test made itself."""
    with unshared("--uts", "--ipc", "--net", "--mount", "--cgroup", number=3) as pids:
        one = Scanner(nsfs=kernel)
        before, after = one.scan(), one.scan()
        assert [by_pid(before)[pid] for pid in pids] == [by_pid(after)[pid] for pid in pids]
        kept = set(by_pid(before)[pids[0]].namespaces.known())
        changes = diff(before, after)
        touched = {*changes.namespaces.remove, *(item.key for item in changes.namespaces.change)}
        assert not kept & touched
        assert not kept & {space.key for space in changes.namespaces.add}


@pytest.mark.root
def test_a_process_that_comes_and_goes_is_added_and_removed() -> None:
    one = Scanner()
    before = one.scan()
    with unshared("--uts") as (pid,):
        during = one.scan()
        key = by_pid(during)[pid].key
        assert by_pid(during)[pid].namespaces.uts not in {space.key for space in before.namespaces}
        assert key in {process.key for process in diff(before, during).processes.add}
    assert key in diff(during, one.scan()).processes.remove


def test_processes_that_come_and_go_meanwhile_disturb_nothing() -> None:
    """Shells that do nothing but fork, some of it under names to trip over, until enough of it was caught."""
    script = "for i in 1 2 3 4 5; do while :; do (exec -a ') (' sleep 0.$((RANDOM % 9))); true; done & done; wait"
    with subprocess.Popen(["bash", "-c", script], start_new_session=True) as storm:
        try:
            one, caught = Scanner(), set()
            while len(caught) < 20:
                state = one.scan()
                caught |= {process.key for process in state.processes if process.cmdline[:1] == (") (",)}
                keys = {space.key for space in state.namespaces}
                assert os.getpid() in by_pid(state)
                assert {key for process in state.processes for _, key in process.namespaces} <= {*keys, None}
        finally:
            os.killpg(storm.pid, signal.SIGKILL)


def test_the_work_of_the_moment_is_no_part_of_a_kernel_workers_name() -> None:
    assert name_worker("kworker/u8:0-events_unbound") == "kworker/u8:0"
    assert name_worker("kworker/0:1H+kblockd") == "kworker/0:1H"


@pytest.mark.parametrize(
    "name",
    [
        "kworker/R-rcu_gp",
        "kworker/R-ext4-rsv-conver",
        "kworker/0:0H",
        "jbd2/sda1-8",
        "a (b) c-d+e",
        "kworker/u8-x",
        "",
    ],
)
def test_the_name_of_every_other_kernel_thread_is_whole(name: str) -> None:
    assert name_worker(name) == name
    assert name_worker("irq/24-pciehp") == "irq/24-pciehp"
