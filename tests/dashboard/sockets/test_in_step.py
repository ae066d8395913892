"""Consistency: the real agent, history and server, over a network that loses, repeats and delays messages."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from dashboard.sockets.broadcast import write
from dashboard.sockets.missed import missed_since
from inspector.errors import Diverged, MalformedFrame, OutOfStep
from inspector.facts.checksum import checksum
from inspector.facts.diff import diff
from inspector.facts.types import Gap, HostState
from inspector.history import record
from inspector.history.record import beat
from inspector.history.snapshots import last_seq
from inspector.history.states import state_at
from inspector.models import Host, ProcessInterval
from inspector.protocol.frames import Ack, Diff, Heartbeat, Metrics, Reset, unpack
from tests.support.script_agent import Script, an_agent
from tests.support.states import HOST, a_container, a_process, a_state, some_namespaces
from tests.support.viewers import Viewer

pytestmark = pytest.mark.django_db
MACHINE = HOST.machine_id
numbers = st.integers(0, 1000)


def make_pool(dice: random.Random) -> list[HostState]:
    """Some states of one host, drawn cheaply: steps are what a run is to be made of."""
    return [some_state(dice) for _ in range(6)]


def some_state(dice: random.Random) -> HostState:
    sets = [some_namespaces(number) for number in range(1, 4)]
    members = [
        a_process(pid, dice.choice("abc"), start=dice.choice((5, 6)), namespaces=dice.choice(sets)[1])
        for pid in dice.sample(range(1, 12), dice.randrange(2, 9))
    ]
    known = [a_container(number, dice.choice(("web", "db"))) for number in dice.sample(range(4), dice.randrange(3))]
    gaps = [Gap(member.pid, "ns/net", "forbidden") for member in members if dice.random() < 0.3]
    spaces = [space for some, _ in sets[: dice.randrange(1, 4)] for space in some]
    return a_state(members, spaces, containers=known, gaps=gaps)


class Server:
    """What an agent's connection does with a frame, without the socket; ``announced`` gets what pages would."""

    def __init__(self) -> None:
        self.healed = False
        self.announced: list[str] = []

    def take(self, data: bytes) -> Ack:
        frame = unpack(data)
        try:
            self.keep(frame)
        except Diverged:
            self.healed = True
            return Ack(last_seq(MACHINE), need="reset")
        except OutOfStep:
            return Ack(last_seq(MACHINE), need="reset")
        except MalformedFrame as error:
            return Ack(last_seq(MACHINE), refused=str(error))
        return Ack(last_seq(MACHINE))

    def keep(self, frame: Reset | Diff | Heartbeat | Metrics) -> None:
        if isinstance(frame, Heartbeat):
            self.announced.append(write(beat(MACHINE, frame)))
        elif isinstance(frame, Reset | Diff):
            recorded = record.record(frame)
            if recorded.diff is not None:
                self.announced.append(write(recorded.diff))


