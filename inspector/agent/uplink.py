"""The agent's connection to its server: one websocket, one message in flight, backoff while it is unreachable.

The agent takes no orders. The only messages it reads from the server are :class:`inspector.protocol.frames.Welcome`
and :class:`inspector.protocol.frames.Ack`.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import random
import secrets
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, reconnect

from inspector.agent.loop import Agent
from inspector.agent.outbox import Message
from inspector.errors import IsoscopeError, MalformedFrame
from inspector.facts.since import FIRST
from inspector.protocol.close_codes import BUSY, REVOKED, SPOKEN_FOR, TAKEN
from inspector.protocol.frames import Ack, Welcome, decode_ack, decode_greeting
from inspector.protocol.schema import OURS, Hello

log = logging.getLogger("isoscope.agent")

A = TypeVar("A", bound=Welcome | Ack)

MAX_ANSWER_BYTES: Final = 2**16
ANSWER_S: Final = 60.0
"""How long the server may take to store a frame, or to read one."""

HANDSHAKE_S: Final = 25.0
"""How long the server may take to admit this agent while many connect at once; the server stops after 30 s."""

TOO_BIG: Final = 1009  # close code; see RFC 6455, section 7.4.1

GET_ANOTHER: Final = (
    "have it revoked there (manage.py token --revoke), or use one that was made for this host by its id "
    "(manage.py token NAME --host ID)"
)
"""What helps an agent whose token was made for no host."""

UNREACHED: Final = (OSError, WebSocketException, ImportError)
"""Errors of the network, TLS, the handshake or the connection; ImportError: a proxy needs a missing module."""


class Backoff:
    """Exponential backoff with full jitter: agents whose server comes back are spread over the whole pause.

    :param longest: seconds of the longest pause; no agent is later than that when its server is back.
    :param refused: seconds of the pause after a refusal.
    """

    def __init__(self, first: float = 1.0, longest: float = 4.0, refused: float = 30.0) -> None:
        self.first, self.longest, self.refused = first, longest, refused
        self._next = first

    def next_pause(self) -> float:
        """Seconds to wait now, at most the pause; the next pause is twice as long."""
        pause, self._next = self._next, max(self.first, min(self._next * 2, self.longest))
        return random.uniform(0.0, pause)  # noqa: S311

    def use_longest(self) -> None:
        """Use the pause after a refusal next: nothing will change soon."""
        self._next = self.refused

    def reset(self) -> None:
        """Start again with the shortest pause."""
        self._next = self.first


class Uplink:
    """Delivers an agent's messages in order, until the agent stops.

    :param url: what :func:`socket_url` made of the server's address.
    :param token: sent as ``Authorization: Bearer``, and nowhere else.
    """

    def __init__(
        self, agent: Agent, url: str, token: str, backoff: Backoff | None = None, answer_s: float = ANSWER_S
    ) -> None:
        self._agent = agent
        self._url = url
        self._token = token
        self._backoff = backoff or Backoff()
        self._answer_s = answer_s
        self._name = secrets.token_hex(8)  # of this run: by it the server recognises a reconnecting agent
        self._last_logged = ""
        self._setbacks = 0  # consecutive messages that the server did not store
        self._spoke_at = 0.0  # when the last message was acknowledged
        self._live: ClientConnection | None = None

    def run(self) -> None:
        """Connect, deliver, connect again, until the agent stops."""
        self._agent.first_scan_done.wait()
        while not self._agent.stopped.is_set():
            try:
                self.connect_once()
            except UNREACHED as error:
                self._explain(error)
            except Exception:
                log.exception("delivering failed unexpectedly; trying again")
            self._agent.stopped.wait(self._backoff.next_pause())

    def connect_once(self, until_empty: bool = False) -> None:
        """One connection: read the server's ``seq``, then deliver until the connection ends or the agent stops.

        :param until_empty: end also when nothing is left.
        :raises OSError: not reachable, or no answer in time.
        :raises WebSocketException: refused, or the connection was lost.
        :raises IsoscopeError: with ``until_empty``, the server does not store what is sent.
        """
        with self._open() as connection:
            self._agree(self._read_answer(connection, decode_greeting))
            while not self._agent.stopped.is_set():
                self._agent.has_messages.clear()
                if until_empty and self._setbacks > 2:
                    raise IsoscopeError("the server does not keep what is sent to it")
                if self._step(connection):
                    continue
                if until_empty:
                    return
                if not self._agent.has_messages.wait(1.0) and self._is_quiet():
                    self._agent.keep_alive()
                if connection.close_code is not None:
                    connection.recv(timeout=0)  # raises what ended it

    def _agree(self, greeting: Welcome | Ack) -> None:
        """Agree on a schema, and on the server's ``seq``."""
        server = Hello("", FIRST) if isinstance(greeting, Ack) else Hello(greeting.version, greeting.schema)
        self._agent.speak(server.schema)
        self._agent.most_frames = 0 if isinstance(greeting, Ack) else greeting.batch
        self._agent.handle_ack(Ack(greeting.seq))
        text = f"connected to {self._url}, Isoscope {server.version or 'of an unknown version'}"
        self._log_once("connected", logging.INFO, text)

    def abort(self) -> None:
        """Close the connection at once."""
        live = self._live
        if live is not None:
            with contextlib.suppress(OSError):
                live.close_socket()

    def _step(self, connection: ClientConnection) -> bool:
        """Send one message and read its answer. ``False``: there is nothing to send."""
        message = self._agent.next_message()
        if message is None:
            return False
        began = time.monotonic()
        ack = self._exchange(connection, message)
        self._spoke_at = time.monotonic()
        if message.frames:
            self._agent.pace.measured(message.frames, self._spoke_at - began)
        if self._agent.handle_ack(ack, message):
            self._backoff.reset()
            self._setbacks = 0
        else:
            self._setbacks += 1
            self._agent.stopped.wait(self._backoff.next_pause())
        return True

    def _is_quiet(self) -> bool:
        """Whether nothing was sent for longer than a heartbeat should take: a scan takes long."""
        return time.monotonic() - self._spoke_at > 1.5 * self._agent.interval

    def _exchange(self, connection: ClientConnection, message: Message) -> Ack:
        self._drain(connection)
        try:
            connection.send(message.packed)
            return self._read_answer(connection, decode_ack)
        except ConnectionClosed as closed:
            if _close_code(closed) == TOO_BIG and message.seq is not None:
                log.error("a frame of %d bytes is too big for the server", len(message.packed))
                self._agent.request_reset()
            raise

    def _read_answer(self, connection: ClientConnection, decode: Callable[[str | bytes], A]) -> A:
        """The server's next message of the kind that is expected. Others are ignored.

        :raises TimeoutError: none came in time.
        """
        deadline = time.monotonic() + self._answer_s
        while True:
            message = connection.recv(timeout=max(0.0, deadline - time.monotonic()))
            try:
                return decode(message)
            except MalformedFrame as error:
                self._ignore(str(error))

    def _drain(self, connection: ClientConnection) -> None:
        """Discard unrequested messages, so that the next answer belongs to the next message."""
        with contextlib.suppress(TimeoutError):
            while True:
                connection.recv(timeout=0)
                self._ignore("it was not requested")

    def _ignore(self, why: str) -> None:
        self._log_once("stray", logging.WARNING, f"ignored a message of the server, the agent takes no orders: {why}")

    def _query(self) -> str:
        told = {"host": self._agent.machine_id, "agent": self._name, "interval": f"{self._agent.interval:g}"}
        return urlencode(told | {"version": OURS.version, "schema": OURS.schema}, quote_via=quote)

    @contextlib.contextmanager
    def _open(self) -> Iterator[ClientConnection]:
        connecter = _NoRedirect(
            f"{self._url}?{self._query()}",
            additional_headers={"Authorization": f"Bearer {self._token}"},
            user_agent_header="isoscope-agent",
            compression=None,  # frames are deflated already
            proxy=None if is_loopback(self._url) else True,
            open_timeout=HANDSHAKE_S,
            close_timeout=0.3,
            max_size=MAX_ANSWER_BYTES,
        )
        with connecter.connect() as connection:
            with contextlib.suppress(OSError):  # if it is closed already, the next read raises the reason
                connection.socket.settimeout(self._answer_s)  # a server that does not read must not block for ever
            self._live = connection
            self._agent.connected.set()
            try:
                yield connection
            finally:
                self._agent.connected.clear()
                self._live = None

    def _explain(self, error: Exception) -> None:
        """Log why there is no connection: once per reason, not once per try."""
        if is_token_refused(error):
            self._backoff.use_longest()
        if not self._agent.stopped.is_set():
            kind, text = explain(error, self._url)
            self._log_once(kind, logging.WARNING, f"{text}; the host is still scanned, and what is found is kept")

    def _log_once(self, state: str, level: int, text: str) -> None:
        if state != self._last_logged:
            self._last_logged = state
            log.log(level, "%s", text)


