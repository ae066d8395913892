"""Real agents and servers of this version and of an earlier one together: nothing that was spooled is lost."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.facts.types import SCHEMA
from inspector.version import VERSION
from tests.support.agent_process import AgentProcess
from tests.support.installation import Installation
from tests.support.other_versions import LATER, extract, make_later
from tests.support.running import ROOT, wait_for

SLOW_S = 240
THIS = ROOT
CLAIMED = "it was refused, one is connected"
"""Logged while the claim of an agent that was killed with its server lasts; the next one waits, and loses nothing."""


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extract(tmp_path_factory.mktemp("earlier") / "isoscope")


@pytest.fixture(scope="session")
def earlier_template(earlier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the earlier version makes it."""
    installation = Installation(tmp_path_factory.mktemp("earlier-data") / "data", root=earlier)
    installation.prepare()
    installation.listener.close()
    return installation.data


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[list[Installation]]:
    """Installations that are ended with the test."""
    made: list[Installation] = []
    yield made
    for installation in made:
        installation.end()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[list[AgentProcess]]:
    """Agents that are ended with the test."""
    made: list[AgentProcess] = []
    yield made
    for agent in made:
        agent.kill()


@contextlib.contextmanager
def life_on_this_host() -> Iterator[None]:
    """A process that starts and one that ends, so that there is something new to tell."""
    with subprocess.Popen(["sleep", "1000"]) as sleeper:
        try:
            yield
        finally:
            sleeper.kill()


def spool_some(agent: AgentProcess, count: int = 3) -> list[int]:
    """Let the agent put away so many frames more than it has; their numbers, with those before them."""
    for more in range(len(agent.spooled()) + 1, len(agent.spooled()) + count + 1):
        with life_on_this_host():
            wait_for(lambda number=more: len(agent.spooled()) >= number, SLOW_S)  # type: ignore[misc]
    return agent.spooled()


def stored(installation: Installation) -> list[int]:
    return [seq for (seq,) in installation.rows("SELECT seq FROM inspector_snapshot ORDER BY seq")]


def whole_states(installation: Installation) -> int:
    """How often the agent sent its whole state after the first time."""
    return int(installation.rows("SELECT count(*) FROM inspector_snapshot WHERE kind = 2")[0][0])


def deliver(installation: Installation, agent: AgentProcess, seqs: list[int]) -> None:
    """Start the server, and wait until it holds all of these, and something newer."""
    installation.start()
    wait_for(lambda: agent.process is None or (stored(installation) or [0])[-1] >= seqs[-1], SLOW_S)
    with life_on_this_host():
        wait_for(lambda: stored(installation)[-1] > seqs[-1], SLOW_S)
    assert set(seqs) <= set(stored(installation))


def assert_nothing_was_refused(installation: Installation, agent: AgentProcess) -> None:
    for wrong in ("refused", "dropped", "Traceback", "damaged"):
        assert wrong not in agent.output(), agent.output()
    logged = [line for line in installation.log.read_text().splitlines() if CLAIMED not in line]
    for wrong in ("was refused", "differs", "an internal error"):
        assert not any(wrong in line for line in logged), logged


