"""What a comparison sounds like in the terminal."""

from __future__ import annotations

import msgspec

from inspector.analysis.compare.comparison import Comparison, compare
from inspector.analysis.compare.findings import Passed
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.sides import sides_of
from inspector.analysis.text.comparison import describe, sum_up
from inspector.analysis.text.escape import plain
from inspector.facts.types import Declared, Gap, HostState, Limits
from tests.support.states import HOST, a_container, a_process, a_state, some_namespaces

SPACES, INITIAL = some_namespaces(1)
OWN_SPACES, OWN = some_namespaces(2)
ALL_SPACES = [*SPACES, *OWN_SPACES]
WEB = a_container(1, "web", init_pid=20)


def lines(before: HostState, after: HostState) -> list[str]:
    return describe(between(before, after))


def between(before: HostState, after: HostState) -> Comparison:
    return compare(*sides_of(before, after), Folding(all=True))


def running(container: object = WEB, namespaces: object = OWN, start: int = 100) -> HostState:
    init = a_process(20, "nginx", start=start, container=WEB.id, namespaces=namespaces, nspid=(20, 1))
    return a_state([init], ALL_SPACES, containers=[container])


def test_counts_come_first() -> None:
    comparison = between(a_state([a_process(7)]), a_state([a_process(8), a_process(9)]))
    assert sum_up(comparison) == "processes: 2 appeared, 1 gone"
    assert describe(comparison)[0] == sum_up(comparison)


def test_a_restart_names_both_inits_and_the_pid_inside() -> None:
    told = lines(running(), running(msgspec.structs.replace(WEB, init_pid=20), start=500))
    assert "  web restarted: init 20 → 20" in told
    assert "Processes of web (2):" in told
    assert "  + nginx 20 (1 inside): nginx" in told


def test_a_reconfiguration_names_field_from_and_to() -> None:
    before = msgspec.structs.replace(WEB, declared=Declared(network="bridge"))
    after = msgspec.structs.replace(WEB, declared=Declared(network="host"))
    assert "  web reconfigured: declared.network bridge → host" in lines(running(before), running(after))


def test_a_limit_is_told_in_units_a_person_reads() -> None:
    after = msgspec.structs.replace(WEB, limits=Limits(memory_bytes=2**28, cpu_cores=1.5))
    told = lines(running(), running(after))
    assert "  web: memory none → 256 MiB" in told
    assert "  web: CPU cores none → 1.5" in told


def test_none_is_said_as_none_and_what_was_left_to_the_engine_as_its_default() -> None:
    before = msgspec.structs.replace(WEB, declared=Declared(pid=""), labels={})
    after = msgspec.structs.replace(WEB, declared=Declared(pid="host"), labels={"tier": "web"})
    told = lines(running(before), running(after))
    assert "  web reconfigured: declared.pid default → host" in told
    assert "  web reconfigured: labels.tier none → web" in told


def test_a_container_that_was_removed_as_it_stopped_is_gone_and_not_running() -> None:
    assert "  web stopped: local/busybox:1 (running) → gone" in lines(running(), a_state([], ALL_SPACES))


def test_a_stop_is_told_with_image_and_state_and_ends_what_was_shared() -> None:
    exposed = msgspec.structs.replace(OWN, net=INITIAL.net)
    stopped = msgspec.structs.replace(WEB, state="exited", init_pid=None)
    told = lines(running(WEB, exposed), a_state([], ALL_SPACES, containers=[stopped]))
    assert "  web stopped: local/busybox:1 (running) → local/busybox:1 (exited)" in told
    assert any(line.startswith("  web no longer shares net with the host: the host's, net:[") for line in told)


def test_what_could_not_be_read_is_said_as_unknown() -> None:
    blind = a_process(7, namespaces=msgspec.structs.replace(INITIAL, net=None))
    told = lines(a_state([a_process(7)]), a_state([blind], gaps=[Gap(7, "ns/net", "forbidden")]))
    assert any(line.startswith("  sleep 7 net: unknown now, not gone: the host's") for line in told)
    assert "  ns/net forbidden could not be read any more: read → processes: 1" in told


def test_another_name_of_the_host_is_told_without_what_a_terminal_obeys() -> None:
    state = a_state([])
    renamed = msgspec.structs.replace(state, host=msgspec.structs.replace(HOST, hostname="new\x1b[31m"))
    assert "  hostname: orchid → new\\x1b[31m" in lines(state, renamed)


def test_a_count_that_is_not_whole_says_so() -> None:
    side = sides_of(a_state([]), a_state([]))
    assert "Came and went in between: at least 20000 processes." in describe(
        compare(*side, passed=Passed(20000, 0, True))
    )


def test_a_long_value_is_cut_and_says_so() -> None:
    assert plain("x" * 500) == "x" * 99 + "…"
