"""Isoscope as a person starts it: ``manage.py run`` in a process of its own, on a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


class Run:
    """One ``manage.py run`` on a data folder of its own."""

    program: tuple[str, ...] = ()  # instead of manage.py
    cwd: Path = ROOT

    def __init__(self, data: Path, *arguments: str, python: str = sys.executable, **environ: str) -> None:
        self.log = data.parent / f"{data.name}.log"
        self.environ = os.environ | {"ISOSCOPE_DATA": str(data)} | environ
        self.process = subprocess.Popen(
            [*(self.program or (python, "manage.py")), "run", *arguments],
            cwd=self.cwd,
            env=self.environ,
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def link(self) -> str:
        """The sign-in link, once it is printed."""
        wait_for(lambda: re.search(r"http://\S+/sign-in/\S+", self.output) or self.process.poll() is not None)
        found = re.search(r"http://\S+/sign-in/\S+", self.output)
        assert found, self.output
        return found[0]

    def url(self) -> str:
        return self.link().split("/sign-in")[0]

    def fresh_link(self) -> str:
        """Another link, as a second ``manage.py run`` on the same folder hands it out."""
        answer = subprocess.run(
            [sys.executable, "manage.py", "run"],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            check=True,
        )
        found = re.search(r"http://\S+/sign-in/\S+", answer.stdout)
        assert found, answer.stdout + answer.stderr
        return found[0]

    def children(self) -> dict[str, psutil.Process]:
        """The server and the agent."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                command = " ".join(child.cmdline())
            except (psutil.ZombieProcess, psutil.NoSuchProcess):  # one that prepared something, and has ended
                continue
            found[
                "server" if "dashboard.serving.serve" in command else "agent" if " agent " in command else command
            ] = child
        return found

    def stop(self, number: int = signal.SIGINT) -> int:
        """What Ctrl-C does: the signal goes to the whole foreground group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        return self.process.wait(30)


def wait_for(condition: Callable[[], object], seconds: float = 180) -> None:
    """Wait until something holds; long, since a busy machine is slow, and that is no fault."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def fetch(opener: urllib.request.OpenerDirector, url: str, form: bytes | None = None) -> tuple[int, str]:
    try:
        with opener.open(url, form, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def redeem(opener: urllib.request.OpenerDirector, link: str) -> tuple[int, str]:
    """What a person does with a sign-in link: open it, and press its button. An earlier version has no button."""
    status, page = fetch(opener, link)
    if 'id="use-link"' not in page:
        return status, page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    return fetch(opener, link, urllib.parse.urlencode({"csrfmiddlewaretoken": token[1]}).encode())


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
