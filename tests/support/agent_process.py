"""The agent as a process of its own, of this version or another, and what its spool holds."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.support.installation import Installation
from tests.support.running import ROOT


class AgentProcess:
    """One agent's data folder and log; the program may change between two starts."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        self.installation = installation
        self.folder = folder
        self.log = folder.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, root: Path = ROOT) -> None:
        command = [
            *(sys.executable, "manage.py", "agent", "--server", self.installation.url, "--no-docker"),
            *("--token-file", str(self.installation.data / "token"), "--data", str(self.folder)),
            *("--interval", "1", "--full-scan", "5"),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=root, env=self.installation.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def output(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def spooled(self) -> list[int]:
        """The numbers of the undelivered frames."""
        path = f"file:{self.folder / 'agent-spool.sqlite3'}?mode=ro"
        with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(path, uri=True)) as db:
            return [seq for (seq,) in db.execute("SELECT seq FROM frames ORDER BY seq")]
        return []
