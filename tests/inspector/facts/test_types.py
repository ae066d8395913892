"""The facts: canonical order, derived counts, the public names."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.facts.namespaces import TYPES, fallback_key, namespace_key, parse_link, short_boot, type_of
from inspector.facts.types import (
    SCHEMA,
    Gap,
    HostInfo,
    HostState,
    NamespaceSet,
    Process,
    count_members,
    is_machine_id,
    make_state,
    process_key,
    short_id,
)
from tests.support.states import BOOT, a_container, a_process, a_state, host_states, some_namespaces


@given(host_states(), st.randoms(use_true_random=False))
def test_equal_facts_in_any_order_are_equal_states(state: HostState, dice: random.Random) -> None:
    again = make_state(
        state.host,
        state.taken_at,
        state.duration_ms,
        dice.sample(state.processes, len(state.processes)),
        dice.sample(state.namespaces, len(state.namespaces)),
        dice.sample(state.containers, len(state.containers)),
        dice.sample(state.chains, len(state.chains)),
        [*state.coverage.gaps, *state.coverage.gaps],
    )
    assert again == state


@given(host_states())
def test_a_state_survives_its_json(state: HostState) -> None:
    assert msgspec.json.decode(msgspec.json.encode(state), type=HostState) == state


@given(host_states())
def test_members_are_counted_where_they_live(state: HostState) -> None:
    for space in state.namespaces:
        members = [process for process in state.processes if getattr(process.namespaces, space.type) == space.key]
        assert space.processes == len(members)
    assert state.coverage.processes == len(state.processes)


def test_the_public_names_are_those_of_the_documents() -> None:
    shown = msgspec.to_builtins(a_state([a_process(5)], containers=[a_container(1)]))
    assert set(shown) == {
        "schema", "taken_at", "duration_ms", "host", "coverage", "namespaces", "processes", "containers", "chains",
    }  # fmt: skip
    assert set(shown["processes"][0]) == {
        "key", "pid", "ppid", "start_ticks", "comm", "cmdline", "uid", "nspid", "cgroup", "container", "role",
        "namespaces", "state", "entered", "confinement",
    }  # fmt: skip
    assert set(shown["namespaces"][0]) == {
        "key", "type", "inode", "ns_id", "initial", "owner", "parent", "processes", "holders",
    }  # fmt: skip
    assert set(shown["containers"][0]) == {
        "id", "name", "image", "engine", "state", "init_pid", "shim_pid", "labels", "declared", "limits",
        "exit_code", "oom_killed", "restarts", "health", "ports", "health_check", "kind", "scope", "pod",
    }  # fmt: skip
    assert set(shown["host"]) == {"machine_id", "boot_id", "hostname", "kernel", "reader", "booted_at"}
    assert shown["schema"] == SCHEMA
    assert tuple(shown["processes"][0]["namespaces"]) == TYPES


def test_a_set_gives_its_pairs_in_the_kernels_order() -> None:
    _, whole = some_namespaces()
    assert [kind for kind, _ in whole] == list(TYPES)
    assert len(whole.known()) == 8
    assert NamespaceSet(net="n").known() == ["n"]
    assert [kind for kind, _ in NamespaceSet()] == list(NamespaceSet.__struct_fields__) == list(TYPES)


def test_gaps_of_the_whole_host_come_first() -> None:
    gaps = [Gap(3, "ns/net", "gone"), Gap(None, "docker", "gone"), Gap(1, "ns", "forbidden")]
    assert [gap.pid for gap in a_state([], gaps=gaps).coverage.gaps] == [None, 1, 3]


def test_facts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        a_process(1).comm = "x"  # type: ignore[misc]


def test_a_field_that_is_not_known_is_ignored() -> None:
    shown = msgspec.to_builtins(a_process(1)) | {"extra": 1}
    assert msgspec.convert(shown, Process) == a_process(1)


def test_unknown_namespaces_are_not_counted() -> None:
    assert count_members([a_process(1, namespaces=NamespaceSet())]) == {}


def test_a_container_without_a_name_is_called_by_its_short_id() -> None:
    assert a_container(1, name="").title == "0" * 12
    assert a_container(1).title == "web"


def test_keys_tell_boots_pids_and_starts_apart() -> None:
    assert short_boot(BOOT) == "0f3c2d1e"
    assert process_key(BOOT, 5, 7) == "0f3c2d1e:5:7"
    assert type_of(namespace_key(BOOT, "net", 4343)) == "net"
    assert type_of(fallback_key(BOOT, "cgroup", 4, 4026531835, 9)) == "cgroup"
    with pytest.raises(ValueError, match="not a namespace key"):
        type_of("x")


def test_a_link_names_its_type_and_inode() -> None:
    assert parse_link("net:[4026532184]") == ("net", 4026532184)


@pytest.mark.parametrize("text", ["", "net", "net:[", "net:[x]", "net:[1", "/a/b"])
def test_text_of_another_form_is_no_link(text: str) -> None:
    with pytest.raises(ValueError, match=r"link|invalid literal"):
        parse_link(text)


@pytest.mark.parametrize(
    "text", ["b" * 32, "host-db_7.example-1", f"{'b' * 32}+imported-20261123T031000-abcdef", "m"]
)
def test_a_machine_id_has_a_form(text: str) -> None:
    assert is_machine_id(text)
    assert msgspec.convert({**HOST_INFO, "machine_id": text}, HostInfo).machine_id == text


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a\n", "\na", "\x1b[2J", "a\x1b", "a/b", "a\u202eb", "ä", "-a", "a" * 129, "a\0", "<b>", "a\x9b"],
)
def test_what_is_of_another_form_is_no_machine_id(text: str) -> None:
    assert not is_machine_id(text)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**HOST_INFO, "machine_id": text}, HostInfo)


HOST_INFO = {"boot_id": "b", "hostname": "h", "kernel": "k"}


def test_only_hashes_are_cut() -> None:
    assert short_id("0123456789abcdef" * 4) == "0123456789ab"
    assert short_id("containerd:/run/containerd/default:eng-ctr-hostnet") == "eng-ctr-hostnet"
    assert short_id("a-name-of-more-than-twelve") == "a-name-of-more-than-twelve"
