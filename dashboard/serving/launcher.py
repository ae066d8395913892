"""Starting everything on one machine: the server without privileges, the local agent with those it was given.

Order matters. A child that has dropped root does what needs the database. The agent is started next, while the
launcher is still root. Then the launcher drops root and starts the server. Each child's standard input is a pipe that
closes when the launcher ends in any way, and the child ends with it.

Signals: until :meth:`Launcher.take_signals` a signal ends the launcher by default, and its preparing child with it.
From then on a handler notes it, and the launcher ends its children. Children never get Ctrl-C: they block it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from django.conf import settings

from dashboard.serving.privileges import Account, become
from inspector.analysis.text.escape import write_out
from inspector.owned_folder import MOST_BYTES
from inspector.parent_pipe import end_with_parent

ROOT = Path(__file__).resolve().parents[2]
Say = Callable[[str], None]
GRACE_S = 8.0  # the children together get this long to end by themselves
BACKLOG = 1024  # connections that wait to be accepted: every agent comes back at once after a restart
AGENT_FIRST_S = 2.0  # the server outlasts the agent by up to this long, to store its last frame


class CannotStart(Exception):
    """The reason why Isoscope cannot start, as a sentence for the person who starts it."""


def listen(address: str, port: int, exact: bool) -> socket.socket:
    """A listening socket on ``port``, or, where it is taken and not ``exact``, on the next free one of twenty.

    :raises CannotStart: the port is taken, or the address is not of this machine.
    """
    for candidate in range(port, port + (1 if exact else 20)):
        try:
            return socket.create_server((address, candidate), backlog=BACKLOG)
        except PermissionError:
            raise CannotStart(f"Port {candidate} needs root; choose one above 1023 with --port.") from None
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(f"Cannot listen on {address}:{candidate}: {error.strerror}.") from None
    raise CannotStart(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}")


def as_account(account: Account | None, work: Callable[[], str | None]) -> str:
    """Do ``work`` in a child that has dropped root, or in this process if it is not root.

    :return: the short text that the work returned; it comes through a pipe, not through a file of the account.
    :raises CannotStart: the child failed; it has said why.
    """
    if account is None:
        return work() or ""
    sys.stdout.flush()
    reading, writing = os.pipe()
    answer, answering = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writing)
        _work_as(account, work, reading, answering)
    os.close(reading)
    os.close(answering)
    try:
        with os.fdopen(answer) as pipe:
            answered = pipe.read(MOST_BYTES)
        if os.waitpid(child, 0)[1] != 0:
            raise CannotStart(f"The server could not be prepared as {account.name}.")
    finally:
        os.close(writing)
    return answered


def _work_as(account: Account, work: Callable[[], str | None], parent: int, answering: int) -> NoReturn:
    """The child's part: it ends with the work, or with its parent."""
    status = 1
    try:
        end_with_parent(parent)
        become(account)
        answered = work()
        sys.stdout.flush()
        os.write(answering, (answered or "").encode())
        status = 0
    except Exception as error:
        print(f"Cannot prepare the server: {write_out(str(error))}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


class Launcher:
    """The server and the agent as children, until one signal or the server's end stops both."""

    def __init__(self, listener: socket.socket, account: Account | None, say: Say) -> None:
        self.listener = listener
        self.account = account
        self.say = say
        self.server: subprocess.Popen[bytes] | None = None
        self.agent: subprocess.Popen[bytes] | None = None
        self.stopping = False

    @property
    def url(self) -> str:
        host, port = self.listener.getsockname()[:2]
        return f"http://{host}:{port}"

    @property
    def who(self) -> str:
        return "this account" if self.account is None else self.account.name

    def take_signals(self) -> None:
        """From now on a signal ends the children and then the launcher. Call this before the first child."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)

    def start_agent(self, arguments: list[str], token: str) -> None:
        """Start the agent with the privileges we still have. The token goes through a pipe that it inherits."""
        reading, writing = os.pipe()
        with os.fdopen(writing, "w") as pipe:
            pipe.write(token)
        start = [sys.executable, str(ROOT / "manage.py"), "agent", "--server", self.url, "--exit-with-parent"]
        try:
            self.agent = spawn([*start, "--token-fd", str(reading), *arguments], reading)
        finally:
            os.close(reading)

    def give_root_up(self) -> None:
        """Drop root. From now on only the agent has it."""
        if self.account is not None:
            become(self.account)

    def start_server(self) -> None:
        """Start Daphne on the socket that is bound already."""
        number = self.listener.fileno()
        try:
            self.server = spawn(server_command("--fd", str(number)), number)
        except PermissionError:
            self.end_children()
            raise CannotStart(f"{self.who} may not run {sys.executable}; move Isoscope where it may.") from None

    def run(self) -> int:
        """Wait for a signal or the server's end; the exit status is 0 for the first and 1 for the second."""
        while not self.stopping and self.server_runs():
            self.watch_agent()
            time.sleep(0.2)
        status = 0 if self.stopping else 1
        if status:
            self.say("The server ended by itself; its messages are above.")
        self.end_children()
        return status

    def stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def server_runs(self) -> bool:
        return self.server is not None and self.server.poll() is None

    def watch_agent(self) -> None:
        """Print it once when the agent ends. The server goes on, and shows what it has."""
        if self.agent is not None and self.agent.poll() is not None and not self.stopping:
            self.say(f"The agent ended with status {self.agent.returncode}; the page stays, but shows nothing new.")
            self.agent = None

    def end_children(self) -> None:
        """Close the pipes, the agent's first. A child that does not end within the grace time is killed."""
        until = time.monotonic() + GRACE_S
        if self.agent is not None:
            hang_up(self.agent, AGENT_FIRST_S)
        if self.server is not None:
            hang_up(self.server, 0)
        for child in filter(None, (self.agent, self.server)):
            end(child, until)
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.say("Stopped.")


MAX_MESSAGE = 32 * 2**20
"""The largest websocket message taken in, in bytes: a deflated frame of 50,000 processes has some 2 MB."""


def server_command(*where: str) -> list[str]:
    """The command that serves at a socket, or an address and port, as Daphne's options name them."""
    return [
        *(sys.executable, "-m", "dashboard.serving.serve", *where, "--no-server-name"),
        *("--websocket_timeout", "-1", "--application-close-timeout", "3"),
        *("--websocket_connect_timeout", "30"),  # no shorter than an agent waits
        *("--websocket-max-message-size", str(MAX_MESSAGE), "--websocket-max-frame-size", str(MAX_MESSAGE)),
        *("--verbosity", "0", "dashboard.asgi:application"),
    ]


def spawn(command: list[str], *fds: int) -> subprocess.Popen[bytes]:
    """Start a child that Ctrl-C does not reach, not even while it starts. Closing its standard input ends it.

    It starts in the program's folder: Python imports from the current folder, which could be anybody's.
    """
    environ = os.environ | {"ISOSCOPE_DATA": str(settings.DATA_DIR)}  # it may be relative to the folder we started in
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a child inherits it; we get it later
    try:
        return subprocess.Popen(command, pass_fds=fds, stdin=subprocess.PIPE, cwd=ROOT, env=environ)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def hang_up(child: subprocess.Popen[bytes], patience_s: float) -> None:
    """Close the child's pipe, and wait a little for its end."""
    assert child.stdin is not None
    child.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience_s)


def end(child: subprocess.Popen[bytes], until: float) -> None:
    """Wait for the child; kill it if it is still there at ``until`` (monotonic) and is ours to kill."""
    try:
        child.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        try:
            child.kill()
            child.wait(1)
        except (PermissionError, subprocess.TimeoutExpired):
            print(f"Process {child.pid} does not end.", file=sys.stderr)
