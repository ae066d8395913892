"""Docker's event stream, from an engine of the test's own that starts late, dies, hangs and comes back."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import psutil
import pytest
from docker.models.containers import Container as Run

from inspector.agent.collect.docker.engine import DockerEngine
from inspector.facts.types import Container
from tests import demo
from tests.support.running import wait_for

pytestmark = pytest.mark.docker

NAMESPACE = f"isoscope-test-{os.getpid()}"


class Dockerd:
    """A dockerd with a folder and a socket of its own; containers without network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *("unshare", "--net"),  # a dockerd without a bridge deletes the docker0 that it finds
                *("dockerd", "--host", f"unix://{self.socket}", "--pidfile", str(self.folder / "pid")),
                *("--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec")),
                *("--containerd-namespace", NAMESPACE, "--containerd-plugins-namespace", f"{NAMESPACE}-plugins"),
                *("--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs"),
                "--live-restore",
            ],
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "log").open("a"),
        )
        wait_for(self.answers)

    def answers(self) -> bool:
        with contextlib.suppress(docker.errors.DockerException):
            self.client().close()
            return True
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return False

    def client(self) -> docker.DockerClient:
        return docker.DockerClient(f"unix://{self.socket}", version="auto")

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the engine, and the containerd it started, which holds on to its database."""
        assert self.process is not None
        started = psutil.Process(self.process.pid).children()
        self.signal(signal.SIGKILL)
        self.process.wait()
        for child in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(started, 30)
        (self.folder / "pid").unlink(missing_ok=True)

    def clean(self) -> None:
        """Take the containers down, and the engine."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        client = self.client()
        for container in client.containers.list(all=True):
            container.remove(force=True)
        client.close()
        self.signal(signal.SIGTERM)
        assert self.process is not None
        self.process.wait(30)


@pytest.fixture
def dockerd() -> Iterator[Dockerd]:
    if not shutil.which("dockerd"):
        pytest.skip("needs dockerd")
    folder = Path(tempfile.mkdtemp(prefix="isoscope-dockerd-"))  # short: a socket's path may have 107 bytes
    engine = Dockerd(folder)
    yield engine
    engine.clean()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(dockerd: Dockerd) -> Iterator[DockerEngine]:
    engine = DockerEngine(str(dockerd.socket))
    yield engine
    engine.close()


def one(engine: DockerEngine) -> Container | None:
    """The only container there is."""
    found = engine.latest().containers
    return found[0] if len(found) == 1 else None


def start_one(client: docker.DockerClient) -> Run:
    demo.make_image(client)
    return client.containers.run(demo.IMAGE, ["sleep", "1000"], name="web", network_mode="none", detach=True)


def test_it_follows_an_engine_that_comes_late_dies_hangs_and_comes_back(
    dockerd: Dockerd, engine: DockerEngine
) -> None:
    heard: list[frozenset[str]] = []
    engine.listen(lambda containers: heard.append(frozenset(containers)))
    engine.poll()
    assert [gap.why for gap in engine.latest().gaps] == ["unsupported"]

    dockerd.start()
    wait_for(lambda: not engine.latest().gaps)
    client = dockerd.client()
    run = start_one(client)
    wait_for(lambda: (web := one(engine)) and web.state == "running" and web.init_pid)
    wait_for(lambda: any(run.id in containers for containers in heard))

    run.rename("api")
    wait_for(lambda: (web := one(engine)) and web.name == "api")
    run.pause()
    wait_for(lambda: (web := one(engine)) and web.state == "paused")
    run.unpause()
    wait_for(lambda: (web := one(engine)) and web.state == "running")

    dockerd.kill()
    wait_for(lambda: engine.latest().gaps)
    assert one(engine) is not None, "what was last known is kept"
    dockerd.start()
    wait_for(lambda: not engine.latest().gaps)
    client = dockerd.client()

    dockerd.signal(signal.SIGSTOP)
    engine.poll()
    assert engine.poll().gaps
    dockerd.signal(signal.SIGCONT)
    client.containers.get("api").stop(timeout=0)
    wait_for(lambda: (web := one(engine)) and web.state == "exited" and not engine.latest().gaps)
    client.containers.get("api").remove()
    wait_for(lambda: not engine.latest().containers)


def test_a_process_started_from_outside_is_told_to_who_asks_for_it(dockerd: Dockerd, engine: DockerEngine) -> None:
    dockerd.start()
    run = start_one(dockerd.client())
    heard: list[frozenset[str]] = []
    engine.listen(lambda containers: heard.append(frozenset(containers)), execs=True)
    wait_for(lambda: frozenset() in heard)  # the stream is heard
    heard.clear()
    run.exec_run(["true"])
    wait_for(lambda: frozenset({run.id}) in heard)
