"""A partial scan finds what a full scan would have found."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from inspector.agent.collect.docker.engine import Listing
from inspector.agent.collect.nsfs import Nsfs
from inspector.agent.scan.scanner import Scanner
from inspector.errors import OutOfStep
from inspector.facts.diff import apply, diff
from inspector.facts.namespaces import TYPES
from inspector.facts.types import Completion, Container, HostState
from tests.support.made_host import CONTAINERS, PROGRAMS, MadeHost, Numbered, Unnumbered

NET = TYPES.index("net")
PIDS = st.integers(3, 14)  # few, so that they are used again
CHOICE = st.integers(0, 11)  # of those that live


class Engine:
    """An engine that a test lets speak."""

    def __init__(self) -> None:
        self.listing = Listing()

    def poll(self) -> Listing:
        return self.listing

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        return ()

    def latest(self) -> Listing:
        return self.listing


def at_once(state: HostState) -> HostState:
    """The state without its moment."""
    return msgspec.structs.replace(state, taken_at="", duration_ms=0)


class Life(RuleBasedStateMachine):
    """Whatever happens on a host: partial scans follow it, and the next full scan finds nothing new."""

    kernel: ClassVar[type[Nsfs]] = Numbered

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(dir="/dev/shm")
        self.host = MadeHost(Path(self.folder) / "host")
        self.engine = Engine()
        self.scanner = self.make_scanner()
        self.state = self.scanner.scan()
        self.touched: set[int] = set()
        self.noted: set[str] = set()
        self.secret = False  # something happened that nobody tells of

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def make_scanner(self) -> Scanner:
        proc = self.host.proc
        return Scanner(str(proc), str(proc / "cgroup"), self.engine, nsfs=self.kernel())

    @initialize()
    def boot(self) -> None:
        for pid, program in ((3, "dockerd"), (4, "containerd"), (5, "containerd-shim"), (6, "sh")):
            self.host.fork(5 if pid == 6 else 1, pid)
            self.host.become(pid, program)
            self.touched.add(pid)

    @rule(parent=CHOICE, pid=PIDS)
    def fork(self, parent: int, pid: int) -> None:
        if pid not in self.host.living:
            self.host.fork(self.choose(parent, least=1), pid)
            self.touched.add(pid)

    @rule(choice=CHOICE, program=st.sampled_from(sorted(PROGRAMS)))
    def become(self, choice: int, program: str) -> None:
        self.host.become(self.touch(choice), program)

    @rule(choice=CHOICE, identity=st.sampled_from(CONTAINERS), kind=st.sampled_from(range(len(TYPES))))
    def start_in_container(self, choice: int, identity: str, kind: int) -> None:
        pid = self.touch(choice)
        self.host.unshare(pid, kind, inside=kind == TYPES.index("pid"))
        self.host.enter_container(pid, identity)

    @rule(choice=CHOICE)
    def start_unnamed(self, choice: int) -> None:
        """A container that only its shim tells of."""
        self.host.unshare(self.touch(choice), TYPES.index("pid"), inside=True)

    @rule(choice=CHOICE, zombie=st.booleans())
    def end(self, choice: int, zombie: bool) -> None:
        if len(self.alive()) > 1:
            self.host.end(self.touch(choice), zombie)

    @rule()
    def reap(self) -> None:
        """No event tells of it; a pass does."""
        for pid in [pid for pid, one in self.host.living.items() if one.zombie]:
            self.host.reap(pid)

    @rule(identity=st.sampled_from(CONTAINERS), name=st.sampled_from(["web", "db", ""]), init=PIDS)
    def tell_container(self, identity: str, name: str, init: int) -> None:
        told = {container.id: container for container in self.engine.listing.containers}
        told.pop(identity, None)
        if name:
            told[identity] = Container(identity, name, "image", "docker", "running", init, None, {}, None)
        self.engine.listing = Listing(tuple(told.values()))
        self.noted.add(identity)

    @rule()
    def partial_scan(self) -> None:
        found = self.scanner.partial_scan(self.touched | self.scanner.changed(), self.noted)
        self.state = apply(self.state, found.changes, found.taken_at, found.duration_ms)
        self.touched.clear()
        self.noted.clear()

    @precondition(lambda self: self.kernel is Numbered and not self.secret)
    @rule()
    def partial_scan_as_a_new_scanner(self) -> None:
        self.partial_scan()
        assert at_once(self.state) == at_once(self.make_scanner().scan())

    @precondition(lambda self: not self.secret)
    @rule()
    def full_scan(self) -> None:
        self.partial_scan()
        whole = self.scanner.scan()
        assert not diff(self.state, whole)
        assert at_once(whole) == at_once(self.state)

    @invariant()
    def the_state_is_sound(self) -> None:
        keys = {space.key for space in self.state.namespaces}
        assert len(keys) == len(self.state.namespaces)
        assert {key for process in self.state.processes for key in process.namespaces.known()} <= keys

    def touch(self, choice: int) -> int:
        pid = self.choose(choice)
        self.touched.add(pid)
        return pid

    def choose(self, choice: int, least: int = 3) -> int:
        """One of those that live."""
        living = self.alive(least)
        return living[choice % len(living)]

    def alive(self, least: int = 3) -> list[int]:
        return [pid for pid, one in self.host.living.items() if pid >= least and not one.zombie]


class LifeOnOldKernel(Life):
    kernel = Unnumbered


class SecretLife(Life):
    """Also what no event tells of: in the end a full scan corrects it."""

    @rule(choice=CHOICE, other=CHOICE, kind=st.sampled_from(range(len(TYPES))))
    def setns(self, choice: int, other: int, kind: int) -> None:
        self.host.join(self.choose(choice), self.choose(other, least=1), kind)
        self.secret = True

    @rule()
    def full_scan_at_last(self) -> None:
        self.partial_scan()
        self.state = apply(self.state, diff(self.state, self.scanner.scan()), "", 0)
        assert self.state == at_once(self.make_scanner().scan())
        self.secret = False
        self.touched.clear()


for machine in (Life, LifeOnOldKernel, SecretLife):
    case = machine.TestCase
    case.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
    globals()[f"Test{machine.__name__}"] = case
del case, machine


@pytest.fixture
def host(tmp_path: Path) -> MadeHost:
    return MadeHost(tmp_path / "host")


def scanner(host: MadeHost, kernel: type[Nsfs] = Numbered) -> Scanner:
    return Scanner(str(host.proc), str(host.root / "cgroup"), nsfs=kernel())


def after(scanner: Scanner, state: HostState, *pids: int) -> HostState:
    found = scanner.partial_scan(pids)
    return apply(state, found.changes, found.taken_at, found.duration_ms)


def test_a_partial_scan_needs_a_full_scan_first(host: MadeHost) -> None:
    with pytest.raises(OutOfStep):
        scanner(host).partial_scan([1])


def test_a_process_that_is_as_it_was_makes_no_change(host: MadeHost) -> None:
    one = scanner(host)
    one.scan()
    assert not one.partial_scan([1, 2, 999]).changes


def test_the_children_of_one_that_ended_are_scanned_for_their_new_parent(host: MadeHost) -> None:
    one = scanner(host)
    host.fork(1, 10)
    host.fork(10, 11)
    state = one.scan()
    host.end(10, zombie=False)
    state = after(one, state, 10)
    assert [(process.pid, process.ppid) for process in state.processes] == [(1, 0), (2, 0), (11, 1)]


@pytest.mark.parametrize(("groups", "keeps"), [("0::/\n", False), ("4:memory:/\n0::/\n", True)], ids=["v2", "v1"])
def test_a_zombie_without_a_group_keeps_its_container_only_where_the_kernel_hides_the_group(
    host: MadeHost, groups: str, keeps: bool
) -> None:
    """On v2 it shows its group to the end: in the root it is on the host, for a new scanner as for an older one."""
    host.fork(1, 10)
    host.enter_container(10, CONTAINERS[0])
    host.fork(10, 11)
    one = scanner(host)
    one.scan()
    host.end(11, zombie=True)
    (host.proc / "11" / "cgroup").write_text(groups)
    for state in (one.scan(), scanner(host).scan()):
        [zombie] = [process for process in state.processes if process.pid == 11]
        assert zombie.container == (CONTAINERS[0] if keeps else None)


def test_without_numbers_a_namespace_stays_itself_while_one_that_lived_in_it_does(host: MadeHost) -> None:
    """And a new one in the same spot, where nobody stayed, is another."""
    one = scanner(host, Unnumbered)
    host.fork(1, 10)
    host.unshare(10, NET)
    host.fork(10, 11)
    key = after(one, one.scan()).processes[-1].namespaces.net
    state = one.scan()
    host.fork(11, 12)
    host.end(10, zombie=False)
    state = after(one, state, 10, 12)
    assert {process.namespaces.net for process in state.processes if process.pid > 2} == {key}
    spot = host.living[11].spaces
    host.end(11, zombie=False)
    host.end(12, zombie=False)
    host.fork(1, 13)
    host.living[13].spaces = spot
    host.write(13)
    state = after(one, state, 11, 12, 13)
    assert state.processes[-1].pid == 13
    assert state.processes[-1].namespaces.net not in (None, key)
    assert not diff(state, one.scan())
