from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.text.chain_tree import ASCII, draw, edges, format_pids, remarks_on, summarise
from inspector.analysis.text.escape import escape
from inspector.analysis.text.gaps import explain, explain_all
from inspector.facts.types import Chain, Gap, HostState, Link, NamespaceSet, Pod, Port, Process
from tests.support.engines import CASES, make_container, make_process, rebuild_case
from tests.support.sharing_host import HOST, live_in, make_host
from tests.support.states import a_container, a_process, a_state, host_states, some_namespaces

WEB = live_in(2, "user", "cgroup", "time")
ENGINE = [
    make_process(1, 0, "init", namespaces=HOST),
    make_process(10, 1, "dockerd", role="daemon", namespaces=HOST),
    make_process(11, 10, "containerd", role="manager", namespaces=HOST),
    make_process(20, 1, "containerd-shim", role="shim", namespaces=HOST),
    make_process(21, 20, "minio", role="init", nspid=(21, 1), container="web", namespaces=WEB),
]
CHAIN = (Link(10, "daemon", None), Link(11, "manager", "parent"), Link(20, "shim", "runtime"))


def one_container(*more: Process) -> HostState:
    return make_host(
        [*ENGINE, *more],
        [make_container("web", name="store", image="minio:1", init_pid=21, shim_pid=20)],
        chains=[Chain("web", (*CHAIN, Link(21, "init", "parent")))],
    )


def test_one_chain_is_one_line_with_the_types_that_change():
    assert draw(one_container())[2] == (
        "dockerd(10)───containerd(11)┄┄┄containerd-shim(20)───minio(21→1) [store minio:1] mnt,uts,ipc,pid,net"
    )


def test_it_draws_with_ascii_alone():
    lines = draw(one_container(make_process(22, 21, "sh", container="web", role="child", namespaces=WEB)), ASCII)
    assert lines[2:4] == [
        "dockerd(10)---containerd(11)...containerd-shim(20)---minio(21>1) [store minio:1] mnt,uts,ipc,pid,net",
        " `--- sh(22)",
    ]
    assert all(line.isascii() for line in lines)


def test_children_stand_below_their_init_and_say_where_they_differ():
    own_net = live_in(2, "user", "cgroup", "time", net=7)
    lines = draw(
        one_container(
            make_process(22, 21, "a", container="web", role="child", nspid=(22, 5), namespaces=WEB),
            make_process(23, 22, "b", container="web", role="child", nspid=(23, 6), namespaces=own_net),
            make_process(24, 21, "c", container="web", role="child", nspid=(24, 7), namespaces=WEB),
        )
    )
    assert lines[3:5] == [" ├─── a(22→5)───b(23→6) net", " └─── c(24→7)"]


def test_an_exec_hangs_off_the_shim_and_names_its_container():
    lines = draw(one_container(make_process(30, 20, "sh", container="web", role="exec", namespaces=WEB)))
    assert lines[2] == "dockerd(10)───containerd(11)┄┄┄containerd-shim(20)"
    assert lines[4] == " └─── sh(30) [exec in store] mnt,uts,ipc,pid,net"


def test_a_head_shared_by_containers_is_drawn_once_and_sharing_is_said():
    sidecar = live_in(3, "user", "cgroup", "time", "ipc", net=2, pid=2)
    state = make_host(
        [
            *ENGINE,
            make_process(40, 1, "containerd-shim", role="shim", namespaces=HOST),
            make_process(41, 40, "proxy", role="init", nspid=(41, 9), container="side", namespaces=sidecar),
        ],
        [
            make_container("web", name="store", image="i", init_pid=21),
            make_container("side", name="car", image="", init_pid=41),
        ],
        chains=[
            Chain("web", (*CHAIN, Link(21, "init", "parent"))),
            Chain("side", (*CHAIN[:2], Link(40, "shim", "runtime"), Link(41, "init", "parent"))),
        ],
    )
    assert draw(state)[2:5] == [
        "dockerd(10)───containerd(11)",
        " ├┄┄┄ containerd-shim(20)───minio(21→1) [store i] mnt,uts,ipc,pid,net (pid,net: shared with car)",
        " └┄┄┄ containerd-shim(40)───proxy(41→9) [car] mnt,uts,pid,net (ipc: the host's; pid,net: shared with store)",
    ]


