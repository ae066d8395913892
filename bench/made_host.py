"""A made host of 10,000 processes and its life, drawn from a seeded generator: the same each time."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from bench.figures import timed
from inspector.facts.diff import Patch, ProcessFields, Section
from inspector.facts.namespaces import NESTING, TYPES, namespace_key
from inspector.facts.types import (
    Chain,
    Container,
    Declared,
    HostInfo,
    HostState,
    Link,
    Namespace,
    NamespaceSet,
    Process,
    make_state,
    process_key,
)
from inspector.protocol.frames import Diff, Reset, pack, unpack

BOOT = "0f3c2d1e-5a6b-4c7d-8e9f-001122334455"
HOST = HostInfo("b" * 32, BOOT, "bench", "6.18.44")
START = datetime(2026, 10, 24, tzinfo=UTC)
INTERVAL = timedelta(seconds=5)
HOUR = 720  # snapshots
SHORT_LIVED = 300  # processes that come and go, at any time


def moment(seq: int) -> datetime:
    """When the snapshot numbered so was taken."""
    return START + (seq - 1) * INTERVAL


@dataclass
class Life:
    """A host whose life is drawn from a seeded generator: the same each time."""

    processes: int = 10_000
    groups: int = 100
    dice: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    serial: int = 0
    sets: list[NamespaceSet] = field(default_factory=list)
    inits: list[Process] = field(default_factory=list)
    short: list[Process] = field(default_factory=list)  # alive for some snapshots only
    lasting: list[Process] = field(default_factory=list)

    def begin(self) -> HostState:
        """The first state: every group a container with its own namespaces."""
        spaces, containers, chains = self._spaces(1), [], []
        self.sets.append(NamespaceSet(**{space.type: space.key for space in spaces}))
        for group in range(1, self.groups):
            own = self._spaces(group + 1)
            spaces += own
            self.sets.append(NamespaceSet(**{space.type: space.key for space in own}))
            self.inits.append(self._process(group, "init"))
            containers.append(self._container(group))
            chains.append(self._chain(group))
        self.lasting = [self._process(number % self.groups) for number in range(self.processes - self.groups + 1)]
        return make_state(
            HOST, moment(1).isoformat(), 300.0, [*self.inits, *self.lasting], spaces, containers, chains
        )

    def step(self, seq: int, changes: int) -> Diff:
        """The next frame, with so many changes."""
        patched = changes // 4
        removed = min((changes - patched + (len(self.short) > SHORT_LIVED)) // 2, len(self.short))
        gone = [self.short.pop(self.dice.randrange(len(self.short))).key for _ in range(removed)]
        came = [self._process(self.dice.randrange(self.groups)) for _ in range(changes - patched - len(gone))]
        self.short += came
        moved = {self.dice.choice(self.lasting).key for _ in range(patched)}
        return Diff(
            host=HOST.machine_id,
            base=seq - 1,
            seq=seq,
            taken_at=moment(seq).isoformat(),
            duration_ms=300.0 + self.dice.random(),
            processes=Section(
                add=tuple(sorted(came, key=lambda process: process.key)),
                change=tuple(Patch(key, self._patch()) for key in sorted(moved)),
                remove=tuple(sorted(gone)),
            ),
        )

    def _patch(self) -> Any:
        return ProcessFields(namespaces=self.dice.choice(self.sets), comm=f"worker-{self.dice.randrange(50)}")

    def _process(self, group: int, role: Any = "child") -> Process:
        self.serial += 1
        pid, start = 300 + self.serial * 7 % 4_000_000, 1000 + self.serial * 13
        unusual = self.dice.random() < 0.1  # one in ten has arguments no other has
        return Process(
            key=process_key(BOOT, pid, start),
            pid=pid,
            ppid=1,
            start_ticks=start,
            comm=f"worker-{self.dice.randrange(50)}",
            cmdline=(
                "worker",
                "--config",
                f"/etc/worker/{self.serial if unusual else self.dice.randrange(500)}.conf",
            ),
            uid=self.dice.randrange(5),
            nspid=(pid, self.dice.randrange(1, 500)) if group else (pid,),
            cgroup=f"/docker/{group:064x}" if group else "/system.slice",
            container=f"{group:064x}" if group else None,
            role=role if group else None,
            namespaces=self.sets[group],
        )

    def _container(self, group: int) -> Container:
        return Container(
            id=f"{group:064x}",
            name=f"service-{group}",
            image="registry/service:1",
            engine="docker",
            state="running",
            init_pid=self.inits[group - 1].pid,
            shim_pid=2,
            labels={"com.docker.compose.project": "bench", "com.docker.compose.service": f"service-{group}"},
            declared=Declared(network="bridge", ipc="private"),
        )

    def _chain(self, group: int) -> Chain:
        last = Link(self.inits[group - 1].pid, "init", "parent")
        return Chain(f"{group:064x}", (Link(1, "daemon", None), Link(2, "shim", "runtime"), last))

    @staticmethod
    def _spaces(number: int) -> list[Namespace]:
        return [
            Namespace(
                key=namespace_key(BOOT, kind, number),
                type=kind,
                inode=4026531000 + number * 8 + TYPES.index(kind),
                ns_id=number,
                initial=number == 1,
                owner=namespace_key(BOOT, "user", 1),
                parent=namespace_key(BOOT, kind, 1) if kind in NESTING and number > 1 else None,
            )
            for kind in TYPES
        ]


def store_first(life: Life) -> Callable[[], object]:
    """The work of one first frame, from the bytes that arrive."""
    from inspector.history.record import record

    state = life.begin()
    data = pack(Reset(HOST.machine_id, 1, state.taken_at, state))

    def store() -> None:
        frame = unpack(data)
        assert isinstance(frame, Reset)
        record(frame, moment(1))

    return store


def live(life: Life, days: float, changes: int) -> tuple[int, int]:
    """Record so many days; the last seq, and how many changes that made."""
    from django.db import transaction

    from inspector.history.record import record

    last, stored = int(days * 86400 / INTERVAL.total_seconds()), 0
    for batch in batches(2, last + 1, 2000):
        with transaction.atomic():
            for seq in batch:
                frame = life.step(seq, changes)
                stored += len(frame)
                record(frame, moment(seq))
        if sys.stderr.isatty():
            print(f"\r{batch.stop - 1:,} of {last:,}", end="\r", file=sys.stderr)
    return last, stored


def encoded_state(seq: int) -> bytes:
    """What a page asks for when it shows a moment of the past."""
    from inspector.history.states import state_at

    return msgspec.json.encode(state_at(HOST.machine_id, seq))


def hour_apart(life: Life, last: int) -> tuple[int, int]:
    """Record one busy hour of 10 changes each; where it begins and ends."""
    store_all([life.step(seq, 10) for seq in range(last + 1, last + HOUR + 1)])
    return last, last + HOUR


def store_all(frames: list[Diff]) -> list[float]:
    """Record each in its own transaction; what each took, in milliseconds."""
    from inspector.history.record import record

    return [timed(partial(record, frame, moment(frame.seq))) for frame in frames]


def batches(first: int, stop: int, length: int) -> Iterator[range]:
    return (range(start, min(start + length, stop)) for start in range(first, stop, length))
