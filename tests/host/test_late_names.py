"""A container that lived for a moment, on the real Docker, whose answers come after its end: it gets its name."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from inspector.agent.scan import bundles
from inspector.analysis.feed import from_history as feed
from inspector.history import hosts
from inspector.history.record import record
from inspector.history.states import state_at
from tests import demo
from tests.conftest import DOCKER_SOCKET
from tests.support.holding_proxy import HoldingProxy
from tests.support.looking_agent import Looking
from tests.support.running import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

LABELS = {"isoscope.test": "late"}


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = demo.connect()
    demo.make_image(client)
    yield client
    for left in client.containers.list(all=True, filters={"label": "isoscope.test=late"}):
        left.remove(force=True)
    client.close()


@pytest.fixture
def proxy() -> Iterator[HoldingProxy]:
    with tempfile.TemporaryDirectory(prefix="isoscope-") as name:  # short: a socket's path may have 107 bytes
        proxy = HoldingProxy(Path(name) / "docker.sock", DOCKER_SOCKET)
        yield proxy
        proxy.close()


def test_an_answer_after_the_end_completes_history_and_feed(
    client: docker.DockerClient, proxy: HoldingProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "SHIMS", ("none",))  # as where the engine's files cannot be read
    looking = Looking(proxy.path, tmp_path)
    try:
        wait_for(lambda: looking.engine.latest().fresh)
        proxy.hold()
        run = client.containers.run(
            demo.IMAGE,
            ["sleep", "1"],
            name="isoscope-late",
            labels=LABELS,
            network_mode="none",
            detach=True,
            remove=True,
        )
        identity = str(run.id)
        wait_for(lambda: any(identity in diff.containers.remove for diff in looking.diffs()))
        added = next(fact for diff in looking.diffs() for fact in diff.containers.add if fact.id == identity)
        assert added.name == ""
        proxy.release()
        wait_for(lambda: any(diff.completed for diff in looking.diffs()))
    finally:
        looking.stop()
    told = next(fact for diff in looking.diffs() for fact in diff.completed)
    assert (told.container, told.name, told.image) == (identity, "isoscope-late", demo.IMAGE)
    assert told.labels["isoscope.test"] == "late"
    check_history(looking, identity)


def check_history(looking: Looking, identity: str) -> None:
    for frame in looking.frames:
        assert record(frame).agrees
    seq = next(diff.seq for diff in looking.diffs() if any(fact.id == identity for fact in diff.containers.add))
    host = hosts.get(looking.agent.machine_id)
    kept = next(container for container in state_at(host, seq).containers if container.id == identity)
    assert (kept.name, kept.image) == ("isoscope-late", demo.IMAGE)
    entries = [entry for entry in feed.entries_between(host, 1, host.last_seq) if entry.container == identity]
    assert {entry.where for entry in entries} == {"isoscope-late"}
    kinds = [entry.kind for entry in entries if entry.kind.startswith("container-")]
    assert kinds.count("container-started") == 1, "a late event brings nobody back"


def test_without_delay_a_container_of_a_moment_has_its_name(client: docker.DockerClient, tmp_path: Path) -> None:
    looking = Looking(DOCKER_SOCKET, tmp_path)
    try:
        wait_for(lambda: looking.engine.latest().fresh)
        client.containers.run(
            demo.IMAGE, ["sleep", "0.3"], name="isoscope-moment", labels=LABELS, network_mode="none", remove=True
        )
        wait_for(lambda: named(looking) == {"isoscope-moment"})
    finally:
        looking.stop()


def named(looking: Looking) -> set[str]:
    """The names that were told in the end of the containers that came."""
    found = [fact for diff in looking.diffs() for fact in (*diff.containers.add, *diff.completed)]
    return {fact.name for fact in found if fact.labels.get("isoscope.test") == "late"}