class Adversary(RuleBasedStateMachine):
    """In the end every viewer holds what the agent saw last, and so does history."""

    def __init__(self) -> None:
        super().__init__()
        Host.objects.all().delete()
        self.root = tempfile.TemporaryDirectory()
        self.folders = (Path(self.root.name) / str(number) for number in range(1000))
        self.server = Server()
        self.inboxes: dict[int, list[str]] = {}

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.pool = make_pool(random.Random(seed))
        self.folder = next(self.folders)
        self.start_agent(0)
        self.converse(9)
        self.viewers = [Viewer(self.fetch) for _ in range(3)]
        for number, viewer in enumerate(self.viewers):
            viewer.load()
            self.inboxes[number] = []

    def start_agent(self, number: int) -> None:
        self.agent = an_agent(self.folder, self.pool[0])
        self.agent.first_scan_done.clear()
        self.look(number)

    def fetch(self) -> tuple[HostState, int]:
        seq = last_seq(MACHINE)
        return state_at(MACHINE, seq), seq

    def converse(self, most: int, lost: bool = False) -> None:
        """One connection of the agent; the last answer may be lost."""
        self.agent.handle_ack(Ack(last_seq(MACHINE)))
        for number in range(most):
            parcel = self.agent.next_message()
            if parcel is None:
                break
            ack = self.server.take(parcel.packed)
            if number < most - 1 or not lost:
                self.agent.handle_ack(ack, parcel)
        for text in self.server.announced:
            for inbox in self.inboxes.values():
                inbox.append(text)
        self.server.announced.clear()

    def answer(self, number: int) -> None:
        """What the server says to the last question of a viewer."""
        viewer = self.viewers[number]
        if viewer.asks:
            self.inboxes[number].append(write(missed_since(MACHINE, viewer.asks[-1])))
            viewer.asks.clear()

    @rule(number=numbers)
    def look(self, number: int) -> None:
        self.latest = self.pool[number % len(self.pool)]
        self.agent._source = Script(self.latest)
        assert self.agent.full_scan() is not None

    @rule(most=st.integers(1, 5), lost=st.booleans())
    def agent_delivers(self, most: int, lost: bool) -> None:
        self.converse(most, lost)

    @rule(number=numbers)
    def agent_is_killed(self, number: int) -> None:
        self.agent.spool.close()
        self.start_agent(number)

    @rule(number=numbers)
    def spool_is_lost(self, number: int) -> None:
        self.folder = next(self.folders)
        self.agent_is_killed(number)

    @rule()
    def frame_is_lost(self) -> None:
        self.agent.handle_ack(Ack(last_seq(MACHINE)))
        self.agent.next_message()

    @rule(number=numbers)
    def a_row_of_history_goes_wrong(self, number: int) -> None:
        rows = list(ProcessInterval.objects.filter(closed=None).order_by("pk"))
        if rows:
            row = rows[number % len(rows)]
            ProcessInterval.objects.filter(pk=row.pk).update(ppid=row.ppid + 1)
            Host.objects.update(checksum="")  # it is read anew: as after a backup was restored

    @rule(who=st.integers(0, 2), number=numbers)
    def message_arrives(self, who: int, number: int) -> None:
        """Any of those on their way: the first, or one out of its turn."""
        if inbox := self.inboxes[who]:
            self.viewers[who].take(inbox.pop(0 if number % 2 else number % len(inbox)))

    @rule(who=st.integers(0, 2), number=numbers)
    def message_arrives_twice(self, who: int, number: int) -> None:
        if inbox := self.inboxes[who]:
            self.viewers[who].take(inbox[number % len(inbox)])

    @rule(who=st.integers(0, 2), number=numbers)
    def message_is_lost(self, who: int, number: int) -> None:
        if inbox := self.inboxes[who]:
            inbox.pop(number % len(inbox))

    @rule(who=st.integers(0, 2))
    def question_arrives(self, who: int) -> None:
        self.answer(who)

    @rule()
    def server_is_killed(self) -> None:
        """Nothing on its way arrives; pages come back from where they are, and are told what they missed."""
        for number, viewer in enumerate(self.viewers):
            self.inboxes[number] = [write(missed_since(MACHINE, viewer.seq))]
            viewer.asks.clear()

    def teardown(self) -> None:
        if self.inboxes:
            self.assert_in_step()
            self.agent.spool.close()
        self.root.cleanup()

    def assert_in_step(self) -> None:
        """From here on everything works."""
        self.look(self.pool.index(self.latest))
        for _ in range(4):
            self.converse(50)
            self.look(self.pool.index(self.latest))
        held = state_at(MACHINE)
        assert not diff(held, self.latest)
        for number, viewer in enumerate(self.viewers):
            for _ in range(20):
                self.answer(number)
                while self.inboxes[number]:
                    viewer.take(self.inboxes[number].pop(0))
            assert viewer.state is not None and viewer.seq == last_seq(MACHINE)
            assert not diff(viewer.state, held)
            assert viewer.agrees and checksum(viewer.state) == Host.objects.get().checksum


def test_in_the_end_every_viewer_holds_what_the_agent_saw_last() -> None:
    much: Any = settings(
        max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Adversary, settings=much)
