"""The larger set-up, a server on PostgreSQL and Redis, each of which may be killed and started again."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol

from tests.support.database_server import DatabaseServer
from tests.support.installation import Installation
from tests.support.running import free_port
from tests.support.services import folder_of, redis_process

PATIENCE_S: Final = 300.0


class Victim(Protocol):
    """What is killed and started again."""

    def start(self) -> object: ...

    def kill(self) -> None: ...


class Service:
    """A server of another project's, by the context in which it runs."""

    def __init__(self, run: Callable[[], contextlib.AbstractContextManager[subprocess.Popen[bytes]]]) -> None:
        self.run = run
        self.context = ExitStack()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it left behind when it was killed may be in its way for a moment."""
        end = time.monotonic() + PATIENCE_S
        while self.process is None:
            try:
                self.process = self.context.enter_context(self.run())
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.context.close()
            self.process = None


@contextlib.contextmanager
def larger(folder: Path) -> Iterator[tuple[Installation, dict[str, Victim]]]:
    """A server on PostgreSQL and Redis, all of which run."""
    with folder_of("postgres") as (place, account):
        database, port = DatabaseServer(place, account), free_port()
        services = {"PostgreSQL": Service(database.run), "Redis": Service(lambda: redis_process(port))}
        for service in services.values():
            service.start()
        database.do("CREATE ROLE isoscope LOGIN", "CREATE DATABASE isoscope OWNER isoscope")
        installation = Installation(
            folder / "data",
            ISOSCOPE_DATABASE_URL=database.url("isoscope", "isoscope"),
            ISOSCOPE_REDIS_URL=f"redis://127.0.0.1:{port}/0",
        )
        installation.patience_s = PATIENCE_S
        installation.prepare()
        installation.start()
        try:
            yield installation, dict(services)
        finally:
            installation.end()
            for service in services.values():
                service.kill()
