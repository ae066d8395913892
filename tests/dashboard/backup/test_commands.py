"""The commands: an error is said in one line, and leaves nothing half done."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from dashboard.backup.archive import Writer
from dashboard.management.commands import backup as command
from tests.support.commands import run

ERRORS = [
    OSError(28, "No space left on device"),
    sqlite3.OperationalError("database or disk is full"),
    psycopg.OperationalError("server closed the connection unexpectedly"),
]


@pytest.fixture(autouse=True)
def no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.management.commands.backup.signal.signal", lambda *given: None)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_midway_is_said_and_what_was_written_is_removed(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(writer: Writer, folder: Path, say: object) -> None:
        writer.add("half", [b"x" * 1000])
        (folder / "copy").write_text("half")
        raise error

    monkeypatch.setattr("dashboard.backup.backup.write", fail)
    (tmp_path / "file").write_text("the last backup")
    status, _, said = run("backup", str(tmp_path / "file"))
    assert status == 2
    assert said.startswith("No backup was made: ") and len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "the last backup"


def test_a_backup_that_is_told_to_end_ends_so_that_it_cleans_up() -> None:
    with pytest.raises(SystemExit) as ended:
        command.end(15, None)
    assert ended.value.code == 143
