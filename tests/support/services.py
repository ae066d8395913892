"""PostgreSQL and Redis for real: servers of the tests' own, from Debian's packages, gone when the tests are.

``python -m tests.support.services ARGUMENT…`` runs pytest with these arguments on a PostgreSQL server of its own.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path("/usr/lib/postgresql")


def postgresql_folder() -> Path | None:
    """Where the programs of the newest PostgreSQL are; Debian keeps ``initdb`` and ``postgres`` off the PATH."""
    found = shutil.which("postgres")
    versions = sorted(PACKAGES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else versions[-1].parent if versions else None


def lacks_postgresql() -> str:
    return "" if postgresql_folder() else "PostgreSQL is not installed (Debian: postgresql)"


def lacks_redis() -> str:
    return "" if shutil.which("redis-server") else "Redis is not installed (Debian: redis-server)"


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server on loopback with an empty database; its URL as ``ISOSCOPE_DATABASE_URL`` takes it."""
    programs, port = postgresql_folder(), free_port()
    assert programs is not None, lacks_postgresql()
    with folder_of("postgres") as (folder, account):
        data = str(folder / "data")
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "isoscope", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            capture_output=True, text=True, cwd=folder, **account,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off"}
        command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
        ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "isoscope"]
        with running(command, folder, account, lambda: subprocess.run(ready).returncode == 0):
            yield f"postgresql://isoscope@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def redis(port: int | None = None) -> Iterator[str]:
    """A Redis server on loopback that keeps nothing; its URL as ``ISOSCOPE_REDIS_URL`` takes it."""
    port = port or free_port()
    with redis_process(port):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def redis_process(port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with folder_of("redis") as (folder, account), running(command, folder, account, lambda: answers(port)) as process:
        yield process


@contextlib.contextmanager
def folder_of(name: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder for a server that will not run as root, and how to start a program as the account it belongs to."""
    with tempfile.TemporaryDirectory(prefix=f"isoscope-{name}-") as text:
        if os.geteuid() != 0:
            yield Path(text), {}
            return
        account = pwd.getpwnam(name)
        os.chown(text, account.pw_uid, account.pw_gid)
        yield Path(text), {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running(
    command: list[Any], folder: Path, account: dict[str, Any], ready: Callable[[], bool]
) -> Iterator[subprocess.Popen[bytes]]:
    """The server from the moment it answers until the block ends."""
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **account)
    try:
        end = time.monotonic() + 60
        while not ready():
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL: end the sessions, then yourself
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


def answers_http(port: int) -> bool:
    """Whether anything listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def main(arguments: list[str]) -> int:
    """Pytest on PostgreSQL; without it: a failure where ``CI=true``, elsewhere a sentence that says why not."""
    if reason := lacks_postgresql():
        print(f"not run on PostgreSQL: {reason}", flush=True)
        return 1 if os.environ.get("CI") == "true" else 0
    with postgresql() as url:
        # Threads of Django's async ORM keep connections; they end with the server, so dropping its database may fail.
        quiet = "ignore:Error when trying to teardown test databases"
        command = [sys.executable, "-m", "pytest", "-W", quiet, *arguments]
        return subprocess.run(command, cwd=ROOT, env=os.environ | {"ISOSCOPE_DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
