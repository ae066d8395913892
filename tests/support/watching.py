"""An agent that runs as usual and sends to nobody, and the state that it holds."""

from __future__ import annotations

import threading
from pathlib import Path

from inspector.agent.collect.readers import Reader
from inspector.agent.host_events import HostEvents
from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import Scanner
from inspector.agent.spool import Spool
from inspector.facts.types import HostState, Process


class Watching:
    """An agent that watches this host. After its first full scan it makes none."""

    def __init__(
        self, folder: Path, events: HostEvents, interval: float = 3600, reader: Reader | None = None
    ) -> None:
        scanner = Scanner(gaps=events.gaps, reader=reader)
        self.agent = Agent(scanner, Spool(folder), "ws://nowhere", interval, events, full_scan_s=3600)
        self.thread = threading.Thread(target=self.agent.run)

    def __enter__(self) -> Watching:
        self.thread.start()
        self.agent.first_scan_done.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self.agent.stop()
        self.thread.join(60)

    @property
    def state(self) -> HostState:
        assert self.agent._state is not None
        return self.agent._state

    def find(self, pid: int) -> Process | None:
        return next((process for process in self.state.processes if process.pid == pid), None)
