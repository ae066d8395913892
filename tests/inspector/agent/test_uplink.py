"""The agent against a real websocket server on this machine that goes away, refuses, stalls and lies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close
from websockets.http11 import Response
from websockets.sync.server import ServerConnection

from inspector.agent import lifetime
from inspector.agent.loop import Agent
from inspector.agent.spool import Spool
from inspector.agent.uplink import GET_ANOTHER, Backoff, Uplink, explain, is_private, socket_url
from inspector.errors import IsoscopeError
from inspector.facts.diff import diff
from inspector.facts.types import SCHEMA, HostState
from inspector.protocol.frames import Ack, Diff, Heartbeat, Metrics, Reset, Welcome, encode
from inspector.version import VERSION
from tests.support.agent_server import TOKEN, Server, host_of
from tests.support.script_agent import Script, moment
from tests.support.states import HOST


class Running:
    """An agent with its delivering thread; the looking is done by the test."""

    def __init__(self, folder: Path, server: Server, token: str = TOKEN, answer_s: float = 20) -> None:
        self.url = socket_url(server.url)
        self.agent = Agent(Script(moment(0)), Spool(folder), self.url, interval=3600)
        self.uplink = Uplink(self.agent, self.url, token, Backoff(0.01, 0.05, 0.1), answer_s)
        self.threads = [threading.Thread(target=run, daemon=True) for run in (lambda: None, self.uplink.run)]
        for thread in self.threads:
            thread.start()

    def look(self, state: HostState) -> None:
        self.agent._source = Script(state)
        assert self.agent.full_scan() is not None

    def stop(self) -> None:
        lifetime.stop(self.agent, self.uplink, self.threads)
        assert not self.threads[1].is_alive()


@pytest.fixture(autouse=True)
def _hear_all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "isoscope.agent")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        server.greet = lambda connection: connection.send(encode(welcome(server)).decode())
        yield server


def welcome(server: Server) -> Welcome:
    return Welcome(server.ledger.last, VERSION, SCHEMA)


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def begin(**options: object) -> Running:
        running.append(Running(tmp_path, server, **options))  # type: ignore[arg-type]
        return running[-1]

    yield begin
    for one in running:
        one.stop()


Start = Callable[..., Running]


def kinds(server: Server) -> list[tuple[type, int]]:
    return [(type(frame), frame.seq) for frame in server.ledger.kept]


def test_it_names_its_host_and_its_token_and_no_origin(start: Start, server: Server) -> None:
    start().look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    (request,) = server.requests
    assert host_of(request) == HOST.machine_id
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Origin" not in request.headers


def test_it_delivers_each_scan_then_heartbeats_and_metrics(start: Start, server: Server) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    running.look(moment(2))
    server.wait_until(lambda: server.ledger.last == 2)
    running.look(moment(2))
    running.agent.measure()
    server.wait_until(lambda: {type(frame) for frame in server.ledger.heard} == {Heartbeat, Metrics})
    assert kinds(server) == [(Reset, 1), (Diff, 2)]
    assert server.ledger.state == moment(2)


def test_it_catches_up_in_order_when_the_server_returns(start: Start, server: Server) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    server.go_away()
    for number in range(2, 8):
        running.look(moment(number))
    server.start()
    server.wait_until(lambda: server.ledger.last == 7)
    assert kinds(server) == [(Reset, 1), *((Diff, seq) for seq in range(2, 8))]
    assert server.ledger.state == moment(7)


def test_a_connection_cut_before_or_after_storing_loses_and_doubles_nothing(start: Start, server: Server) -> None:
    """Every frame meets both cuts before it is answered."""
    cuts: dict[bytes, int] = {}

    def cut_twice(connection: ServerConnection, data: bytes) -> None:
        cuts[data] = cuts.get(data, 0) + 1
        if cuts[data] == 1:
            connection.close_socket()
        elif cuts[data] == 2:
            server.ledger.take(data)
            connection.close_socket()
        else:
            server.answer_by_the_book(connection, data)

    server.answer = cut_twice
    running = start()
    for number in range(1, 6):
        running.look(moment(number))
    server.wait_until(lambda: server.ledger.last == 5)
    assert [seq for _, seq in kinds(server)] == [1, 2, 3, 4, 5]
    assert server.ledger.state == moment(5)


def test_a_server_that_asks_gets_the_whole_state(start: Start, server: Server) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    server.ledger.return_to(0)
    running.look(moment(2))
    server.wait_until(lambda: server.ledger.state == moment(2))
    assert kinds(server)[-1][0] is Reset


def test_a_heartbeat_tells_that_the_server_lost_its_history(start: Start, server: Server) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    server.ledger.return_to(0)
    server.ledger.state = None
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.state == moment(1))


def test_refused_frames_are_never_hurried(start: Start, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    refused: list[bytes] = []

    def refuse(connection: ServerConnection, data: bytes) -> None:
        refused.append(data)
        connection.send(encode(Ack(0, refused="the frame is not of the protocol")).decode())

    server.answer = refuse
    running = start()
    waits: list[float] = []
    wait = running.agent.stopped.wait
    running.agent.stopped.wait = lambda timeout=None: (waits.append(timeout), wait(timeout))[1]  # type: ignore
    running.look(moment(1))
    server.wait_until(lambda: len(refused) == 4)
    server.answer = server.answer_by_the_book
    server.wait_until(lambda: server.ledger.state == moment(1))
    assert len(waits) >= 3
    assert "the frame is not of the protocol" in caplog.text
    assert all(waits)


def test_a_frame_too_big_for_the_server_is_given_up_for_the_whole_state(
    start: Start, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    answer, server.answer = server.answer, lambda connection, data: connection.close(1009, "too big")
    running.look(moment(2))
    server.wait_until(lambda: len(server.requests) > 1)
    server.answer = answer
    server.wait_until(lambda: server.ledger.state == moment(2))
    assert "too big for the server" in caplog.text
    assert kinds(server)[-1][0] is Reset


def test_it_takes_no_orders(start: Start, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    def chatter(connection: ServerConnection, data: bytes) -> None:
        connection.send('{"type": "run", "command": "reboot"}')
        connection.send(b"\xff\xfe")
        server.answer_by_the_book(connection, data)
        connection.send(encode(Ack(99)).decode())

    server.answer = chatter
    running = start()
    running.look(moment(1))
    running.look(moment(2))
    running.look(moment(3))
    server.wait_until(lambda: server.ledger.last >= 3)
    assert "takes no orders" in caplog.text
    assert not diff(server.ledger.state, moment(3))


def test_what_the_server_says_unasked_is_taken_for_no_answer(start: Start, server: Server) -> None:
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: server.answered == 1)
    (connection,) = server.connections
    connection.send(encode(Ack(99, need="reset")).decode())
    assert connection.ping().wait(30)
    running.look(moment(2))
    running.look(moment(3))
    server.wait_until(lambda: server.ledger.state == moment(3))
    assert kinds(server) == [(Reset, 1), (Diff, 2), (Diff, 3)]


def test_an_answer_too_large_ends_the_connection(start: Start, server: Server) -> None:
    answer = server.answer

    def answer_at_length(connection: ServerConnection, data: bytes) -> None:
        server.answer = answer
        connection.send("x" * 10**6)
        answer(connection, data)

    server.answer = answer_at_length
    start().look(moment(1))
    server.wait_until(lambda: len(server.requests) > 1)


def test_a_server_that_never_answers_is_left_and_tried_again(start: Start, server: Server) -> None:
    answer, server.answer = server.answer, lambda connection, data: None
    running = start(answer_s=0.3)
    running.look(moment(1))
    server.wait_until(lambda: len(server.requests) > 2)
    running.look(moment(2))
    server.answer = answer
    server.wait_until(lambda: server.ledger.last == 2)
    assert kinds(server) == [(Reset, 1), (Diff, 2)]


def test_scanning_goes_on_while_the_server_is_slow(start: Start, server: Server) -> None:
    go_on = threading.Event()

    def slow(connection: ServerConnection, data: bytes) -> None:
        assert go_on.wait(30)
        server.answer_by_the_book(connection, data)

    server.answer = slow
    running = start()
    for number in range(1, 6):
        running.look(moment(number))
    assert running.agent.spool.count() == 5
    assert server.ledger.last == 0
    go_on.set()
    server.wait_until(lambda: server.ledger.last == 5)


def test_it_stops_at_once_while_the_server_keeps_it_waiting(start: Start, server: Server) -> None:
    held = threading.Event()
    server.answer = lambda connection, data: held.set()
    running = start()
    running.look(moment(1))
    assert held.wait(30)
    running.stop()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_said_once_and_tried_again_slowly(
    start: Start, server: Server, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    server.status = status
    running = start()
    running.look(moment(1))
    server.wait_until(lambda: len(server.requests) >= 4)
    assert caplog.text.count("does not accept this agent's token") == 1
    assert running.uplink._backoff._next >= 0.05
    server.status = None
    server.wait_until(lambda: server.ledger.last == 1)
    assert "connected to" in caplog.text


def test_an_absent_server_is_said_once(start: Start, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.go_away()
    running = start()
    tried = threading.Semaphore(0)
    open_it = running.uplink._open
    running.uplink._open = lambda: (tried.release(), open_it())[1]  # type: ignore[method-assign]
    running.look(moment(1))
    for _ in range(4):
        assert tried.acquire(timeout=30)
    assert caplog.text.count("no connection to") == 1
    server.start()
    server.wait_until(lambda: server.ledger.last == 1)


def test_a_token_revoked_while_connected_is_said(
    start: Start, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    answer, server.answer = server.answer, lambda connection, data: connection.close(4401, "revoked")
    start().look(moment(1))
    server.wait_until(lambda: len(server.requests) > 1)
    assert "does not accept this agent's token" in caplog.text
    server.answer = answer
    server.wait_until(lambda: server.ledger.last == 1)


def test_it_follows_no_redirect(start: Start, server: Server) -> None:
    with Server() as other:
        open_door = server._open_door

        def redirect(connection: ServerConnection, request: object) -> Response | None:
            open_door(connection, request)  # type: ignore[arg-type]
            response = connection.respond(302, "")
            response.headers["Location"] = f"ws://127.0.0.1:{other.port}/ws/agent?host=x"
            return response

        server.go_away()
        server._open_door = redirect  # type: ignore[method-assign]
        server.start()
        start().look(moment(1))
        server.wait_until(lambda: len(server.requests) > 1)
        assert other.requests == []


def test_it_keeps_no_connection_to_a_server_that_closes_it_while_idle(start: Start, server: Server) -> None:
    start().look(moment(1))
    server.wait_until(lambda: server.ledger.last == 1)
    server.connections[0].close()
    server.wait_until(lambda: len(server.requests) == 2)


def test_one_visit_delivers_all_and_ends(tmp_path: Path, server: Server) -> None:
    url = socket_url(server.url)
    agent = Agent(Script(moment(1), moment(2)), Spool(tmp_path), url, interval=5)
    agent.full_scan()
    agent.full_scan()
    Uplink(agent, url, TOKEN).connect_once(until_empty=True)
    assert kinds(server) == [(Reset, 1), (Diff, 2)]


def test_one_visit_gives_up_on_a_server_that_keeps_nothing(tmp_path: Path, server: Server) -> None:
    server.answer = lambda connection, data: connection.send(encode(Ack(0, refused="no")).decode())
    url = socket_url(server.url)
    agent = Agent(Script(moment(1)), Spool(tmp_path), url, interval=5)
    agent.full_scan()
    with pytest.raises(IsoscopeError, match="does not keep"):
        Uplink(agent, url, TOKEN, Backoff(0.01, 0.02)).connect_once(until_empty=True)


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/ws/agent"),
        ("https://isoscope.example/", "wss://isoscope.example/ws/agent"),
        ("wss://isoscope.example/below", "wss://isoscope.example/below/ws/agent"),
        ("ws://[::1]:8000", "ws://[::1]:8000/ws/agent"),
    ],
)
def test_it_makes_a_websocket_address_of_the_servers(server: str, url: str) -> None:
    assert socket_url(server) == url


@pytest.mark.parametrize(
    "server",
    ["127.0.0.1:8000", "ftp://host", "http://", "http://u:p@host", "http://host?x=1", "http://host:port", ""],
)
def test_it_refuses_what_is_no_address_of_a_server(server: str) -> None:
    with pytest.raises(IsoscopeError):
        socket_url(server)


def test_a_token_may_travel_encrypted_or_within_this_machine() -> None:
    fine = ["wss://isoscope.example/", "ws://127.0.0.1:1/", "ws://127.8.8.8/", "ws://[::1]:1/", "ws://localhost/"]
    bad = ["ws://isoscope.example/", "ws://10.0.0.1/", "ws://127.0.0.1.example/", "ws://localhost.example/"]
    assert [is_private(url) for url in fine + bad] == [True] * 5 + [False] * 4


def test_pauses_grow_to_a_bound_with_jitter_and_shrink_when_it_works_again() -> None:
    backoff = Backoff(1, 8, 30)
    rounds = []
    for _ in range(300):
        backoff.reset()
        rounds.append([backoff.next_pause() for _ in range(6)])
    for pauses, full in zip(zip(*rounds, strict=True), [1, 2, 4, 8, 8, 8], strict=True):
        assert min(pauses) < full / 10 and full * 0.9 < max(pauses) <= full, "spread over the whole pause"


def test_after_a_refusal_the_pause_is_longer_once() -> None:
    backoff = Backoff(1, 8, 30)
    pauses = []
    for _ in range(300):
        backoff.use_longest()
        pauses.append((backoff.next_pause(), backoff.next_pause()))
    assert 25 < max(first for first, _ in pauses) <= 30
    assert max(second for _, second in pauses) <= 8


def test_every_reason_has_a_sentence() -> None:
    assert (
        explain(ConnectionRefusedError(111, "Connection refused"), "ws://x")[1]
        == "no connection to ws://x: Connection refused"
    )
    assert explain(ConnectionClosedError(None, None), "ws://x")[1] == "ws://x ended the connection (without a word)"
    busy = ConnectionClosedError(Close(4503, "busy"), None)
    assert explain(busy, "ws://x")[1] == "ws://x cannot store what is sent: its page and its log say why"
    taken = ConnectionClosedError(Close(4409, "another agent speaks for this host"), None)
    assert explain(taken, "ws://x")[1].startswith("another agent speaks for this host at ws://x")
    spoken_for = ConnectionClosedError(Close(4403, ""), None)
    assert explain(spoken_for, "ws://x") == (
        "spoken for",
        f"another token speaks for this host at ws://x: {GET_ANOTHER}",
    )
    assert "manage.py token --revoke" in GET_ANOTHER and "--host ID" in GET_ANOTHER
    assert explain(TimeoutError(), "ws://x")[1] == "no connection to ws://x: no answer in time"
