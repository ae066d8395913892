"""Many agents that come back after their server was restarted: how soon all are back, and how they are spread.

``python -m bench.return_bench``; exit status 1 where a limit is exceeded. A real server, and 200 agents of as many
hosts: each the agent's own uplink, with its own spool, token and websocket, in one process. Only what they see is
made up. Back is an agent whose frame the restarted server has acknowledged. The time runs from the moment at which
the restarted server answers, and the server's CPU until then is left out of its cost.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Final

import msgspec
import psutil

from bench.figures import figure
from bench.viewers_bench import cpu_s
from inspector.agent.loop import Agent
from inspector.agent.outbox import Message
from inspector.agent.spool import Spool
from inspector.agent.uplink import Uplink, socket_url
from inspector.facts.types import HostInfo
from inspector.protocol.frames import Ack
from tests.support.running import ROOT, Run, fetch, free_port, wait_for
from tests.support.running import browser as new_browser
from tests.support.script_agent import Script, moment

MOST_S: Final = 15.0
HEARTBEAT_S: Final = 5.0
DOWN_S: Final = 10.0  # so long that each agent has failed several times


class ReturningAgent(Agent):
    """An agent of a made host, which notes when it was last acknowledged."""

    def __init__(self, number: int, folder: Path, server: str) -> None:
        self.host = f"{number:032x}"
        state = moment(0)
        info = HostInfo(self.host, state.host.boot_id, f"host-{number}", state.host.kernel)
        script = Script(msgspec.structs.replace(state, host=info))
        super().__init__(script, Spool(folder / str(number)), server, HEARTBEAT_S)
        self.acknowledged_at = 0.0

    def handle_ack(self, ack: Ack, message: Message | None = None) -> bool:
        stored = super().handle_ack(ack, message)
        if stored and message is not None:
            self.acknowledged_at = time.monotonic()
        return stored


class Fleet:
    """Agents, each with the thread that delivers; one further thread makes all their heartbeats."""

    def __init__(self, folder: Path, url: str, tokens: list[str]) -> None:
        server = socket_url(url)
        self.agents = [ReturningAgent(number + 1, folder, server) for number in range(len(tokens))]
        self.uplinks = [Uplink(agent, server, token) for agent, token in zip(self.agents, tokens, strict=True)]
        self.stopped = threading.Event()

    def start(self) -> None:
        for agent, uplink in zip(self.agents, self.uplinks, strict=True):
            agent.full_scan()
            threading.Thread(target=uplink.run, daemon=True).start()
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self) -> None:
        """Heartbeats as often as an agent makes them, spread over the interval."""
        while not self.stopped.is_set():
            for agent in self.agents:
                agent.make_heartbeat()
                self.stopped.wait(HEARTBEAT_S / len(self.agents))

    def back_since(self, began: float) -> list[float]:
        """Seconds until each agent that is back was acknowledged first; call it again and again."""
        return [agent.acknowledged_at - began for agent in self.agents if agent.acknowledged_at >= began]

    def stop(self) -> None:
        self.stopped.set()
        for agent, uplink in zip(self.agents, self.uplinks, strict=True):
            agent.stop()
            uplink.abort()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.return_bench", description=__doc__)
    parser.add_argument("--agents", type=int, default=200)
    options = parser.parse_args()
    logging.getLogger("isoscope.agent").setLevel(logging.ERROR)  # each agent says that it lost its server
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), str(free_port())
        run = start(folder, port)
        fleet = Fleet(folder / "agents", run.url(), make_tokens(run, options.agents))
        try:
            fleet.start()
            wait_for(lambda: len(fleet.back_since(0.001)) == options.agents, 300)
            time.sleep(HEARTBEAT_S)
            run.stop(signal.SIGKILL)
            time.sleep(DOWN_S)
            run = start(folder, port)
            return measure(run, fleet)
        finally:
            fleet.stop()
            run.stop()


def start(folder: Path, port: str) -> Run:
    """A server that answers."""
    run = Run(folder / "data", "--no-agent", "--port", port)
    visitor = new_browser()
    wait_for(lambda: answers(visitor, run.url()), 120)
    return run


def answers(visitor: object, url: str) -> bool:
    try:
        return fetch(visitor, url + "/sign-in")[0] == 200  # type: ignore[arg-type]
    except OSError:
        return False


def make_tokens(run: Run, number: int) -> list[str]:
    """A token for each host."""
    script = (
        "from dashboard.models import AgentToken\n"
        f"for number in range({number}): print('token', AgentToken.make(str(number))[1])\n"
    )
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", script]
    answer = subprocess.run(command, cwd=ROOT, env=run.environ, capture_output=True, text=True, check=True)
    return [line.removeprefix("token ") for line in answer.stdout.splitlines() if line.startswith("token ")]


def measure(run: Run, fleet: Fleet) -> int:
    began = time.monotonic()
    server = psutil.Process(run.children()["server"].pid)
    busy = cpu_s(server)
    first: dict[str, float] = {}
    while len(first) < len(fleet.agents) and time.monotonic() < began + 10 * MOST_S:
        for agent in fleet.agents:
            if agent.acknowledged_at >= began:
                first.setdefault(agent.host, agent.acknowledged_at - began)
        time.sleep(0.01)
    busy = cpu_s(server) - busy
    return show(sorted(first.values()), len(fleet.agents), busy)


def show(times: list[float], agents: int, busy: float) -> int:
    print(f"{len(times)} of {agents} agents are back; half of them after {median(times or [0]):.1f} s")
    counts = [sum(second <= at < second + 1 for at in times) for second in range(int(max(times, default=0)) + 1)]
    print("in each second:", *counts)
    print(f"the server was busy for {busy:.1f} s: {busy / max(1, len(times)) * 1000:.0f} ms an agent, all told")
    worst = max(times, default=0.0) if len(times) == agents else 10 * MOST_S
    figure(f"{agents} agents are back after a restart", worst, "s", MOST_S)
    print(f"ratio to the limit: {worst / MOST_S:.2f}")
    return 0 if worst <= MOST_S else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