def copy_data(template: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-a", str(template), str(folder)], check=True)
    return folder


def test_an_earlier_agent_delivers_to_this_server_and_the_list_of_hosts_shows_that_it_is_older(
    earlier: Path, template: Path, tmp_path: Path, serve: list[Installation], run: list[AgentProcess]
) -> None:
    installation = Installation(copy_data(template, tmp_path / "data"))
    serve.append(installation)
    agent = AgentProcess(installation, tmp_path / "agent")
    run.append(agent)
    agent.start(earlier)
    deliver(installation, agent, spool_some(agent))
    assert_nothing_was_refused(installation, agent)
    visitor = installation.visitor()
    (host,) = visitor.hosts()
    assert host["agent"] == {"version": None, "schema": 1, "age": "older"}
    assert "agent of an unknown version (older)" in installation.manage("hosts")
    spooled = spool_while_away(installation, agent)
    agent.kill()
    agent.start(THIS)  # the agent is upgraded: what the earlier one kept is delivered
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    (host,) = visitor.hosts()
    assert host["agent"] == {"version": VERSION, "schema": SCHEMA, "age": "same"}
    spooled = spool_while_away(installation, agent)
    agent.kill()
    agent.start(earlier)  # and back
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    assert visitor.hosts()[0]["agent"]["age"] == "older"


def test_this_agent_delivers_to_an_earlier_server_which_is_upgraded_and_taken_back_meanwhile(
    earlier: Path, earlier_template: Path, tmp_path: Path, serve: list[Installation], run: list[AgentProcess]
) -> None:
    installation = Installation(copy_data(earlier_template, tmp_path / "data"), root=earlier)
    serve.append(installation)
    agent = AgentProcess(installation, tmp_path / "agent")
    run.append(agent)
    agent.start()
    deliver(installation, agent, spool_some(agent))
    assert_nothing_was_refused(installation, agent)
    spooled = spool_while_away(installation, agent)
    installation.root = THIS  # the server is upgraded, on its own database
    installation.manage("migrate", "--skip-checks", "-v", "0")
    installation.manage("collectstatic", "--no-input", "--skip-checks", "-v", "0")
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    assert installation.visitor().hosts()[0]["agent"] == {"version": VERSION, "schema": SCHEMA, "age": "same"}
    wait_for(lambda: whole_states(installation) == 1, SLOW_S)  # with the fields that only the newer schema has
    spooled = spool_while_away(installation, agent)
    installation.root = earlier  # and back, on the newer database
    installation.manage("collectstatic", "--no-input", "--skip-checks", "-v", "0")
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    assert whole_states(installation) == 1, "the way back made the agent send its whole state"


def test_a_later_agent_delivers_to_this_server_and_is_taken_back_with_what_it_kept(
    template: Path, tmp_path: Path, serve: list[Installation], run: list[AgentProcess]
) -> None:
    later = make_later(tmp_path / "later", reads_it=True)
    installation = Installation(copy_data(template, tmp_path / "data"))
    serve.append(installation)
    agent = AgentProcess(installation, tmp_path / "agent")
    run.append(agent)
    agent.start(later)
    deliver(installation, agent, spool_some(agent))
    assert_nothing_was_refused(installation, agent)
    visitor = installation.visitor()
    assert visitor.hosts()[0]["agent"] == {"version": LATER, "schema": SCHEMA + 1, "age": "newer"}
    installation.kill()
    agent.kill()
    agent.start(later)  # it does not know yet which schema the server speaks
    spooled = spool_some(agent)
    agent.kill()
    agent.start(THIS)
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    assert visitor.hosts()[0]["agent"]["age"] == "same"


def test_this_agent_delivers_to_a_later_server(
    template: Path, tmp_path: Path, serve: list[Installation], run: list[AgentProcess]
) -> None:
    later = make_later(tmp_path / "later", reads_it=False)
    installation = Installation(copy_data(template, tmp_path / "data"))
    serve.append(installation)
    agent = AgentProcess(installation, tmp_path / "agent")
    run.append(agent)
    agent.start()
    deliver(installation, agent, spool_some(agent))
    spooled = spool_while_away(installation, agent)
    installation.root = later
    installation.manage("collectstatic", "--no-input", "--skip-checks", "-v", "0")
    deliver(installation, agent, spooled)
    assert_nothing_was_refused(installation, agent)
    assert installation.visitor().hosts()[0]["agent"] == {"version": VERSION, "schema": SCHEMA, "age": "older"}
    assert f"Isoscope {LATER}" in agent.output()
    assert whole_states(installation) == 0


def spool_while_away(installation: Installation, agent: AgentProcess) -> list[int]:
    """Kill the server, and let the agent put something away meanwhile."""
    wait_for(lambda: not agent.spooled(), SLOW_S)
    installation.kill()
    time.sleep(0.5)
    return spool_some(agent)