def test_a_proxy_stands_beside_the_manager():
    lines = draw(one_container(make_process(15, 10, "docker-proxy", role="proxy", namespaces=HOST)))
    assert " └─── docker-proxy(15) [proxy]" in lines


def test_many_alike_children_are_one_line():
    lines = draw(
        one_container(
            *(
                make_process(100 + number, 21, "worker", container="web", role="child", namespaces=WEB)
                for number in range(40)
            )
        )
    )
    assert lines[3] == " └─── 40*worker(100 … 139)"


def test_stopped_containers_are_listed():
    state = make_host(ENGINE[:1], [make_container("old", name="old", image="i", state="exited")])
    assert "  old [i] exited" in draw(state)


def test_without_containers_it_shows_who_lives_in_namespaces_of_their_own():
    state = make_host(
        [
            make_process(1, 0, "init", namespaces=HOST),
            make_process(5, 1, "udevd", namespaces=live_in(1, mnt=4, uts=4)),
            make_process(6, 1, "secret", namespaces=live_in(1, net=None)),
        ],
        [],
    )
    text = "\n".join(draw(state))
    assert text.startswith("No containers.")
    assert "own mnt,uts" in text
    assert "unknown net" in text
    assert "3 processes" in text


def test_what_is_isolated_without_a_container_is_told_beside_containers_too():
    service = make_process(50, 1, "nginx", cgroup="/system.slice/nginx.service", namespaces=live_in(1, mnt=5))
    shell = make_process(60, 1, "unshare", namespaces=live_in(1, uts=6, net=6))
    lines = draw(one_container(service, shell, make_process(61, 60, "sh", namespaces=shell.namespaces)))
    assert lines[-5:-2] == [
        "Isolated without a container:",
        "  service nginx.service: 1 process, mnt",
        "  sandbox unshare 60: 2 processes, uts,net",
    ]
    assert "1 of them in 1 container · 1 service · 1 sandbox;" in lines[-1]


def test_what_the_engine_says_needs_attention_is_told_at_the_end():
    trouble = [
        make_container("a", name="cache", state="exited", exit_code=137, oom_killed=True),
        make_container("b", name="api", state="restarting", exit_code=1, restarts=41),
        make_container("c", name="web", health="unhealthy"),
        make_container("d", name="fine", health="healthy", restarts=3, oom_killed=False),
    ]
    lines = draw(make_host(ENGINE[:1], trouble))
    place = lines.index("Needs attention:")
    assert lines[place + 1 : -2] == ["  cache: killed for memory", "  api: restarting", "  web: unhealthy"]
    assert "Needs attention:" not in draw(make_host(ENGINE[:1], trouble[3:]))


def test_many_that_are_alike_are_one_line():
    alike = [make_process(pid, 1, "chromium", namespaces=live_in(1, net=pid, user=pid)) for pid in range(50, 61)]
    other = make_process(70, 1, "bwrap", namespaces=live_in(1, mnt=70))
    assert "  sandbox chromium 50: 1 process, net,user" in draw(one_container(*alike))
    lines = draw(one_container(*alike, other))
    assert "  sandbox 11*chromium: 11 processes, net,user" in lines
    assert "  sandbox bwrap 70: 1 process, mnt" in lines


