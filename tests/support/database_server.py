"""A PostgreSQL server of a test's own that gets into trouble: stopped, crowded, strict, read-only, on a full disk."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.support.running import wait_for
from tests.support.services import folder_of, free_port, postgresql_folder, running

CONNECTIONS = 20
DISK = 64 * 2**20  # bytes of the small disk


class DatabaseServer:
    """The server; it runs while :meth:`run` lasts. The tests are its superuser, Isoscope is an ordinary user."""

    def __init__(self, folder: Path, account: dict[str, Any]) -> None:
        self.folder = folder
        self.account = account
        self.port = free_port()
        programs = postgresql_folder()
        assert programs is not None
        self.programs = programs
        self.data = folder / "data"
        command: list[Any] = [
            programs / "initdb",
            "-D",
            self.data,
            "-U",
            "tests",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        made = subprocess.run(command, capture_output=True, text=True, cwd=folder, **account)
        assert made.returncode == 0, made.stderr

    @contextlib.contextmanager
    def run(self) -> Iterator[subprocess.Popen[bytes]]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "max_connections": CONNECTIONS,
        }
        command: list[Any] = [
            self.programs / "postgres",
            "-D",
            self.data,
            *(f"--{key}={value}" for key, value in options.items()),
        ]
        ready = [str(self.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        with running(command, self.folder, self.account, lambda: subprocess.run(ready).returncode == 0) as process:
            yield process

    def url(self, name: str = "postgres", user: str = "tests") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def do(self, *statements: str) -> None:
        """Run statements as the superuser, over the server's own socket, which no trouble closes."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="tests", dbname="postgres", autocommit=True
        ) as session:
            for statement in statements:
                session.execute(statement)

    def cut(self) -> None:
        """End every session of Isoscope, so that it has to connect again."""
        self.do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'isoscope'")

    @contextlib.contextmanager
    def crowded(self) -> Iterator[None]:
        """Other programs hold every connection that an ordinary user may have."""
        self.do("CREATE ROLE others LOGIN")
        with contextlib.ExitStack() as held:
            self.cut()
            for _ in range(200):
                try:
                    held.enter_context(psycopg.connect(self.url(user="others")))
                except psycopg.OperationalError:
                    self.cut()
                    if self.others() >= CONNECTIONS - 3:
                        break
            try:
                yield
            finally:
                held.close()
                wait_for(lambda: not self.others())
                self.do("DROP ROLE others")

    def others(self) -> int:
        with psycopg.connect(host=str(self.folder), port=self.port, user="tests", dbname="postgres") as session:
            row = session.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'others'").fetchone()
        return int(row[0]) if row else 0

    @contextlib.contextmanager
    def strict(self) -> Iterator[None]:
        """The server wants a password from Isoscope."""
        rules = self.data / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f"host all isoscope all scram-sha-256\n{before}")
        self.do("ALTER ROLE isoscope PASSWORD 'another'", "SELECT pg_reload_conf()")
        self.cut()
        try:
            yield
        finally:
            rules.write_text(before)
            self.do("SELECT pg_reload_conf()")

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """The server takes no changes, as one that follows another does not."""
        self.do("ALTER ROLE isoscope SET default_transaction_read_only = on")
        self.cut()
        try:
            yield
        finally:
            self.do("ALTER ROLE isoscope RESET default_transaction_read_only")
            self.cut()

    @contextlib.contextmanager
    def full(self, disk: Path) -> Iterator[None]:
        """The disk on which the database lies has not a byte left."""
        filler = disk / "filler"
        with filler.open("ab", buffering=0) as file:
            for size in (2**20, 4096):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass
            try:
                yield
            finally:
                filler.unlink()


@contextlib.contextmanager
def database_server() -> Iterator[DatabaseServer]:
    """A server that was made, and does not run yet."""
    with folder_of("postgres") as (folder, account):
        yield DatabaseServer(folder, account)


@contextlib.contextmanager
def small_disk(server: DatabaseServer) -> Iterator[Path]:
    """A file system of few bytes that belongs to the server's account; needs root."""
    place = server.folder / "disk"
    place.mkdir()
    owner = f"uid={server.account.get('user', os.geteuid())},gid={server.account.get('group', os.getegid())}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700,{owner}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
