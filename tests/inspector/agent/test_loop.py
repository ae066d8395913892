"""The agent without a network: what it spools, what it sends, and what it does with the server's answers."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import PartialScan
from inspector.agent.spool import Spool
from inspector.facts.checksum import checksum
from inspector.facts.diff import diff
from inspector.facts.types import SCHEMA, Completion, HostState
from inspector.protocol import schema as schemas
from inspector.protocol.frames import Ack, Batch, Diff, Heartbeat, Metrics, Reset, pack, unpack
from tests.support.agent_server import Ledger
from tests.support.script_agent import Script, an_agent, moment
from tests.support.states import HOST, a_container, a_process, a_state, host_states


def deliver(agent: Agent, ledger: Ledger, most: int = 100) -> bool:
    """One connection by the book. ``False``: there is no end to it."""
    agent.handle_ack(Ack(ledger.last))
    for _ in range(most):
        parcel = agent.next_message()
        if parcel is None:
            return True
        agent.handle_ack(ledger.take(parcel.packed), parcel)
    return False


def test_its_first_scan_gives_the_whole_state_and_the_next_the_difference(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1), moment(2))
    first, second = agent.full_scan(), agent.full_scan()
    assert isinstance(first, Reset)
    assert isinstance(second, Diff)
    assert (first.seq, second.base, second.seq) == (1, 1, 2)
    assert [process.pid for process in second.processes.add] == [102]


def test_a_scan_that_finds_nothing_new_is_a_heartbeat_that_is_never_spooled(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.full_scan()
    later = msgspec.structs.replace(moment(1), taken_at="2026-11-23T04:00:00+00:00")
    agent._source = Script(later)
    assert agent.full_scan() == Heartbeat(1, later.taken_at, checksum(later), schema=SCHEMA)
    assert agent.spool.count() == 1


def test_the_name_of_a_container_that_has_ended_goes_with_the_next_frame(tmp_path: Path) -> None:
    init = a_process(1, "init")
    nameless = msgspec.structs.replace(a_container(1), name="", image="")
    there, gone = a_state([init], containers=[nameless]), a_state([init])
    agent, ledger = an_agent(tmp_path, there, gone, gone), Ledger()
    source = agent._source
    assert isinstance(source, Script)
    agent.full_scan()
    without = agent.full_scan()
    assert isinstance(without, Diff) and without.containers.remove == (nameless.id,) and not without.completed
    source.told = [Completion(nameless.id, "web", "i:1", {"k": "v"})]
    frame = agent.full_scan()
    assert isinstance(frame, Diff) and frame.completed == tuple(source.told) and not frame.containers
    assert frame.checksum == without.checksum == checksum(gone)
    assert isinstance(agent.full_scan(), Heartbeat), "it is told once"
    assert deliver(agent, ledger) and [type(kept) for kept in ledger.kept] == [Reset, Diff, Diff]


def test_a_container_that_had_its_name_waits_for_none(tmp_path: Path) -> None:
    init, named = a_process(1, "init"), a_container(1)
    agent = an_agent(tmp_path, a_state([init], containers=[named]), a_state([init]))
    source = agent._source
    assert isinstance(source, Script) and named.name
    source.told = [Completion(named.id, "other", "i:1", {})]
    agent.full_scan()
    frame = agent.full_scan()
    assert isinstance(frame, Diff) and not frame.completed


def test_it_sends_heartbeats_and_metrics_only_when_no_frame_waits(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1)), Ledger()
    agent.connected.set()
    agent.full_scan()
    agent.full_scan()
    agent.measure()
    assert deliver(agent, ledger)
    assert [type(frame) for frame in (*ledger.kept, *ledger.heard)] == [Reset, Heartbeat, Metrics]


def test_heartbeats_and_metrics_overtake_frames_where_the_server_takes_batches(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1), moment(2), moment(3))
    agent.most_frames = 64
    agent.connected.set()
    for _ in range(3):
        agent.full_scan()
    agent.make_heartbeat()
    agent.measure()
    sent = []
    for _ in range(3):
        message = agent.next_message()
        assert message is not None
        sent.append(unpack(message.packed))
    heartbeat, metrics, batch = sent
    assert isinstance(heartbeat, Heartbeat) and (heartbeat.seq, heartbeat.waiting) == (3, 3)
    assert isinstance(metrics, Metrics)
    assert isinstance(batch, Batch) and [frame.seq for frame in batch.frames] == [1, 2, 3]
    assert heartbeat.sent_at is not None and batch.waiting == 0


def test_a_heartbeat_made_while_a_scan_takes_long_says_how_old_the_state_is(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.most_frames = 64
    agent.full_scan()
    agent.keep_alive()
    message = agent.next_message()
    assert message is not None
    heartbeat = unpack(message.packed)
    assert isinstance(heartbeat, Heartbeat) and heartbeat.taken_at == moment(1).taken_at


def test_it_reads_no_metrics_that_cannot_be_sent(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1)), Ledger()
    agent.full_scan()
    agent.measure()
    assert deliver(agent, ledger)
    assert ledger.heard == []


def test_what_containers_use_is_read_at_a_pace_of_its_own(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.connected.set()
    agent.run_due(100.0)
    first = agent._metrics
    assert first is not None
    agent.run_due(101.0)
    assert agent._metrics is first
    agent.run_due(103.5)
    assert agent._metrics is not first


def test_processes_of_metrics_that_were_not_sent_go_with_the_next_ones(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.connected.set()
    agent.measure()
    first = agent._metrics
    agent.measure()
    assert first is not None and agent._metrics is not None
    assert agent._metrics.host is not None and agent._metrics.host.cpu == 2.0
    assert {key: one.threads for key, one in agent._metrics.processes.items()} == {
        "abcd1234:1:5": 1, "abcd1234:2:5": 2,
    }  # fmt: skip
    assert agent._metrics.processes["abcd1234:1:5"].age_s >= 0


def test_usage_that_cannot_be_read_is_logged_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.connected.set()
    agent._source.usage = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    agent.measure()
    assert "what the containers use could not be read" in caplog.text
    assert agent._metrics is None


def test_a_scan_that_fails_is_logged_and_the_next_one_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agent = an_agent(tmp_path, moment(1), ZeroDivisionError("a scan went wrong"), moment(2))
    agent.full_scan()
    assert agent.full_scan() is None
    assert "ZeroDivisionError: a scan went wrong" in caplog.text
    second = agent.full_scan()
    assert isinstance(second, Diff)
    assert (second.base, second.seq) == (1, 2)


def test_after_a_restart_it_delivers_what_was_spooled_and_then_the_whole_state(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1), moment(2), moment(3)), Ledger()
    for _ in range(3):
        agent.full_scan()
    agent.spool.close()
    again = an_agent(tmp_path, moment(4))
    again.full_scan()
    assert deliver(again, ledger)
    assert [(type(frame), frame.seq) for frame in ledger.kept] == [(Reset, 1), (Diff, 2), (Diff, 3), (Reset, 4)]


def test_a_frame_whose_answer_was_lost_is_not_stored_twice(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1), moment(2), moment(3)), Ledger()
    agent.full_scan()
    agent.full_scan()
    agent.handle_ack(Ack(0))
    parcel = agent.next_message()
    assert parcel is not None
    ledger.take(parcel.packed)
    agent.full_scan()
    assert deliver(agent, ledger)
    assert [frame.seq for frame in ledger.kept] == [1, 2, 3]


def test_a_server_that_lost_its_history_gets_the_whole_state(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1), moment(2), moment(3)), Ledger()
    for _ in range(2):
        agent.full_scan()
        assert deliver(agent, ledger)
    agent.full_scan()
    empty = Ledger()
    assert deliver(agent, empty)
    assert [(type(frame), frame.seq) for frame in empty.kept] == [(Reset, 4)]
    assert empty.state == moment(3)


def test_an_agent_that_lost_its_spool_goes_on_above_what_the_server_holds(tmp_path: Path) -> None:
    """Even where the numbers happen to be the same, the history is another one."""
    ledger = Ledger()
    before = an_agent(tmp_path / "a", moment(1), moment(2))
    before.full_scan()
    before.full_scan()
    assert deliver(before, ledger)
    for name, looks in (("b", 1), ("c", 3), ("d", 9)):
        agent = an_agent(tmp_path / name, *(moment(10 + number) for number in range(looks)))
        for _ in range(looks):
            agent.full_scan()
        last = ledger.last
        assert deliver(agent, ledger)
        assert isinstance(ledger.kept[-1], Reset)
        assert ledger.last > last
        assert ledger.state == moment(9 + looks)


def test_what_overflows_is_dropped_for_the_whole_state(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    states = [moment(number) for number in range(1, 12)]
    agent, ledger = an_agent(tmp_path, *states, limit=3000), Ledger()
    for _ in states:
        agent.full_scan()
    assert "history will show a step" in caplog.text
    assert deliver(agent, ledger)
    assert isinstance(ledger.kept[0], Reset)
    assert ledger.kept[0].seq > 1
    assert ledger.state == moment(11)


def test_a_refused_frame_is_followed_by_the_whole_state(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    agent, ledger = an_agent(tmp_path, moment(1), moment(2)), Ledger()
    agent.full_scan()
    assert deliver(agent, ledger)
    agent.full_scan()
    parcel = agent.next_message()
    assert not agent.handle_ack(Ack(1, refused="its comm is too long"), parcel)
    assert "its comm is too long" in caplog.text
    assert deliver(agent, ledger)
    assert [(type(frame), frame.seq) for frame in ledger.kept] == [(Reset, 1), (Reset, 3)]


def test_refused_metrics_change_nothing(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1)), Ledger()
    agent.full_scan()
    assert deliver(agent, ledger)
    agent.connected.set()
    agent.full_scan()
    agent.measure()
    agent.next_message()
    parcel = agent.next_message()
    assert parcel is not None
    assert isinstance(unpack(parcel.packed), Metrics)
    assert not agent.handle_ack(Ack(1, refused="no metrics here"), parcel)
    assert agent.spool.count() == 0


def test_an_answer_that_moves_nothing_is_a_setback(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.full_scan()
    assert agent.handle_ack(Ack(0))
    parcel = agent.next_message()
    assert not agent.handle_ack(Ack(0), parcel)
    assert agent.next_message() == parcel


def test_frames_for_another_server_are_not_sent_to_this_one(tmp_path: Path) -> None:
    agent = an_agent(tmp_path, moment(1))
    agent.full_scan()
    agent.spool.close()
    ledger = Ledger(last=1, state=moment(7))
    other = Agent(Script(moment(2)), Spool(tmp_path), "wss://elsewhere/ws/agent", interval=5)
    other.full_scan()
    assert deliver(other, ledger)
    assert [(type(frame), frame.seq) for frame in ledger.kept] == [(Reset, 2)]


class Faults(RuleBasedStateMachine):
    """Whatever goes wrong: every diff fits, and in the end the server holds what the agent saw last."""

    most_frames = 0  # what the server takes in one message; none: it knows of no batches

    def __init__(self) -> None:
        super().__init__()
        self.root = tempfile.TemporaryDirectory()
        self.folders = (Path(self.root.name) / str(number) for number in range(1000))
        self.ledger = Ledger()
        self.clean = True  # nothing happened so far but lost connections and restarts
        self.made: list[int] = []

    @initialize(state=host_states(), limit=st.sampled_from((2**20, 4000)))
    def begin(self, state: HostState, limit: int) -> None:
        self.limit = limit
        self.clean = limit > 4000
        self.folder = next(self.folders)
        self.start(state)

    def start(self, state: HostState) -> None:
        self.agent = an_agent(self.folder, state, limit=self.limit)
        self.agent.most_frames = self.most_frames
        self.look(state)

    @rule(state=host_states())
    def look(self, state: HostState) -> None:
        self.latest = state
        self.agent._source = Script(state)
        frame = self.agent.full_scan()
        if isinstance(frame, Reset | Diff):
            self.made.append(frame.seq)

    @rule(most=st.integers(0, 4), last_answer_lost=st.booleans())
    def connect_for_a_while(self, most: int, last_answer_lost: bool) -> None:
        self.agent.handle_ack(Ack(self.ledger.last))
        for number in range(most):
            parcel = self.agent.next_message()
            if parcel is None:
                return
            ack = self.ledger.take(parcel.packed)
            if number < most - 1 or not last_answer_lost:
                self.agent.handle_ack(ack, parcel)

    @rule()
    def lose_a_frame_on_the_way(self) -> None:
        self.agent.handle_ack(Ack(self.ledger.last))
        self.agent.next_message()

    @rule(state=host_states())
    def restart_the_agent(self, state: HostState) -> None:
        self.agent.spool.close()
        self.start(state)

    @rule(state=host_states())
    def lose_the_spool(self, state: HostState) -> None:
        self.clean = False
        self.folder = next(self.folders)
        self.agent.spool.close()
        self.start(state)

    @rule(number=st.integers(0, 50))
    def restore_the_server(self, number: int) -> None:
        self.clean = False
        self.ledger.return_to(number)

    @rule()
    def refuse_a_frame(self) -> None:
        self.clean = False
        self.agent.handle_ack(Ack(self.ledger.last))
        parcel = self.agent.next_message()
        self.agent.handle_ack(Ack(self.ledger.last, refused="not today"), parcel)

    @precondition(lambda self: not self.agent.spool.acked <= self.ledger.last < self.agent.spool.sent)
    @rule(state=host_states())
    def let_another_agent_speak_for_this_host(self, state: HostState) -> None:
        """Not under the number of a frame of ours whose answer is open: an Ack cannot tell the two apart."""
        self.clean = False
        self.ledger.take(pack_reset(self.ledger.last + 1, state))

    @rule()
    def answer_something_odd(self) -> None:
        self.clean = False
        self.agent.handle_ack(Ack(self.ledger.last + 3))

    def teardown(self) -> None:
        assert deliver(self.agent, self.ledger), "the agent found no end"
        assert self.ledger.state is not None
        assert not diff(self.ledger.state, self.latest)
        assert self.agent.spool.last == self.ledger.last
        if self.clean:
            assert [frame.seq for frame in self.ledger.kept] == self.made
        self.agent.spool.close()
        self.root.cleanup()


def pack_reset(seq: int, state: HostState) -> bytes:
    return pack(Reset(HOST.machine_id, seq, state.taken_at, state))


class FaultsOfBatches(Faults):
    """The same with a server that takes batches, and may keep a part of one before it dies."""

    most_frames = 3

    @rule(kept=st.integers(0, 2))
    def die_in_the_middle_of_a_batch(self, kept: int) -> None:
        self.agent.handle_ack(Ack(self.ledger.last))
        parcel = self.agent.next_message()
        if parcel is not None and isinstance(batch := unpack(parcel.packed), Batch):
            self.ledger.take_batch(batch, kept)

    @rule()
    def make_a_heartbeat(self) -> None:
        self.agent.make_heartbeat()


class TestFaultsOfBatches(FaultsOfBatches.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


class TestFaults(Faults.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(max_examples=100, stateful_step_count=20, deadline=None)


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level("INFO")
    yield


def facts_differ(first: int, second: int) -> bool:
    """As if schema 2 had brought facts that schema 1 does not have."""
    return first == second


def test_for_an_earlier_server_it_makes_frames_that_the_server_knows(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1), moment(2), moment(3)), Ledger()
    agent.full_scan()
    agent.speak(1)
    agent.full_scan()
    agent.full_scan()
    agent.make_heartbeat()
    assert deliver(agent, ledger)
    assert [frame.schema for frame in (*ledger.kept, ledger.heard[-1])] == [1, 1, 1, 1]  # type: ignore[union-attr]
    assert all(frame.checksum is not None for frame in ledger.kept)


def test_with_a_newer_server_it_speaks_its_own_schema(tmp_path: Path) -> None:
    agent, ledger = an_agent(tmp_path, moment(1)), Ledger()
    agent.full_scan()
    agent.speak(99)
    assert deliver(agent, ledger)
    assert [frame.schema for frame in ledger.kept] == [SCHEMA]


def test_an_upgraded_server_gets_what_was_spooled_and_then_the_whole_state_in_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.agent.loop.have_same_facts", facts_differ)
    agent, ledger = an_agent(tmp_path, moment(1), moment(2), moment(3), moment(4)), Ledger()
    agent.speak(1)
    agent.full_scan()
    assert deliver(agent, ledger)
    agent.full_scan()
    agent.speak(SCHEMA)
    agent.full_scan()
    assert deliver(agent, ledger)
    agent.full_scan()
    assert deliver(agent, ledger)
    told = [(type(frame), frame.seq, frame.schema) for frame in ledger.kept]
    assert told == [(Reset, 1, 1), (Diff, 2, 1), (Diff, 3, 1), (Reset, 4, SCHEMA), (Diff, 5, SCHEMA)]
    assert ledger.kept[-1].checksum == checksum(moment(4))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["look", "look", "earlier", "newer", "restart", "deliver"]), max_size=14))
def test_whatever_versions_the_server_has_no_frame_is_lost(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for module in ("inspector.agent.loop", schemas.__name__):
            patch.setattr(f"{module}.have_same_facts", facts_differ)
        agent, ledger, number, server = an_agent(Path(folder), moment(0)), Ledger(), 0, SCHEMA
        agent.full_scan()
        for step in [*steps, "newer", "deliver"]:
            if step == "look":
                number += 1
                agent._source = Script(moment(number))
                agent.full_scan()
            elif step == "restart":
                agent.spool.close()
                agent = an_agent(Path(folder), moment(number))
                agent.full_scan()
                agent.speak(server)
            elif step == "deliver":
                assert deliver(agent, ledger)
            else:
                server = 1 if step == "earlier" else 99
                agent.speak(server)
        agent.spool.close()
    assert [frame.seq for frame in ledger.kept] == list(range(1, ledger.last + 1))
    assert ledger.state is not None
    assert msgspec.structs.replace(ledger.state, schema=SCHEMA) == moment(number)


class Passing(Script):
    """A source whose passes find processes; without process events."""

    sees_all_changes = True

    def __init__(self, *states: HostState | Exception, found: tuple[int, ...] = ()) -> None:
        super().__init__(*states)
        self.found: frozenset[int] | OSError = frozenset(found)
        self.read: list[frozenset[int]] = []

    def changed(self) -> frozenset[int]:
        if isinstance(self.found, OSError):
            raise self.found
        return self.found

    def partial_scan(self, pids: Collection[int], containers: Collection[str] = ()) -> PartialScan:
        self.read.append(frozenset(pids))
        return super().partial_scan(pids, containers)


def passing(folder: Path, source: Passing) -> Agent:
    """An agent that is due for a pass at 101."""
    agent = Agent(source, Spool(folder), "ws://nowhere", interval=3600)
    agent.run_due(100.0)
    return agent


def test_what_a_pass_finds_is_scanned_and_a_pass_that_finds_nothing_says_that_the_state_holds(tmp_path: Path) -> None:
    source = Passing(moment(1), moment(2), found=(102,))
    agent = passing(tmp_path, source)
    agent.run_due(100.5)
    assert source.read == [], "no pass is due"
    agent.run_due(101.0)
    assert source.read == [{102}]
    assert [entry.seq for entry in agent.spool.oldest(10, 2**20)] == [1, 2]
    held = agent._held_until
    source.found = frozenset()
    agent.run_due(102.0)
    assert len(source.read) == 1
    assert held is not None and agent._held_until is not None and agent._held_until > held


def test_a_pass_that_fails_is_logged_and_the_next_one_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = Passing(moment(1), moment(2), found=(102,))
    agent = passing(tmp_path, source)
    source.found = OSError("no pass")
    agent.run_due(101.0)
    assert "this pass failed" in caplog.text and source.read == []
    source.found = frozenset({102})
    agent.run_due(102.0)
    assert source.read == [{102}]