def test_hostile_names_reach_no_terminal_raw():
    hostile = "\x1b]0;x\x07\n\u202e\x9b31m"
    state = make_host(
        [
            *ENGINE[:4],
            make_process(21, 20, "x", comm=hostile, role="init", container="web", namespaces=WEB),
            make_process(22, 1, "x", comm=hostile, namespaces=live_in(1, uts=4)),
        ],
        [make_container("web", name=hostile, image=hostile, init_pid=21)],
        chains=[Chain("web", (*CHAIN, Link(21, "init", "parent")))],
    )
    assert all(line.isprintable() for line in draw(state))
    assert "\\x1b]0;x\\x07\\x0a\\u202e\\x9b31m(21)" in draw(state)[2]


@given(st.text())
def test_escaped_text_is_printable_and_bounded(text):
    assert escape(text).isprintable()
    assert len(escape(text)) <= 80 * len("\\U0001f600")


@given(host_states())
def test_any_state_can_be_drawn_and_names_every_linked_process(state):
    lines = draw(state)
    assert all(line.isprintable() for line in lines)
    text = "\n".join(lines)
    known = {process.pid: process for process in state.processes}
    for chain in state.chains:
        for link in chain.links:
            if link.pid in known:
                assert f"({format_pids(known[link.pid].nspid, link.pid)})" in text


def test_the_inner_chain_of_docker_in_docker_hangs_below_its_dockerd():
    rebuilt = rebuild_case("docker-in-docker")
    lines = draw(make_host(list(rebuilt.processes), list(rebuilt.containers), chains=rebuilt.chains))
    inner = next(line for line in lines if "redis-server" in line)
    assert inner.strip().startswith("└─── dockerd(920→7)───containerd(930→20)┄┄┄containerd-shim")


def test_what_could_not_be_read_is_no_change():
    unread = live_in(2, "user", "cgroup", "time", net=None)
    lines = draw(one_container(make_process(22, 21, "a", container="web", role="child", namespaces=unread)))
    assert lines[3] == " └─── a(22)"


def test_a_deep_line_of_descent_is_no_trouble():
    deep = [
        make_process(100 + n, 21 if n == 0 else 99 + n, "d", container="web", namespaces=WEB) for n in range(3000)
    ]
    text = "\n".join(draw(one_container(*deep)))
    assert "d(3099)" in text


@pytest.mark.parametrize(
    "what", ["docker", "ns", "ns/net", "stat", "status", "cmdline", "cgroup", "proc", "ns/initial", "reader"]
)
@pytest.mark.parametrize("why", ["forbidden", "gone", "malformed", "unsupported"])
@pytest.mark.parametrize("pid", [None, 7])
def test_every_gap_has_a_sentence(what, why, pid):
    sentence = explain(Gap(pid, what, why))
    assert sentence[0].isupper()
    assert sentence.endswith(".")


def test_gaps_are_counted_by_kind_those_of_the_host_first():
    gaps = [
        Gap(1, "ns", "forbidden"),
        Gap(2, "ns", "forbidden"),
        Gap(3, "cmdline", "gone"),
        Gap(None, "docker", "gone"),
    ]
    sentences = explain_all(gaps)
    assert sentences[0].startswith("Docker does not answer.")
    assert [sentence.split(" could not")[0] for sentence in sentences[1:]] == [
        "The command line of 1 process",
        "The namespaces of 2 processes",
    ]


@pytest.fixture(scope="module")
def page() -> Iterator[subprocess.Popen[bytes]]:
    """The page's tree of chains in Node.js: a state a line, answered by what hangs on what."""
    command = [shutil.which("node") or pytest.skip("Node.js is not installed"), "tests/js/support/edges.mjs"]
    root = Path(__file__).resolve().parents[4]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def edges_of_page(page: subprocess.Popen[bytes], state: HostState) -> dict[int, tuple[int, str]]:
    assert page.stdin is not None and page.stdout is not None
    page.stdin.write(msgspec.json.encode(state) + b"\n")
    page.stdin.flush()
    answer = json.loads(page.stdout.readline())
    return {int(pid): (parent, via) for pid, (parent, via) in answer.items()}


