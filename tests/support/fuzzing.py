"""Mutated messages through the two doors: an agent's socket of a server that runs, and the import of a file."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import random
import urllib.error
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from inspector.facts.diff import diff
from inspector.facts.types import Completion, HostState, Limits, Usage
from inspector.protocol import export_file
from inspector.protocol.close_codes import BUSY
from inspector.protocol.frames import Batch, Frame, Heartbeat, Metrics, Reset, as_diff
from tests.support.installation import MACHINE, Installation, Visitor
from tests.support.mutations import Mutator
from tests.support.states import HOST, a_container, a_process, a_state, container_id, some_namespaces

LISTS: Final = ("state", "timeline", "events", "events?fold=false", "snapshots", "moment?at=-1s", "picture.svg")
SIGNS: Final = ("Traceback", "caused an internal error", "could not be made", "cannot be listed", "Exception inside")
"""What the server's log must not say."""


def states(dice: random.Random) -> tuple[HostState, HostState]:
    """Two states of one host with something of everything, different by chance."""
    return some_state(dice), some_state(dice)


def some_state(dice: random.Random) -> HostState:
    spaces, own = some_namespaces(2)
    first, _ = some_namespaces()
    pids = dice.sample(range(2, 30), 5)
    members = [a_process(1, ppid=0), *(a_process(pid, dice.choice(("sh", "sleep"))) for pid in pids)]
    inside = a_process(40, "minio", nspid=(40, 1), container=container_id(1), role="init", namespaces=own)
    container = a_container(
        1, dice.choice(("web", "db")), init_pid=40, labels={"app": "shop"}, limits=Limits(2**30, 0.5, 9)
    )
    moment = f"2026-11-23T03:{dice.randrange(60):02d}:00+00:00"
    return a_state([*members, inside], [*first, *spaces], containers=[container], taken_at=moment)


def frame_after(seq: int, held: HostState, dice: random.Random) -> tuple[Frame, HostState]:
    """A valid frame for a server that holds this state under ``seq``, and the state that it leads to."""
    after, now = some_state(dice), held.taken_at
    if seq == 0 or (kind := dice.randrange(10)) < 2:
        return Reset(MACHINE, seq + 1, now, after), after
    if kind < 4:
        return Heartbeat(seq, now, sent_at=now, whole_at=now), held
    if kind == 4:
        return Metrics(now, {container_id(number): Usage(1, 2, 3) for number in (1, 2)}), held
    changes = as_diff(MACHINE, seq, seq + 1, after, diff(held, after))
    changes = msgspec.structs.replace(changes, completed=(Completion(container_id(3), "gone", "image", {"a": "b"}),))
    return (Batch((changes,), now, 1) if kind == 5 else changes), after


