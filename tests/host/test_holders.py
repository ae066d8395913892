"""What keeps namespaces alive, on the live kernel: eight ways, by both readers."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.agent.collect.holders.procfs import ProcfsHolders
from inspector.agent.collect.kernel.holders import KernelHolders
from inspector.agent.scan.scanner import Scanner
from inspector.facts.types import Holder, HostState, Namespace
from tests.support.held_namespaces import Held, held_namespaces
from tests.support.kernel_reader import kernel_reader
from tests.support.running import wait_for

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    with held_namespaces() as found:
        yield found


def inode(pid: int, kind: str) -> int:
    return Path(f"/proc/{pid}/ns/{kind}").stat().st_ino


def find(state: HostState, place: tuple[str, int]) -> Namespace | None:
    return next((space for space in state.namespaces if (space.type, space.inode) == place), None)


def holders(state: HostState, place: tuple[str, int]) -> dict[str, tuple[Holder, ...]]:
    space = find(state, place)
    assert space is not None
    assert space.processes == 0
    return {one.kind: one.some for one in space.holders}


@pytest.fixture(scope="module", params=["kernel", "procfs"])
def state(request: pytest.FixtureRequest, held: Held) -> HostState:
    if request.param == "procfs":
        return Scanner().scan()
    reader = kernel_reader()
    assert isinstance(reader.holders, KernelHolders)
    return Scanner(reader=reader).scan()


def test_a_thread_holds(state: HostState, held: Held) -> None:
    found = holders(state, held.by["thread"])
    assert [one.pid for one in found.pop("thread")] == [held.pid]
    assert found == {}


@pytest.mark.parametrize("kind", ["descriptor", "socket"])
def test_an_open_file_holds(state: HostState, held: Held, kind: str) -> None:
    found = holders(state, held.by[kind])
    assert [one.pid for one in found[kind]] == [held.pid]
    assert all(os.path.lexists(f"/proc/{held.pid}/fd/{one.name}") for one in found[kind])
    assert set(found) == {kind}


@pytest.mark.parametrize(("how", "name"), [("mount", "with a space"), ("mount elsewhere", "uts")])
def test_a_mount_holds(state: HostState, held: Held, how: str, name: str) -> None:
    found = holders(state, held.by[how])
    assert [(one.pid, one.name) for one in found["mount"]] == [(None, f"{held.folder}/{name}")]
    assert set(found) == {"mount"}
    within = next(space for space in state.namespaces if space.key == found["mount"][0].mount_namespace)
    own = inode(held.pid, "mnt")
    assert within.type == "mnt"
    assert (within.inode == own) == (how == "mount")


@pytest.mark.parametrize("kind", ["pid_for_children", "time_for_children"])
def test_what_children_will_live_in_is_held(state: HostState, held: Held, kind: str) -> None:
    found = holders(state, held.by[kind])
    assert {one.pid for one in found[kind]} == {held.pid}
    assert set(found) == {kind}


def test_a_user_namespace_without_processes_is_there_for_its_child(state: HostState, held: Held) -> None:
    space = find(state, held.by["child"])
    assert space is not None
    assert (space.processes, space.holders) == (0, ())
    assert [other.type for other in state.namespaces if other.parent == space.key] == ["user"]


def test_both_readers_find_the_same_holders(held: Held) -> None:
    """Of each namespace of ours. Of all others there may be too many descriptors for the reader of /proc."""
    kernel, proc = Scanner(reader=kernel_reader()), Scanner()
    for _ in range(5):
        before, ours, after = (told(scanner.scan()) for scanner in (proc, kernel, proc))
        same = {key for key, space in before.items() if is_ours(space, held) and space == after.get(key)}
        wrong = {key for key in same if ours.get(key) != before[key]}
        if not wrong:
            break
    assert wrong == set()
    assert len(same) >= 7


def is_ours(space: Namespace, held: Held) -> bool:
    return (space.type, space.inode) in held.by.values()


def told(state: HostState) -> dict[str, Namespace]:
    return {space.key: space for space in state.namespaces if space.holders}


def test_what_is_left_behind_is_told_without_a_full_scan() -> None:
    """A namespace whose last process ends stays in the state if it is held, and ends with its holder."""
    scanner = Scanner(reader=kernel_reader())
    with subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE) as child:
        wait_for(lambda: inode(child.pid, "net") != inode(os.getpid(), "net"))
        place = "net", inode(child.pid, "net")
        keeper = subprocess.Popen(["sh", "-c", f"exec 3</proc/{child.pid}/ns/net; echo; read x"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
        assert keeper.stdin is not None and keeper.stdout is not None and child.stdin is not None
        keeper.stdout.readline()
        whole = scanner.scan()
        space = find(whole, place)
        assert space is not None and space.processes == 1
        child.stdin.close()
        child.wait()
    left = scanner.partial_scan([child.pid]).changes.namespaces
    assert space.key not in left.remove
    keeper.stdin.close()
    keeper.wait()
    keeper.stdout.close()
    assert keeper.pid in scanner.changed()
    assert space.key in scanner.partial_scan([keeper.pid]).changes.namespaces.remove


def test_processes_are_told_of_whose_holders_changed_and_nothing_else(held: Held) -> None:
    reader = kernel_reader()
    told = reader.holders.changed()  # of all of them: nothing was searched before
    assert held.pid in told
    assert 0 not in told  # of a namespace around what is held


def test_reading_proc_finds_nothing_between_full_scans() -> None:
    finder = ProcfsHolders()
    assert not finder.is_cheap
    assert finder.changed() == frozenset()