@pytest.mark.parametrize("case", sorted(path.stem for path in CASES.glob("*.json")))
@pytest.mark.parametrize("listening", [True, False])
def test_the_page_hangs_every_process_where_the_terminal_does(
    page: subprocess.Popen[bytes], case: str, listening: bool
) -> None:
    rebuilt = rebuild_case(case, listening)
    state = make_host(rebuilt.processes, rebuilt.containers, chains=rebuilt.chains)
    assert edges(state)
    assert edges_of_page(page, state) == edges(state)


def test_numbers_of_an_account_that_sees_only_some_processes_say_so() -> None:
    hidden = a_state([a_process(5)], gaps=[Gap(None, "proc", "forbidden")])
    assert "1 processes seen, others are hidden from this account" in summarise(hidden)
    assert "hidden" not in summarise(a_state([a_process(5)]))


@pytest.mark.parametrize(
    ("reader", "end"), [("kernel", "; read from the kernel"), ("procfs", "; read from /proc"), (None, " namespaces")]
)
def test_the_summary_says_how_processes_were_read(reader, end):
    state = one_container()
    read = msgspec.structs.replace(state, host=msgspec.structs.replace(state.host, reader=reader))
    assert summarise(read).endswith(end)


def test_zombies_and_those_that_entered_a_container_are_told() -> None:
    own = some_namespaces(2)
    web = a_container(1, "web", init_pid=20)
    init = a_process(20, "httpd", container=web.id, namespaces=own[1], role="init")
    dead = a_process(21, "sh", ppid=20, container=web.id, namespaces=NamespaceSet(), role="child", state="zombie")
    guest = a_process(30, "bash", namespaces=own[1], entered=web.id)
    state = a_state([init, dead, guest], [*some_namespaces()[0], *own[0]], containers=[web])
    told = draw(msgspec.structs.replace(state, chains=(Chain(web.id, (Link(20, "init", None),)),)))
    assert any("sh(21) zombie" in line for line in told)
    assert "  bash(30) in web: mnt,uts,ipc,pid,net,user,cgroup,time" in told


def test_an_end_and_what_is_not_as_usual_of_a_run_is_remarked() -> None:
    port = Port("0.0.0.0", 8080, 80, "tcp")
    run = a_container(
        1, state="exited", exit_code=137, oom_killed=True, restarts=3, health="unhealthy", ports=(port,)
    )
    assert remarks_on(run) == ["exit 137, out of memory", "restarted 3×", "unhealthy", "8080→80/tcp"]
    assert remarks_on(a_container(1, exit_code=None, restarts=0, health="none", ports=())) == []


def test_the_containers_of_a_pod_stand_together_and_say_what_they_are():
    pod = Pod("f" * 64, "shop/web")
    members = [
        make_process(1, 0, "init", namespaces=HOST),
        *(make_process(pid, 1, "conmon", role="shim", namespaces=HOST) for pid in (20, 30, 40)),
        *(
            make_process(pid, pid - 1, "app", role="init", nspid=(pid, 1), container=name, namespaces=WEB)
            for pid, name in ((21, "infra"), (31, "alone"), (41, "web"))
        ),
    ]
    containers = [
        make_container("infra", name="infra", image="", init_pid=21, shim_pid=20, kind="sandbox", pod=pod),
        make_container("alone", name="alone", image="", init_pid=31, shim_pid=30, kind="system"),
        make_container("web", name="app", image="", init_pid=41, shim_pid=40, pod=pod),
    ]
    chains = [
        Chain(name, (Link(pid, "shim", None), Link(pid + 1, "init", "parent")))
        for pid, name in ((20, "infra"), (30, "alone"), (40, "web"))
    ]
    lines = draw(make_host(members, containers, chains=chains))
    place = lines.index("Pod shop/web:")
    assert "[infra sandbox pod shop/web]" in lines[place + 1] and "[app pod shop/web]" in lines[place + 2]
    assert [line for line in lines if "[alone system]" in line] == [lines[place - 2]]
    assert "in 1 container in 1 pod · 1 machine;" in lines[-1]
