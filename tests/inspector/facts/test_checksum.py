"""The checksum of a state: its laws, and that the page's JavaScript comes to the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inspector.facts.checksum import Tally, checksum, hash_fact, hash_fields
from inspector.facts.diff import diff
from inspector.facts.types import Fact, Gap, HostState, Limits, make_state
from tests.support.states import BOOT, HOST, a_container, a_process, a_state, host_states, words

ROOT = Path(__file__).resolve().parents[3]
VECTORS = json.loads((ROOT / "tests" / "fixtures" / "checksums.json").read_text())

laws = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
counts = st.integers(0, 2**63 - 1)
cores = st.none() | st.floats(0, allow_infinity=False)


@st.composite
def unusual_states(draw: st.DrawFn) -> HostState:
    """States with numbers at every size and fractions of every kind beside hostile texts."""
    state = draw(host_states())
    members = [a_process(77, draw(words), start=draw(counts), uid=draw(counts), cmdline=(draw(words), draw(words)))]
    limits = Limits(memory_bytes=draw(counts), cpu_cores=draw(cores), pids=draw(st.none() | counts))
    labels = draw(st.dictionaries(words, words, max_size=5))
    return make_state(
        state.host,
        state.taken_at,
        state.duration_ms,
        [*state.processes, *members],
        [msgspec.structs.replace(space, ns_id=draw(counts)) for space in state.namespaces],
        [*state.containers, a_container(99, draw(words), limits=limits, labels=labels)],
        state.chains,
        [*state.coverage.gaps, Gap(draw(st.none() | st.integers(0, 2**31)), draw(words), "malformed")],
    )


@laws
@given(host_states(), host_states())
def test_following_the_changes_comes_to_the_checksum_of_the_result(before: HostState, after: HostState) -> None:
    tally = Tally(before)
    tally.apply(diff(before, after))
    assert str(tally) == checksum(after)


@laws
@given(host_states(), host_states())
def test_states_that_differ_have_different_checksums(one: HostState, other: HostState) -> None:
    assert bool(diff(one, other)) == (checksum(one) != checksum(other))


@laws
@given(host_states(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(state: HostState, dice: Any) -> None:
    shuffled = {
        name: tuple(dice.sample(getattr(state, name), len(getattr(state, name))))
        for name in ("processes", "namespaces", "containers", "chains")
    }
    assert checksum(msgspec.structs.replace(state, **shuffled)) == checksum(state)


@laws
@given(host_states())
def test_what_is_derived_and_the_moments_do_not_count(state: HostState) -> None:
    uncounted = tuple(msgspec.structs.replace(space, processes=9) for space in state.namespaces)
    later = msgspec.structs.replace(state, taken_at="later", duration_ms=1.0, namespaces=uncounted)
    assert checksum(later) == checksum(state)


@laws
@given(st.lists(words, max_size=3), st.lists(words, max_size=3))
def test_a_text_in_another_field_has_another_checksum(one: list[str], other: list[str]) -> None:
    assert (one == other) == (hash_fields(["process", *one]) == hash_fields(["process", *other]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (a_process(7, cgroup=None), a_process(7, cgroup="")),
        (a_process(7, cmdline=("a", "b")), a_process(7, cmdline=("a\0b",))),
        (a_process(7, cmdline=()), a_process(7, cmdline=("",))),
        (a_process(7, comm="\1"), a_process(7, comm="\0")),
        (a_process(7, uid=None), a_process(7, uid=0)),
        (a_container(1, labels={"a": "b", "c": "d"}), a_container(1, labels={"a": "d", "c": "b"})),
        (Gap(None, "docker", "gone"), Gap(0, "docker", "gone")),
    ],
)
def test_what_is_written_alike_has_different_checksums(one: Fact, other: Fact) -> None:
    assert hash_fact(one) != hash_fact(other)


def test_values_that_change_places_between_two_facts_are_noticed() -> None:
    def two(first: str, second: str) -> HostState:
        return a_state([a_process(1, first), a_process(2, second)])

    assert checksum(two("alpha", "gamma")) != checksum(two("gamma", "alpha"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_checksum_is_the_one_of_the_kept_vectors(vector: dict[str, Any]) -> None:
    assert checksum(msgspec.convert(vector["state"], HostState)) == vector["checksum"]


@pytest.fixture(scope="module")
def page() -> Iterator[subprocess.Popen[bytes]]:
    """The page's module in Node.js: a state a line, answered by its checksum."""
    command = [shutil.which("node") or pytest.skip("Node.js is not installed"), "tests/js/support/checksums.mjs"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@laws
@given(unusual_states())
def test_the_page_comes_to_the_same(page: subprocess.Popen[bytes], state: HostState) -> None:
    assert page.stdin is not None and page.stdout is not None
    page.stdin.write(msgspec.json.encode(state) + b"\n")
    page.stdin.flush()
    assert page.stdout.readline().decode().strip() == checksum(state)


def test_a_state_of_nothing_has_a_checksum_too() -> None:
    assert checksum(make_state(HOST, "", 0.0, [], [])) != checksum(
        make_state(msgspec.structs.replace(HOST, boot_id=BOOT[::-1]), "", 0.0, [], [])
    )
