"""A copy of a database that is written to is what it was at one moment."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.backup import sqlite
from dashboard.backup.archive import MalformedBackup
from dashboard.backup.sqlite import DatabaseInUse, check, copy_database, replace, size_of

ROWS = 1500  # a page each


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two tables that always hold the same, larger than a few steps of a copy."""
    path = tmp_path / "source.sqlite3"
    with opened(path) as database:
        database.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE a (n, text); CREATE TABLE b (n, text);"
        )
        add(database, ROWS)
    return path


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "STEP", 500)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        yield database


def add(database: sqlite3.Connection, many: int) -> None:
    """In one transaction, the same to both tables."""
    database.execute("BEGIN IMMEDIATE")
    for table in ("a", "b"):
        database.executemany(f"INSERT INTO {table} VALUES (?, ?)", ((n, "x" * 3000) for n in range(many)))
    database.execute("COMMIT")


def counts(path: Path) -> tuple[int, int]:
    with opened(path) as database:
        return tuple(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in "ab")  # type: ignore[return-value]


def test_what_another_program_writes_during_the_copy_is_not_in_it_and_does_not_begin_it_again(
    source: Path, tmp_path: Path
) -> None:
    steps: list[int] = []
    with opened(source) as writer:

        def write_meanwhile(size: int) -> None:
            steps.append(size)
            add(writer, 10)

        copy_database(source, tmp_path / "copy", write_meanwhile)
    assert len(steps) > 5
    assert sum(steps) == size_of(tmp_path / "copy")
    assert counts(tmp_path / "copy") == (ROWS, ROWS)
    assert counts(source) == (ROWS + 10 * len(steps),) * 2
    assert not (tmp_path / "copy-wal").exists()


def test_a_damaged_database_is_not_taken_for_a_backup(source: Path, tmp_path: Path) -> None:
    with source.open("r+b") as file:
        file.seek(4096 * 20)
        file.write(bytes(4096 * 20))
    with pytest.raises(MalformedBackup, match="damaged"):
        copy_database(source, tmp_path / "copy", lambda more: None)
    (tmp_path / "text").write_text("no database" * 1000)
    with pytest.raises(MalformedBackup, match="damaged"):
        check(tmp_path / "text")


def test_a_database_that_another_program_has_open_is_not_replaced(source: Path, tmp_path: Path) -> None:
    copy_database(source, tmp_path / "copy", lambda more: None)
    with opened(source) as other:
        other.execute("SELECT count(*) FROM a").fetchone()
        add(other, 1)
        with pytest.raises(DatabaseInUse):
            replace(source, tmp_path / "copy")
        add(other, 1)
    assert counts(source) == (ROWS + 2,) * 2
    replace(source, tmp_path / "copy")
    assert counts(source) == (ROWS,) * 2


def test_a_damaged_database_can_be_replaced_and_its_log_does_not_touch_the_new_one(
    source: Path, tmp_path: Path
) -> None:
    copy_database(source, tmp_path / "copy", lambda more: None)
    with opened(source) as other:
        add(other, 100)
        log = source.with_name(f"{source.name}-wal").read_bytes()
    source.write_bytes(b"damaged" * 1000)
    source.with_name(f"{source.name}-wal").write_bytes(log)
    replace(source, tmp_path / "copy")
    assert counts(source) == (ROWS,) * 2
