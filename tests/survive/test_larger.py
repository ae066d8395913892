"""The larger set-up: two server processes on PostgreSQL and Redis, all of them real."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import ROOT, Installation, copy_of
from tests.support.numbered_states import NOON, TAKEN, at
from tests.support.running import free_port, wait_for
from tests.support.services import postgresql, redis


@pytest.fixture
def without_redis(tmp_path: Path) -> Iterator[tuple[Installation, int]]:
    """A server whose Redis is yet to come, and the port where it is looked for."""
    port = free_port()
    installation = Installation(tmp_path / "data", ISOSCOPE_REDIS_URL=f"redis://127.0.0.1:{port}/0")
    installation.prepare()
    installation.start()
    try:
        yield installation, port
    finally:
        installation.end()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    """Two server processes that know of each other only by their database and their Redis."""
    with postgresql() as database, redis() as layer, contextlib.ExitStack() as ending:
        environ = {"ISOSCOPE_DATABASE_URL": database, "ISOSCOPE_REDIS_URL": layer, "ISOSCOPE_SECRET_KEY": "k" * 50}
        first, second = (Installation(tmp_path / "data", **environ) for _ in range(2))
        first.prepare()
        for server in (first, second):
            ending.callback(server.end)
            server.start()
        yield first, second


def test_a_server_process_of_a_service_manager_stays_without_anything_on_its_standard_input(
    template: Path, tmp_path: Path
) -> None:
    installation = Installation(copy_of(template, tmp_path / "data"))
    installation.listener.close()
    arguments = ["--bind", "127.0.0.1", "--port", str(installation.port), "dashboard.asgi:application"]
    server = subprocess.Popen(
        [sys.executable, "-m", "dashboard.serving.serve", *arguments],
        cwd=ROOT, env=installation.environ, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        installation.process = server
        wait_for(installation.answers)
    finally:
        server.kill()
        server.wait()


@pytest.mark.postgresql
@pytest.mark.redis
def test_a_frame_taken_by_one_process_reaches_the_pages_of_the_other(
    pair: tuple[Installation, Installation], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    visitor = there.visitor()
    with here.agent(tmp_path / "agent") as agent:
        agent.see(at(NOON, 1, 2))
        agent.deliver_all()
        assert visitor.state() == at(NOON, 1, 2)
        with visitor.page(1) as page:
            agent.see(at(NOON, 1, 3))
            message = page.hear(lambda message: message["type"] == "diff")
            assert (message["base"], message["seq"]) == (1, 2)
            assert [process["pid"] for process in message["processes"]["add"]] == [3]
            with there.agent(tmp_path / "second") as second:
                second.see(at(NOON, 1, 4))
                wait_for(lambda: TAKEN in caplog.text)
            here.kill()
            agent.see(at(NOON, 1, 5))
            here.start()
            message = page.hear(lambda message: message["type"] == "diff")
            assert message["seq"] == 3
    assert visitor.state(2) == at(NOON, 1, 3)
    assert visitor.state() == at(NOON, 1, 5)


@pytest.mark.redis
def test_without_redis_everything_is_recorded_and_pages_ask_until_it_comes_back(
    without_redis: tuple[Installation, int], tmp_path: Path
) -> None:
    installation, port = without_redis
    visitor = installation.visitor()
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(at(NOON, 1, 2))
        agent.deliver_all()
        with visitor.page(1) as page:
            agent.see(at(NOON, 1, 3))
            agent.deliver_all()
            assert visitor.state() == at(NOON, 1, 3)
            assert page.hear(lambda message: message["type"] == "polling")["on"]
            assert page.hear(lambda message: message.get("seq", 0) >= 2)["type"] == "heartbeat"  # so it asks
            for seq, pid in ((2, 4), (3, 5)):  # it comes, goes, and comes again
                with redis(port):
                    page.hear(lambda message: message.get("on") is False)
                    message = page.hear(lambda message, seq=seq: message.get("seq", 0) >= seq)
                    assert message["type"] in ("diff", "heartbeat")
                agent.see(at(NOON, 1, pid))
                agent.deliver_all()
            assert visitor.state() == at(NOON, 1, 5)
