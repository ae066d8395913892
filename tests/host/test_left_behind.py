"""A sidecar left behind, on the real Docker: it is seen whatever became of the other one, and the advice mends it."""

from __future__ import annotations

import shlex
import subprocess
from datetime import UTC, datetime

import docker
import msgspec
import pytest
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.agent.scan.scanner import Scanner
from inspector.analysis.compare.comparison import findings_of
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.feed import from_history as feed
from inspector.analysis.text.chain_tree import draw
from inspector.analysis.text.feed import say
from inspector.facts.types import HostState
from inspector.history import hosts, record
from inspector.history.queries import left
from inspector.protocol.frames import Reset
from tests import demo

pytestmark = [pytest.mark.docker, pytest.mark.django_db]

PREFIX = "isoscope-left-"
SLEEP = ["sleep", "1000000"]


class Watched:
    """A web with a sidecar on its network, or in its IPC namespace, and what history holds of them."""

    def __init__(self, client: docker.DockerClient, kind: str) -> None:
        self.client, self.kind, self.seq = client, kind, 0
        self.scanner = Scanner(engine=DockerEngine())
        self.web = self.run_web()
        self.sidecar = self.run_sidecar()

    def run_web(self) -> Run:
        return demo.run(self.client, "web", PREFIX, command=SLEEP, network_mode="none", ipc_mode="shareable")

    def run_sidecar(self) -> Run:
        mode = {"net": "network_mode", "ipc": "ipc_mode"}[self.kind]
        options = {"network_mode": "none"} | {mode: f"container:{PREFIX}web"}
        return demo.run(self.client, "sidecar", PREFIX, command=SLEEP, **options)

    def look(self) -> HostState:
        """Scan the host, and record it."""
        self.seq += 1
        taken = datetime.now(UTC).isoformat()
        state = msgspec.structs.replace(self.scanner.scan(), taken_at=taken)
        record.record(Reset(state.host.machine_id, self.seq, taken, state))
        self.machine_id = state.host.machine_id
        return state

    def found(self) -> list[left.LeftBehind]:
        return [item for item in left.read(hosts.get(self.machine_id), self.seq) if item.name.startswith(PREFIX)]


@pytest.fixture(params=["net", "ipc"])
def watched(request: pytest.FixtureRequest, client: docker.DockerClient) -> Watched:
    watched = Watched(client, request.param)
    watched.look()
    assert watched.found() == []
    return watched


def follow(mend: str) -> None:
    """Run the command of an advice."""
    command = mend.partition(": ")[2].partition(", and")[0]
    for part in command.split(" && "):
        subprocess.run(shlex.split(part), check=True, capture_output=True)


def check(watched: Watched, how: str) -> left.LeftBehind:
    """Every place says it, since the snapshot that was taken last."""
    state = watched.look()
    (found,) = watched.found()
    assert (found.name, found.other_name, found.type) == (f"{PREFIX}sidecar", f"{PREFIX}web", watched.kind)
    assert (found.how, found.joined_seq, found.since_seq) == (how, watched.seq - 1, watched.seq)
    host = hosts.get(watched.machine_id)
    findings = findings_of(compare_between(host, watched.seq - 1, watched.seq))
    assert [item.mend for item in findings if item.group == "left"] == [found.mend]
    told = [
        say(entry)
        for entry in feed.entries_between(host, watched.seq - 1, watched.seq)
        if entry.kind == "left-behind"
    ]
    name = {"net": "a network", "ipc": "an IPC"}[watched.kind]
    assert told == [f"{PREFIX}sidecar is in {name} namespace that {PREFIX}web has left. {found.mend}"]
    assert any(line.startswith(f"  {PREFIX}sidecar is in {name} namespace that ") for line in draw(state))
    return found


def test_the_other_one_was_restarted_and_a_restart_mends_it(watched: Watched) -> None:
    watched.web.restart(timeout=0)
    follow(check(watched, "restarted").mend)
    watched.look()
    assert watched.found() == []


def test_the_other_one_was_stopped_and_both_are_started(watched: Watched) -> None:
    watched.web.stop(timeout=0)
    follow(check(watched, "stopped").mend)
    watched.look()
    assert watched.found() == []


def test_the_other_one_was_removed_a_restart_fails_and_the_sidecar_is_made_anew(watched: Watched) -> None:
    watched.web.remove(force=True)
    found = check(watched, "removed")
    with pytest.raises(docker.errors.APIError):
        watched.sidecar.restart(timeout=0)
    watched.run_web()
    follow(found.mend)
    watched.run_sidecar()
    watched.look()
    assert watched.found() == []


def test_the_other_one_was_recreated_while_no_agent_looked(watched: Watched) -> None:
    watched.web.remove(force=True)
    again = watched.run_web()
    found = check(watched, "removed")
    assert found.successor == again.id
    option = {"net": "--network", "ipc": "--ipc"}[watched.kind]
    assert found.mend.endswith(f"{option} container:{PREFIX}web")
