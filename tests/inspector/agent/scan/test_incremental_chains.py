"""Chains that are kept while processes come and go equal those of a rebuild."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.agent.scan.chains import rebuild
from inspector.agent.scan.incremental_chains import IncrementalChains
from inspector.facts.types import Chain, Container, Process
from tests.support.engines import make_container, make_process, rebuild_case
from tests.support.made_host import CONTAINERS, PROGRAMS

Table = dict[int, Process]


PIDS = range(2, 8)  # 2 is a shim, 3 may run containers, too


@st.composite
def processes(draw: st.DrawFn, pid: int) -> Process:
    programs = ["containerd-shim"] if pid == 2 else sorted(PROGRAMS) if pid == 3 else ["sleep", "runc"]
    return make_process(
        pid,
        1 if pid == 2 else draw(st.sampled_from([2, 2, 3, 4, 5])),
        PROGRAMS[draw(st.sampled_from(programs))],
        start_ticks=draw(st.integers(1, 2)),
        container=None if pid == 2 else draw(st.sampled_from([None, None, *CONTAINERS])),
        nspid=draw(st.sampled_from([[pid], [pid, 1]])) if pid > 2 else [pid],
    )


@st.composite
def hosts(draw: st.DrawFn) -> tuple[Table, Table]:
    """The same host twice: some processes are others, gone, or there for the first time."""
    before = {
        pid: draw(processes(pid)) for pid in draw(st.sets(st.sampled_from(PIDS), min_size=3) | st.just(set(PIDS)))
    }
    after = dict(before)
    for pid in draw(st.sets(st.sampled_from(PIDS[1:]), min_size=1, max_size=2)):
        after.pop(pid, None)
        if draw(st.booleans()):
            after[pid] = draw(processes(pid))
    return before, after


told = st.sets(st.sampled_from(CONTAINERS)).map(
    lambda known: [make_container(identity, name="web", init_pid=7) for identity in known]
)


def shown(
    processes: tuple[Process, ...], containers: tuple[Container, ...], chains: tuple[Chain, ...]
) -> tuple[dict[int, Process], dict[str, Container], dict[str, Chain]]:
    return (
        {process.pid: process for process in processes},
        {container.id: container for container in containers},
        {chain.container: chain for chain in chains},
    )


@settings(max_examples=200, deadline=None)
@given(hosts(), told)
def test_what_is_kept_is_what_would_be_rebuilt(host: tuple[Table, Table], containers: list[Container]) -> None:
    before, after = host
    kept = IncrementalChains(list(before.values()), containers, {})
    rebuilt = kept.rebuild()
    gone = [process for pid, process in before.items() if after.get(pid) != process]
    come = [process for pid, process in after.items() if before.get(pid) != process]
    moved = kept.replace(gone, come)
    if moved is None:
        return
    by_pid, by_id, chains = shown(rebuilt.processes, rebuilt.containers, rebuilt.chains)
    for process in gone:
        del by_pid[process.pid]
    by_pid.update((process.pid, process) for process in moved.processes)
    for identity, found in moved.containers.items():
        by_id.pop(identity, None)
        chains.pop(identity, None)
        if found is not None:
            by_id[identity] = found[0]
            chains.update({identity: found[1]} if found[1].links else {})
    anew = rebuild(list(after.values()), containers, {})
    assert (by_pid, by_id, chains) == shown(anew.processes, anew.containers, anew.chains)


def test_processes_that_run_no_containers_take_no_rebuilding() -> None:
    rebuilt = rebuild_case("docker-18.09")
    kept = IncrementalChains([_bare(process) for process in rebuilt.processes], (), {})
    kept.rebuild()
    inside = next(process for process in rebuilt.processes if process.role == "init")
    child = make_process(99999, inside.pid, "sleep 1", container=inside.container)
    moved = kept.replace([], [child])
    assert moved is not None
    assert [(process.pid, process.role) for process in moved.processes] == [(99999, "child")]
    shim = next(process for process in rebuilt.processes if process.role == "shim")
    assert kept.replace([_bare(shim)], []) is None


def test_where_only_a_shim_tells_the_container_all_is_rebuilt() -> None:
    shim = make_process(2, 1, PROGRAMS["containerd-shim"])
    init = make_process(4, 2, nspid=[4, 1])
    child = make_process(5, 4)
    for before, gone, come in (([shim], [], [init]), ([shim, init], [], [child]), ([shim, init], [init], [])):
        kept = IncrementalChains(before, (), {})
        kept.rebuild()
        assert kept.replace(gone, come) is None


def _bare(process: Process) -> Process:
    return make_process(
        process.pid,
        process.ppid,
        list(process.cmdline),
        start_ticks=process.start_ticks,
        container=process.container,
        nspid=process.nspid,
        cgroup=process.cgroup,
    )