class SocketFuzzer:
    """Sends mutated frames to a server that runs, and looks at every list in between."""

    def __init__(self, installation: Installation, visitor: Visitor, seed: int) -> None:
        self.installation, self.visitor = installation, visitor
        self.mutator = Mutator(seed)
        self.dice = random.Random(seed + 1)
        self.seq, self.held = 0, some_state(self.dice)
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    def run(self, number: int, look_every: int = 250) -> None:
        sent = 0
        while sent < number:
            with self.line() as line, contextlib.suppress(ConnectionClosed):
                while sent < number:
                    sent += 1
                    self.send(line)
                    if sent % look_every == 0 or sent == number:
                        self.look()
            if sent < number and line.close_code == BUSY:
                self.faults.append(f"message {sent}: closed with {line.close_code} {line.close_reason}")
            self.outcomes["closed"] += sent < number

    @contextlib.contextmanager
    def line(self) -> Iterator[ClientConnection]:
        token = (self.installation.data / "token").read_text()
        address = f"{self.installation.url.replace('http', 'ws', 1)}/ws/agent?host={MACHINE}&schema=2&agent=fuzzer"
        with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=2**26) as line:
            self.seq = json.loads(line.recv(timeout=120))["seq"]
            yield line

    def send(self, line: ClientConnection) -> None:
        """One valid frame in four, so that history grows, one in ten of another number; the others mutated."""
        out_of_step = self.dice.random() < 0.1
        frame, after = frame_after(self.seq + out_of_step, self.held, self.dice)
        message = msgspec.to_builtins(frame)
        valid = out_of_step or self.dice.random() < 0.25
        line.send(self.pack(message) if valid else self.mutator.packed(message))
        answer = json.loads(line.recv(timeout=120))
        told = "refused" if "refused" in answer else answer.get("need", "stored")
        self.outcomes[told] += 1
        if told == "reset" or answer["seq"] != self.seq:
            self.seq = answer["seq"]
            self.held = self.visitor.state() if self.seq else after

    def pack(self, message: Any) -> bytes:

        return zlib.compress(msgspec.json.encode(message), 1)

    def look(self) -> None:
        """Every list of the host answers, and the log tells of no fault."""
        for path in ("/api/v1/hosts", *(f"/api/v1/hosts/{MACHINE}/{name}" for name in LISTS), self.comparison()):
            try:
                self.visitor.get(path)
            except urllib.error.HTTPError as error:
                if self.seq or error.code != 404:
                    self.faults.append(f"{path}: {error.code} {error.read()[:200]!r}")
        said = self.installation.log.read_text(errors="replace")
        self.faults += [f"the log says {sign!r}" for sign in SIGNS if sign in said]

    def comparison(self) -> str:
        return f"/api/v1/hosts/{MACHINE}/compare/report?from={max(1, self.seq - 3)}&to={self.seq}"

    def check_stored(self) -> int:
        """Everything that was stored is of the protocol: the export of it all is one that could be imported."""
        data = self.visitor.get(f"/api/v1/hosts/{MACHINE}/export")
        return sum(1 for _ in export_file.unpack(io.BytesIO(data)))


def export_lines(dice: random.Random, snapshots: int = 3) -> list[Any]:
    """The lines of a small, valid export."""
    state = some_state(dice)
    now = state.taken_at
    lines: list[Any] = [
        export_file.make_header(
            HOST, first_seq=1, last_seq=snapshots, interval_s=5.0, first_seen_at=now, seen_at=now, taken_at=now
        ),
        export_file.SnapshotLine(now, 0, 9, 0, 0, Reset(MACHINE, 1, now, state)),
    ]
    for seq in range(2, snapshots + 1):
        after = some_state(dice)
        lines.append(
            export_file.SnapshotLine(now, 1, 1, 1, 1, as_diff(MACHINE, seq - 1, seq, after, diff(state, after)))
        )
        state = after
    lines.append(export_file.WatchLine(now, now, 1, snapshots))
    lines.append(export_file.BookmarkLine(2, now, "here", "a note", True, "ann", now))
    lines.append(export_file.End(snapshots, 1, 1))
    return [msgspec.to_builtins(line) for line in lines]


def mutated_file(mutator: Mutator) -> bytes:
    """An export with one or two lines mutated, moved or left out, or with its gzip spoiled."""
    dice = mutator.dice
    lines = export_lines(dice)
    texts = [msgspec.json.encode(line) for line in lines]
    for _ in range(dice.choice((1, 1, 2))):
        place = dice.randrange(len(texts))
        match dice.randrange(10):
            case 0:
                texts.insert(place, dice.choice(texts))
            case 1:
                del texts[place]
            case 2:
                dice.shuffle(texts)
            case _:
                texts[place] = mutator.text_of(lines[place % len(lines)])
    data = gzip.compress(b"\n".join(texts) + b"\n", 1)
    way: Callable[[bytes], bytes] = dice.choice((bytes,) * 12 + (mutator.cut, mutator.flip, mutator.extend))
    return way(data)
