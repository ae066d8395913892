from __future__ import annotations

from hypothesis import given

from inspector.facts.namespaces import TYPES, namespace_key
from inspector.facts.sharing import Sharing, container_namespaces, members, sharings
from tests.support.engines import BOOT, make_container, make_process
from tests.support.sharing_host import HOST, live_in, make_host
from tests.support.states import host_states


def by_type(answers: tuple[Sharing, ...]) -> dict[str, Sharing]:
    return {sharing.type: sharing for sharing in answers}


def test_it_tells_own_shared_and_the_hosts_apart():
    state = make_host(
        [
            make_process(1, 0, namespaces=HOST),
            make_process(10, 1, container="web", namespaces=live_in(2, "user")),
            make_process(20, 1, container="sidecar", namespaces=live_in(3, "user", net=2)),
        ],
        [make_container("web", init_pid=10), make_container("sidecar", init_pid=20)],
    )
    web = by_type(sharings(state)["web"])
    assert (web["mnt"].how, web["net"].how, web["user"].how) == ("own", "shared", "host")
    assert web["net"].containers == ("sidecar",)
    assert web["user"].containers == ()
    assert by_type(sharings(state)["sidecar"])["net"].containers == ("web",)


def test_it_answers_for_every_type_in_order():
    state = make_host([make_process(10, 1, container="web", namespaces=live_in(2))], [make_container("web")])
    assert [sharing.type for sharing in sharings(state)["web"]] == list(TYPES)


def test_an_unreadable_namespace_is_unknown_and_never_own():
    state = make_host(
        [make_process(10, 1, container="web", namespaces=live_in(2, net=None))], [make_container("web", init_pid=10)]
    )
    assert by_type(sharings(state)["web"])["net"] == Sharing("net", None, "unknown")


def test_it_claims_nothing_as_own_where_the_hosts_namespaces_are_unknown():
    state = make_host(
        [
            make_process(10, 1, container="web", namespaces=live_in(2)),
            make_process(20, 1, container="sidecar", namespaces=live_in(3, net=2)),
        ],
        [make_container("web", init_pid=10), make_container("sidecar", init_pid=20)],
        initial=False,
    )
    web = by_type(sharings(state)["web"])
    assert (web["mnt"].how, web["net"].how) == ("unknown", "shared")


def test_it_says_when_processes_of_one_container_differ():
    state = make_host(
        [
            make_process(10, 1, container="web", namespaces=live_in(2)),
            make_process(11, 10, container="web", namespaces=live_in(2, net=5, mnt=None)),
        ],
        [make_container("web", init_pid=10)],
    )
    web = by_type(sharings(state)["web"])
    assert web["net"].differing == (namespace_key(BOOT, "net", 5),)
    assert web["mnt"].differing == ()


def test_without_an_init_the_oldest_process_speaks_for_the_container():
    young = make_process(10, 1, start_ticks=9, namespaces=live_in(2))
    old = make_process(11, 1, start_ticks=5, namespaces=live_in(3))
    assert container_namespaces(make_container("web"), [young, old]) == old.namespaces
    assert container_namespaces(make_container("web", init_pid=10), [young, old]) == young.namespaces


def test_a_stopped_container_shares_nothing():
    state = make_host([make_process(1, 0, namespaces=HOST)], [make_container("old", state="exited")])
    assert sharings(state) == {"old": ()}


@given(host_states())
def test_sharing_is_mutual_and_members_agree_with_the_counts(state):
    found = sharings(state)
    for identity, answers in found.items():
        for sharing in answers:
            for other in sharing.containers:
                assert identity in by_type(found[other])[sharing.type].containers
    assert {key: len(processes) for key, processes in members(state).items()} == {
        space.key: space.processes for space in state.namespaces
    }
