"""Two agents that say they are one host: real connections, one server process or two."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import Installation, ScriptedAgent, Visitor
from tests.support.numbered_states import NOON, TAKEN, at
from tests.support.running import wait_for


def test_the_second_agent_is_refused_both_ends_say_so_and_it_takes_over_when_the_first_is_gone(
    installation: Installation, visitor: Visitor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with installation.agent(tmp_path / "first") as first, installation.agent(tmp_path / "second") as second:
        first.see(at(NOON, 1, 2))
        first.deliver_all()
        second.see(at(NOON, 1, 3))
        wait_for(lambda: TAKEN in caplog.text)
        assert "a second agent says it is" in installation.log.read_text()
        first.see(at(NOON, 1, 4))
        first.deliver_all()
        assert visitor.state() == at(NOON, 1, 4)
        assert second.undelivered() == 1
        first.stop()
        second.deliver_all()
        assert visitor.state() == at(NOON, 1, 3)


def test_after_a_killed_server_its_agent_comes_back_and_when_that_is_gone_so_does_another(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    with installation.agent(tmp_path / "first") as first:
        first.see(at(NOON, 1, 2))
        first.deliver_all()
        installation.kill()
        installation.start()
        first.see(at(NOON, 1, 3))
        first.deliver_all()
        installation.kill()
        first.stop()
    installation.start()
    with installation.agent(tmp_path / "second") as second:
        second.see(at(NOON, 1, 4))
        second.deliver_all()
    assert visitor.state() == at(NOON, 1, 4)


def test_with_two_server_processes_a_host_is_still_one_agents(
    installation: Installation, visitor: Visitor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with another_process(installation) as other, installation.agent(tmp_path / "first") as first:
        first.see(at(NOON, 1, 2))
        first.deliver_all()
        with ScriptedAgent(other.url, (installation.data / "token").read_text(), tmp_path / "second") as second:
            second.see(at(NOON, 1, 3))
            wait_for(lambda: TAKEN in caplog.text)
            assert visitor.state() == at(NOON, 1, 2)
            first.stop()
            second.deliver_all()
            assert visitor.state() == at(NOON, 1, 3)


@contextlib.contextmanager
def another_process(installation: Installation) -> Iterator[Installation]:
    """A second server process on the same database."""
    other = installation.another()
    try:
        other.start()
        yield other
    finally:
        other.end()
