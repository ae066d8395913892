from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from inspector.agent.collect.docker.engine import DockerEngine, Listing, bound_labels, causes_of, name_of
from inspector.agent.collect.docker.inspection import clean
from inspector.facts.types import Gap

ID, OTHER = "a" * 64, "b" * 64


def listed(identity: str = ID, **fields: Any) -> dict[str, Any]:
    return {"Id": identity, "Names": ["/web"], "Image": "i:1", "State": "running", "Labels": {"k": "v"}, **fields}


def inspected(pid: int = 0, **host_config: Any) -> dict[str, Any]:
    return {"State": {"Pid": pid}, "HostConfig": {"NetworkMode": "bridge", **host_config}}


class Daemon:
    """A real unix socket that answers as a Docker engine would, or as the test wants it to."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.replies: dict[str, Any] = {}
        self.asked: list[str] = []
        self.answering = threading.Event()
        self.answering.set()
        self.headers = {"Api-Version": "1.44"}  # of the answer to /_ping
        self.silent: set[str] = set()  # ids whose inspection is never answered
        self.broken: set[str] = set()  # ids at whose inspection the connection breaks off
        self.raw: bytes | None = None
        self.closing = False
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def holds(self, *containers: tuple[dict[str, Any], Any]) -> None:
        self.replies = {entry["Id"]: reply for entry, reply in containers}
        self.replies["list"] = [entry for entry, _ in containers]

    def count(self, word: str) -> int:
        return sum(word in path for path in self.asked)

    def close(self) -> None:
        self.closing = True
        self.silent.clear()
        self.answering.set()
        self.socket.close()

    def _accept(self) -> None:
        while not self.closing:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                if line.startswith(b"GET "):
                    path = line.split()[1].decode()
                elif line == b"\r\n":
                    self.answering.wait()
                    self.asked.append(path)
                    inspected = path.split("/")[-2]
                    if inspected in self.broken:
                        return
                    if inspected in self.silent:
                        lines.readline()  # until the other side gives up
                        return
                    connection.sendall(self.raw if self.raw is not None else self._answer(path))
                    if self.raw is not None:
                        return

    def _answer(self, path: str) -> bytes:
        reply = self._reply(path)
        status = reply if isinstance(reply, int) else 200
        body = b'{"message": "no"}' if isinstance(reply, int) else json.dumps(reply).encode()
        named = self.headers if path == "/_ping" else {}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        head = f"HTTP/1.1 {status} X\r\n{lines}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def _reply(self, path: str) -> Any:
        if path == "/_ping":
            return "OK"
        if path.endswith("/version"):
            return {"ApiVersion": "1.30"}
        name = "list" if "/containers/json" in path else path.split("/containers/")[1].split("/")[0]
        return self.replies.get(name, 404)


@contextmanager
def polling(path: str, **options: Any) -> Iterator[DockerEngine]:
    engine = DockerEngine(path, **options)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "docker.sock")
    yield daemon
    daemon.close()


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(2000):
        if holds():
            return
        threading.Event().wait(0.005)
    raise AssertionError("never so")


def poll_until(engine: DockerEngine, holds: Callable[[Listing], bool]) -> Listing:
    """Each poll waits for the engine, so this needs no clock of its own."""
    for _ in range(2000):
        listing = engine.poll()
        if holds(listing):
            return listing
        threading.Event().wait(0.005)
    raise AssertionError(f"never so; last: {listing}")


def test_it_reads_what_docker_declares(daemon):
    modes = {"PidMode": "host", "IpcMode": "private", "UTSMode": "host", "UsernsMode": "host", "CgroupnsMode": "host"}
    daemon.holds((listed(), inspected(7, Privileged=True, CapAdd=["NET_ADMIN"], CapDrop=None, **modes)))
    with polling(daemon.path) as engine:
        listing = engine.poll()
    assert listing.fresh
    assert listing.gaps == ()
    (container,) = listing.containers
    assert (container.id, container.name, container.image, container.state) == (ID, "web", "i:1", "running")
    assert (container.init_pid, container.labels, container.engine) == (7, {"k": "v"}, "docker")
    declared = container.declared
    assert declared is not None
    assert (declared.network, declared.pid, declared.ipc, declared.uts) == ("bridge", "host", "private", "host")
    assert (declared.userns, declared.cgroupns, declared.privileged) == ("host", "host", True)
    assert (declared.cap_add, declared.cap_drop) == (("NET_ADMIN",), ())


def test_a_quiet_poll_is_one_list_call(daemon):
    daemon.holds((listed(), inspected(os.getpid())), (listed(OTHER, State="exited"), inspected()))
    with polling(daemon.path) as engine:
        first, *later = [engine.poll() for _ in range(4)]
    assert all(listing == first for listing in later)
    assert (daemon.count("/containers/json"), daemon.count(f"{ID}/json"), daemon.count(f"{OTHER}/json")) == (4, 1, 1)


def test_it_inspects_again_when_the_init_is_another_process(daemon, tmp_path):
    def start(pid: int, ticks: int) -> None:
        (tmp_path / str(pid)).mkdir(exist_ok=True)
        (tmp_path / str(pid) / "stat").write_text(f"{pid} (a) b) S {' '.join(['0'] * 18)} {ticks} 0")

    start(7, 100)
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path, proc=str(tmp_path)) as engine:
        assert engine.poll().containers[0].init_pid == 7
        start(7, 200)  # the same pid, another process
        start(8, 300)
        daemon.holds((listed(), inspected(8)))
        assert engine.poll().containers[0].init_pid == 8
        (tmp_path / "8" / "stat").unlink()
        daemon.holds((listed(), inspected(9)))
        assert engine.poll().containers[0].init_pid == 9


def test_it_sees_a_new_name_at_once_without_inspecting_again(daemon):
    daemon.holds((listed(), inspected(os.getpid())))
    with polling(daemon.path) as engine:
        engine.poll()
        daemon.holds((listed(Names=["/db/alias", "/api"]), inspected(os.getpid())))
        assert engine.poll().containers[0].name == "api"
    assert daemon.count(f"{ID}/json") == 1


def test_it_drops_a_container_that_vanished_between_list_and_inspection(daemon):
    daemon.holds((listed(), 404), (listed(OTHER), inspected(7)))
    with polling(daemon.path) as engine:
        listing = engine.poll()
    assert [container.id for container in listing.containers] == [OTHER]
    assert listing.gaps == ()


@pytest.mark.parametrize("reply", [500, None, [], {"State": 7}, {"State": {"Pid": "x"}, "HostConfig": {}}])
def test_an_odd_inspection_leaves_the_container_listed_and_the_others_whole(daemon, reply):
    daemon.holds((listed(), reply), (listed(OTHER), inspected(7)))
    with polling(daemon.path) as engine:
        listing = engine.poll()
        assert [(container.id, container.init_pid) for container in listing.containers] == [(ID, None), (OTHER, 7)]
        assert listing.containers[0].declared is None
        assert listing.gaps == (Gap(None, "docker", "malformed"),)
        daemon.holds((listed(), inspected(5)), (listed(OTHER), inspected(7)))
        healed = engine.poll()
    assert healed.gaps == ()
    assert healed.containers[0].init_pid == 5


@pytest.mark.parametrize(
    "entry", [{"Id": 7}, {"Id": ""}, {"Id": "x\n"}, {"Id": "x" * 129}, {"Id": ID, "Names": "web"}]
)
def test_an_odd_entry_of_the_list_never_loses_the_others(daemon, entry):
    daemon.holds((listed(OTHER), inspected(7)))
    daemon.replies["list"] = [entry, *daemon.replies["list"]]
    with polling(daemon.path) as engine:
        listing = engine.poll()
    assert [container.id for container in listing.containers] == [OTHER]
    assert listing.gaps == (Gap(None, "docker", "malformed"),)


def test_a_hanging_engine_holds_nothing_up_and_what_was_known_stays(daemon):
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path) as engine:
        known = engine.poll().containers
        daemon.answering.clear()
        listing = engine.poll()
        assert listing == Listing(known, (Gap(None, "docker", "slow"),), fresh=False)
        assert engine.poll() == listing
        daemon.answering.set()
        assert poll_until(engine, lambda listing: listing.fresh).containers == known


def test_it_answers_at_once_while_an_earlier_question_hangs(daemon, monkeypatch):
    monkeypatch.setattr("inspector.agent.collect.docker.engine.FIRST_POLL_SECONDS", 0.01)
    monkeypatch.setattr("inspector.agent.collect.docker.engine.POLL_SECONDS", 600)
    daemon.answering.clear()
    with polling(daemon.path) as engine:
        first = engine.poll()
        again: list[Listing] = []
        asking = threading.Thread(target=lambda: again.append(engine.poll()), daemon=True)
        asking.start()
        asking.join(60)
        assert again == [first] == [Listing((), (Gap(None, "docker", "slow"),), fresh=False)]


def test_a_slow_engine_is_not_called_gone(daemon, monkeypatch):
    monkeypatch.setattr("inspector.agent.collect.docker.engine.FIRST_POLL_SECONDS", 0.01)
    monkeypatch.setattr("inspector.agent.collect.docker.engine.POLL_SECONDS", 0.01)
    daemon.holds((listed(), inspected(7)))
    daemon.answering.clear()
    with polling(daemon.path) as engine:
        assert engine.poll().gaps == (Gap(None, "docker", "slow"),)
        daemon.answering.set()
        wait_until(lambda: engine._answer.asked == 1)
        daemon.answering.clear()
        late = engine.poll()
        assert (len(late.containers), late.gaps, late.fresh) == (1, (), False)
        assert engine.poll().gaps == (Gap(None, "docker", "slow"),)


def test_it_asks_for_the_engines_version_again_after_a_failure(daemon):
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path) as engine:
        engine.poll()
        daemon.raw = b"garbage"
        assert engine.poll().gaps == (Gap(None, "docker", "malformed"),)
        daemon.raw = None
        assert engine.poll().fresh
    assert daemon.count("/_ping") == 2
    assert daemon.count("/version") == 0


@pytest.mark.parametrize(
    ("headers", "version", "name"),
    [
        ({"Api-Version": "1.41", "Libpod-Api-Version": "4.3.1"}, "1.41", "podman"),
        ({"API-Version": "1.44"}, "1.44", "docker"),
        ({}, "1.30", "docker"),
    ],
)
def test_the_ping_says_which_engine_it_is_and_its_version(daemon, headers, version, name):
    daemon.headers = headers
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path) as engine:
        (container,) = engine.poll().containers
    assert container.engine == name
    assert daemon.asked[-1].startswith(f"/v{version}/containers/")
    assert daemon.count("/version") == (0 if headers else 1)


def test_a_version_that_is_none_is_malformed(daemon):
    daemon.headers = {"Api-Version": "../x"}
    with polling(daemon.path) as engine:
        assert engine.poll().gaps == (Gap(None, "docker", "malformed"),)


def test_an_inspection_that_hangs_costs_only_its_container(daemon, monkeypatch):
    monkeypatch.setattr("inspector.agent.collect.docker.engine.INSPECT_SECONDS", 0.2)
    daemon.holds((listed(Names=["/hung"]), inspected(5)), (listed(OTHER), inspected(7, PidMode="host")))
    daemon.silent = {ID}
    with polling(daemon.path) as engine:
        listing = poll_until(engine, lambda listing: listing.fresh)
        hung, other = listing.containers
        assert (hung.name, hung.state, hung.image, hung.init_pid, hung.declared) == (
            "hung",
            "running",
            "i:1",
            None,
            None,
        )
        assert other.init_pid == 7 and other.declared is not None and other.declared.pid == "host"
        assert listing.gaps == (Gap(None, "docker/inspect", "slow"),)
        poll_until(engine, lambda listing: listing.fresh)
        assert daemon.count(f"{ID}/json") == 1, "it is left alone for a while"
        daemon.silent = set()
        engine._talk.hung = {ID: msgspec.structs.replace(engine._talk.hung[ID], again_at=0)}
        healed = poll_until(engine, lambda listing: listing.fresh and not listing.gaps)
    assert [container.init_pid for container in healed.containers] == [5, 7]


def test_an_inspection_that_breaks_off_costs_only_its_container(daemon):
    daemon.holds((listed(), inspected(5)), (listed(OTHER), inspected(7)))
    daemon.broken = {ID}
    with polling(daemon.path) as engine:
        listing = engine.poll()
        assert [(container.id, container.init_pid) for container in listing.containers] == [(ID, None), (OTHER, 7)]
        assert listing.gaps == (Gap(None, "docker/inspect", "gone"),)
        daemon.broken = set()
        assert engine.poll().gaps == ()


def test_the_first_poll_gives_what_is_known_until_then(daemon, monkeypatch):
    monkeypatch.setattr("inspector.agent.collect.docker.engine.FIRST_POLL_SECONDS", 0.2)
    monkeypatch.setattr("inspector.agent.collect.docker.engine.INSPECT_SECONDS", 600)
    daemon.holds((listed(OTHER), inspected(7)), (listed(Names=["/hung"]), inspected(5)))
    daemon.silent = {ID}
    with polling(daemon.path) as engine:
        engine.poll()
        wait_until(lambda: daemon.count(f"{ID}/json") == 1)
        listing = engine.poll()
    assert [(one.name, one.init_pid) for one in listing.containers] == [("web", 7), ("hung", None)]
    assert listing.gaps == (Gap(None, "docker", "slow"),)


def test_a_restarting_container_is_inspected_at_every_poll(daemon):
    daemon.holds((listed(State="restarting"), inspected()))
    with polling(daemon.path) as engine:
        engine.poll()
        engine.poll()
    assert daemon.count(f"{ID}/json") == 2


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\x00\xff garbage", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot json!", "malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "malformed"),
        (b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", "gone"),
        (b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n", "forbidden"),
        (b"", "gone"),
    ],
)
def test_it_says_what_is_wrong_with_an_engine_that_answers_oddly(daemon, raw, why):
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path) as engine:
        daemon.raw = raw
        assert engine.poll() == Listing((), (Gap(None, "docker", why),), fresh=False)
        daemon.raw = None
        assert engine.poll().fresh


@pytest.mark.parametrize("reply", [{"message": "x"}, 7, None, "text"])
def test_it_keeps_what_was_known_when_the_list_is_no_list(daemon, reply):
    daemon.holds((listed(), inspected(7)))
    with polling(daemon.path) as engine:
        known = engine.poll().containers
        daemon.replies["list"] = reply
        assert engine.poll() == Listing(known, (Gap(None, "docker", "malformed"),), fresh=False)


def test_a_missing_socket_is_unsupported(tmp_path):
    with polling(str(tmp_path / "nowhere" / "docker.sock")) as engine:
        assert engine.poll() == Listing((), (Gap(None, "docker", "unsupported"),), fresh=False)


def test_a_socket_without_a_listener_is_gone_and_comes_back(tmp_path):
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as deserted:
        deserted.bind(str(path))
    with polling(str(path)) as engine:
        assert engine.poll().gaps == (Gap(None, "docker", "gone"),)
        path.unlink()
        daemon = Daemon(path)
        daemon.holds((listed(), inspected(7)))
        assert engine.poll().fresh
        daemon.close()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to give up root")
def test_a_socket_one_may_not_open_is_forbidden(daemon):
    Path(daemon.path).chmod(0o600)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgid(65534)
        os.setuid(65534)
        gaps = DockerEngine(daemon.path).poll().gaps
        os.write(writer, gaps[0].why.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        assert answer.read() == "forbidden"


def test_texts_are_bounded_and_can_be_encoded():
    assert clean("a\ud800b" + "x" * 5000) == "a?b" + "x" * 4093
    assert len(bound_labels({f"{number:04}": "v" for number in range(600)})) == 512
    assert name_of([]) == ""


def test_the_causes_of_an_error_are_followed_once_each():
    inner = ValueError("inner")
    outer = OSError("outer", inner)
    inner.__context__ = outer
    assert set(causes_of(outer)) == {outer, inner}


def test_a_new_container_has_its_name_and_image_from_its_event_before_it_is_listed() -> None:
    engine = DockerEngine("/nonexistent/docker.sock")
    attributes = {"name": "web", "image": "local/busybox:1", "com.docker.compose.project": "shop"}
    engine._introduce("a" * 64, "created", attributes)
    engine._introduce("a" * 64, "running", {"name": "other"})
    (container,) = engine.latest().containers
    assert (container.name, container.image, container.state) == ("web", "local/busybox:1", "created")
    assert container.labels == {"com.docker.compose.project": "shop"}
    assert container.declared is None and container.init_pid is None
