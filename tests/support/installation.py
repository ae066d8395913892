"""A whole Isoscope of the tests' own: real server processes on a data folder, and agents and pages that use them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from dashboard.accounts.secrets import keep_secret_key
from dashboard.serving.launcher import MAX_MESSAGE
from inspector.agent.loop import Agent
from inspector.agent.spool import Spool
from inspector.agent.uplink import Backoff, Uplink, socket_url
from inspector.facts.types import HostState
from tests.support.raw_http import ask
from tests.support.running import redeem, wait_for
from tests.support.script_agent import Script
from tests.support.states import HOST

ROOT = Path(__file__).resolve().parents[2]
MACHINE = HOST.machine_id


class Installation:
    """One data folder, one port, and the server process there, which may be killed and started again.

    :param within: a command in front of every other, such as one that enters a mount namespace.
    :param root: the folder of the program, which may be of another version.
    """

    def __init__(self, data: Path, within: tuple[str, ...] = (), root: Path = ROOT, **environ: str) -> None:
        self.data = data
        self.within = within
        self.root = root
        self.environ = os.environ | {"ISOSCOPE_DATA": str(data), "ISOSCOPE_DATABASE_URL": ""} | environ
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.log = data.parent / f"{data.name}-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.patience_s = 60.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def manage(self, *arguments: str) -> str:
        """What a command of ``manage.py`` prints."""
        command = [*self.within, sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=self.root, env=self.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def prepare(self) -> None:
        """What ``manage.py run`` does before it starts the server; an agent's token and a sign-in link stay there."""
        self.data.mkdir(mode=0o700, exist_ok=True)
        keep_secret_key(self.data)
        self.manage("migrate", "--skip-checks", "-v", "0")
        self.manage("collectstatic", "--no-input", "--skip-checks", "-v", "0")
        (self.data / "token").write_text(self.manage("token", "of-the-tests"))
        (self.data / "link").write_text(self.manage("invite", "ann", "--administrator", "--url", "http://server"))

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as :class:`dashboard.serving.launcher.Launcher` does, and wait until it answers."""
        number, size = self.listener.fileno(), str(MAX_MESSAGE)
        command = [
            *(*self.within, sys.executable, "-m", "dashboard.serving.serve", "--fd", str(number), "--no-server-name"),
            *("--websocket_timeout", "-1", "--application-close-timeout", "3", "--verbosity", "0"),
            *("--websocket-max-message-size", size, "--websocket-max-frame-size", size, "dashboard.asgi:application"),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.root,
                env=self.environ,
                pass_fds=[number],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        wait_for(self.answers, self.patience_s)
        return self.process

    def answers(self) -> bool:
        assert self.process is not None and self.process.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError):
            return ask(self.port, "GET", "/sign-in").status < 500
        return False

    def kill(self) -> None:
        """SIGKILL, whatever the server is doing."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process = None

    def end(self) -> None:
        self.kill()
        self.listener.close()

    def another(self) -> Installation:
        """A second server process, not started yet, on the same folder and database."""
        return Installation(self.data, self.within, ISOSCOPE_DATABASE_URL=self.database)

    @property
    def database(self) -> str:
        """The URL of the database; empty for SQLite in the data folder."""
        return self.environ["ISOSCOPE_DATABASE_URL"]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What another program reads in the database."""
        if self.database:
            with psycopg.connect(self.database) as connection:
                return connection.execute(query).fetchall()
        path = f"file:{self.data / 'isoscope.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as connection:
            return connection.execute(query).fetchall()

    def visitor(self) -> Visitor:
        return Visitor(self.url, (self.data / "link").read_text().replace("http://server", self.url))

    def agent(self, folder: Path, *states: HostState | Exception, token: str = "") -> ScriptedAgent:
        return ScriptedAgent(self.url, token or (self.data / "token").read_text(), folder, *states)


class ScriptedAgent:
    """The agent and its uplink as they are; only what it sees is written beforehand."""

    def __init__(self, url: str, token: str, folder: Path, *states: HostState | Exception) -> None:
        self.script = Script(*states)
        self.agent = Agent(self.script, Spool(folder), socket_url(url), interval=5)
        self.uplink = Uplink(self.agent, socket_url(url), token, Backoff(0.05, 0.3))
        self.thread = threading.Thread(target=self.uplink.run, daemon=True)

    def see(self, *states: HostState) -> None:
        """Look at the host once for each of these states."""
        for state in states:
            self.script.states = [state]
            assert self.agent.full_scan() is not None

    def start(self) -> ScriptedAgent:
        self.thread.start()
        return self

    def undelivered(self) -> int:
        return self.agent.spool.count()

    def deliver_all(self) -> None:
        wait_for(lambda: self.undelivered() == 0)

    def stop(self) -> None:
        self.agent.stop()
        self.uplink.abort()
        if self.thread.is_alive():
            self.thread.join(30)
        self.agent.spool.close()

    def __enter__(self) -> ScriptedAgent:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()


class Visitor:
    """A person who has signed in: pages over HTTP, and the page's websocket."""

    def __init__(self, url: str, link: str) -> None:
        self.url = url
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        redeem(self.opener, link)
        assert any(cookie.name == "isoscope_session" for cookie in self.jar)

    def get(self, address: str) -> bytes:
        with self.opener.open(address if "://" in address else self.url + address, timeout=60) as answer:
            return bytes(answer.read())

    def hosts(self) -> list[dict[str, Any]]:
        return list(json.loads(self.get("/api/v1/hosts")))

    def seq(self, machine_id: str = MACHINE) -> int:
        """How far history has come; 0 where the host is not known."""
        return next((int(host["seq"]) for host in self.hosts() if host["id"] == machine_id), 0)

    def state(self, seq: int | None = None, machine_id: str = MACHINE) -> HostState:
        at = "" if seq is None else f"?at={seq}"
        return msgspec.json.decode(self.get(f"/api/v1/hosts/{machine_id}/state{at}"), type=HostState)

    def upload(self, file: bytes) -> int:
        """Import a file as an administrator does on the page, which was opened before; return the answer's status."""
        token = next(str(cookie.value) for cookie in self.jar if cookie.name == "csrftoken")
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="f.gz"\r\n\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRFToken": token, "Origin": self.url}
        body = head + file + b"\r\n--x--\r\n"
        try:
            asked = urllib.request.Request(f"{self.url}/api/v1/import", body, headers)
            with self.opener.open(asked, timeout=600) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    @contextlib.contextmanager
    def page(self, seq: int, url: str = "", machine_id: str = MACHINE) -> Iterator[Page]:
        """The websocket of a page that holds the state at ``seq``."""
        here = url or self.url
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        address = f"{here.replace('http', 'ws', 1)}/ws/hosts/{machine_id}?seq={seq}"
        with connect(address, origin=Origin(here), additional_headers={"Cookie": cookies}, max_size=2**26) as line:
            yield Page(line)


class Page:
    """What a page hears."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line

    def hear(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The next message that is wanted; others are passed over."""
        end = time.monotonic() + seconds
        while True:
            message = json.loads(self.line.recv(timeout=max(0.0, end - time.monotonic())))
            if wanted(message):
                return dict(message)

    def hear_trouble(self) -> dict[str, Any]:
        return self.hear(lambda message: message["type"] == "trouble" and message["text"] is not None)

    def hear_that_it_is_over(self) -> None:
        self.hear(lambda message: message["type"] == "trouble" and message["text"] is None)


def copy_of(template: Path, data: Path) -> Path:
    """A data folder like the one that was prepared; what never changes is shared with it."""
    shutil.copytree(template, data, ignore=shutil.ignore_patterns("static"))
    (data / "static").symlink_to(template / "static")
    return data
