"""An agent that runs as usual, and whose frames the test takes out of its spool."""

from __future__ import annotations

import threading
from pathlib import Path

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.host_events import open_host_events
from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import Scanner
from inspector.agent.spool import Spool
from inspector.protocol.frames import Diff, Reset, unpack


class Looking:
    """The agent as it is, without a server: every frame is taken out of its spool."""

    def __init__(self, socket: str, folder: Path) -> None:
        self.frames: list[Reset | Diff] = []
        self.events = open_host_events()
        self.engine = DockerEngine(socket)
        self.agent = Agent(Scanner(engine=self.engine), Spool(folder), "ws://nowhere", 1.0, self.events)
        self.engine.listen(self.events.add_containers)
        self.thread = threading.Thread(target=self.agent.run, daemon=True)
        self.thread.start()
        assert self.agent.first_scan_done.wait(30)

    def read(self) -> list[Reset | Diff]:
        while entry := self.agent.spool.first():
            frame = unpack(entry.packed)
            assert isinstance(frame, Reset | Diff)
            self.frames.append(frame)
            self.agent.spool.mark_sent(entry.seq)
            assert self.agent.spool.confirm(entry.seq)
        return self.frames

    def diffs(self) -> list[Diff]:
        return [frame for frame in self.read() if isinstance(frame, Diff)]

    def stop(self) -> None:
        self.agent.stop()
        self.thread.join(30)
        self.engine.close()