class _NoRedirect(reconnect):
    """Follows no redirects: frames go to the given address only."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


def is_token_refused(error: Exception) -> bool:
    """Whether the server refused the token, in the handshake or later."""
    if isinstance(error, InvalidStatus):
        return error.response.status_code in (401, 403)
    return isinstance(error, ConnectionClosed) and _close_code(error) in (REVOKED, SPOKEN_FOR)


def explain(error: Exception, url: str) -> tuple[str, str]:
    """Why an agent is not connected: the kind of reason, and a sentence."""
    if isinstance(error, ConnectionClosed) and _close_code(error) == SPOKEN_FOR:
        return "spoken for", f"another token speaks for this host at {url}: {GET_ANOTHER}"
    if is_token_refused(error):
        return "token", f"{url} does not accept this agent's token: give a valid one (--token-file, ISOSCOPE_TOKEN)"
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        return f"status {status}", f"{url} answers with HTTP {status} where a websocket was expected"
    if isinstance(error, ssl.SSLError):
        return "tls", f"the connection to {url} is not secure: {error}"
    if isinstance(error, TimeoutError):
        return "away", f"no connection to {url}: no answer in time"
    if isinstance(error, ConnectionClosed) and _close_code(error) == TAKEN:
        return (
            "taken",
            f"another agent speaks for this host at {url}: is one running already, or a copy of this host?",
        )
    if isinstance(error, ConnectionClosed) and _close_code(error) == BUSY:
        return "busy", f"{url} cannot store what is sent: its page and its log say why"
    if isinstance(error, ConnectionClosed):
        ending = f"{error.rcvd.code} {error.rcvd.reason}".strip() if error.rcvd else "without a word"
        return "away", f"{url} ended the connection ({ending})"
    reason = error.strerror if isinstance(error, OSError) else None
    return "away", f"no connection to {url}: {reason or str(error) or type(error).__name__}"


def socket_url(server: str) -> str:
    """The websocket address of a server given as ``http(s)://`` or ``ws(s)://``.

    :raises IsoscopeError: not such an address, or one that carries a password or a query.
    """
    try:
        parts = urlsplit(server)
        port = parts.port
    except ValueError as error:
        raise IsoscopeError(f"{server} is no server address: {error}") from error
    scheme = {"http": "ws", "ws": "ws", "https": "wss", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise IsoscopeError(f"{server} is no server address; give one such as http://127.0.0.1:8000")
    if parts.username is not None or parts.query or parts.fragment:
        raise IsoscopeError("the server's address takes neither a password nor a query")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{name}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}/ws/agent"


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's own, judged without asking a name server."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def is_private(url: str) -> bool:
    """Whether a token sent there cannot be read on the way."""
    return urlsplit(url).scheme == "wss" or is_loopback(url)


def _close_code(closed: ConnectionClosed) -> int | None:
    return None if closed.rcvd is None else closed.rcvd.code
