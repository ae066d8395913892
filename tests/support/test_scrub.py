"""The states that the documents' pictures are drawn from hold nothing of the machine they were read on."""

from __future__ import annotations

import msgspec

from inspector.facts.types import Chain, HostState, Link, NamespaceSet
from inspector.protocol.frames import encode
from tests.support.scrub import scrub
from tests.support.states import a_container, a_process, a_state, some_namespaces

MOMENT = "2026-01-01T09:00:00+00:00"


def a_host(first: int) -> HostState:
    """A container named x-web, begun by a shim, and others; all pids follow ``first``."""
    spaces, initial = some_namespaces()
    own, inside = some_namespaces(2)
    mixed = NamespaceSet(**{**msgspec.structs.asdict(initial), "pid": inside.pid, "net": inside.net})
    web, other = a_container(first, name="x-web"), a_container(first + 1, name="other")
    web = msgspec.structs.replace(web, init_pid=first + 5, shim_pid=first + 4)
    host = a_process(first, "secret-daemon", namespaces=initial)
    daemon = a_process(first + 2, "dockerd", role="daemon", namespaces=initial)
    shim = a_process(first + 4, "containerd-shim", role="shim", namespaces=initial)
    init = a_process(
        first + 5, "httpd", first + 4, container=web.id, role="init", nspid=(first + 5, 1), namespaces=mixed
    )
    stranger = a_process(first + 9, "other", container=other.id, role="init", namespaces=initial)
    chain = Chain(
        web.id,
        (Link(daemon.pid, "daemon", None), Link(shim.pid, "shim", "runtime"), Link(init.pid, "init", "parent")),
    )
    every = [*spaces, *(space for space in own if space.key in (inside.pid, inside.net))]
    return a_state([host, daemon, shim, init, stranger], every, containers=[web, other], chains=[chain])


def test_two_machines_give_the_same_state() -> None:
    (one,), (other,) = (scrub([a_host(first)], [MOMENT], "x-", {"web"}) for first in (300, 7000))
    assert encode(one) == encode(other)
    assert [(process.pid, process.comm) for process in one.processes] == [
        (812, "dockerd"),
        (1000, "containerd-shim"),
        (1001, "httpd"),
    ]
    assert [container.name for container in one.containers] == ["web"]
    assert one.chains[0].links[2] == Link(1001, "init", "parent")


def test_nothing_of_the_machine_is_left() -> None:
    (state,) = scrub([a_host(300)], [MOMENT], "x-", {"web"})
    text = encode(state).decode()
    for trace in ("orchid", "secret-daemon", "other", "x-web", '"pid":30'):
        assert trace not in text
    assert state.taken_at == MOMENT
