"""A backup that is made under load, and what becomes of it: on SQLite, and on PostgreSQL."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.installation import Installation, ScriptedAgent, Visitor
from tests.support.numbered_states import some_state
from tests.support.running import ROOT, wait_for
from tests.survive.conftest import DATABASES, make_database

EARLIER = ("0001_history", "0004_room_is_given_back")

INSERT = "INSERT INTO inspector_value (kind, digest, body) VALUES (0, '{0}', '{0}')"

Beside = Callable[[str], Installation]


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def beside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Beside]:
    """Makes installations on data folders and databases of their own, which hold nothing yet."""
    made: list[Installation] = []

    def make(name: str) -> Installation:
        url = "" if kind_of(request) == "sqlite" else new_database(request, name)
        made.append(Installation(tmp_path / name / "data", ISOSCOPE_DATABASE_URL=url))
        made[-1].data.mkdir(parents=True)
        (made[-1].data / "static").symlink_to(request.getfixturevalue("template") / "static")
        return made[-1]

    yield make
    for installation in made:
        installation.end()


def kind_of(request: pytest.FixtureRequest) -> str:
    callspec = request.node.callspec.params
    return str(callspec.get("installation", callspec.get("kind")))


def new_database(request: pytest.FixtureRequest, name: str) -> str:
    server = request.getfixturevalue("cluster")[1]
    name = f"{name}_{abs(hash(request.node.nodeid))}"
    make_database(f"{server}/postgres", name)
    return f"{server}/{name}"


@contextlib.contextmanager
def recording(agent: ScriptedAgent) -> Iterator[list[Any]]:
    """Frames come as fast as they are stored, for as long as the block lasts; what the agent saw."""
    seen: list[Any] = []
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            seen.append(some_state(len(seen)))
            agent.see(seen[-1])
            wait_for(lambda: agent.undelivered() < 3)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield seen
    finally:
        enough.set()
        thread.join()


def fails(installation: Installation, *arguments: str) -> str:
    """What a command says that ends with status 2."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=installation.environ, capture_output=True, text=True)
    assert done.returncode == 2, done.stdout + done.stderr
    return done.stderr


def sign_in(installation: Installation) -> Visitor:
    return Visitor(installation.url, installation.manage("invite", "ann", "--url", installation.url))


def test_a_backup_that_is_made_while_frames_are_recorded_restores_to_what_was_recorded(
    installation: Installation, visitor: Visitor, beside: Beside, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    with installation.agent(tmp_path / "agent") as agent:
        with recording(agent) as seen:
            wait_for(lambda: visitor.seq() > 5)
            before = visitor.seq()
            installation.manage("backup", str(file))
            after = visitor.seq()
        agent.deliver_all()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert before < after, "nothing was recorded meanwhile"
    restored = beside("restored")
    restored.manage("restore", str(file))
    restored.start()
    there = sign_in(restored)
    held = there.seq()
    assert before <= held <= after
    assert [there.state(seq) for seq in range(1, held + 1)] == seen[:held]
    assert key_of(restored) == key_of(installation)
    go_on(restored, there, installation, tmp_path)


def key_of(installation: Installation) -> str:
    path = installation.data / "secret-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text()


def go_on(restored: Installation, there: Visitor, original: Installation, folder: Path) -> None:
    """The agent's token is good at the restored server, and what it sees is recorded after what was restored."""
    held = there.seq()
    with restored.agent(folder / "second", token=(original.data / "token").read_text()) as agent:
        agent.see(some_state(1000))
        agent.deliver_all()
        wait_for(lambda: there.seq() > held)
    assert there.state() == some_state(1000)


def test_nothing_is_overwritten_unless_that_is_said_and_never_under_a_server_that_runs(
    installation: Installation, visitor: Visitor, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    with installation.agent(tmp_path / "agent") as agent:
        agent.see(some_state(1))
        agent.deliver_all()
        installation.manage("backup", str(file))
        agent.see(some_state(2))
        agent.deliver_all()
    assert "Stop the server" in fails(installation, "restore", "--replace", str(file))
    assert visitor.state() == some_state(2)
    installation.kill()
    assert "--replace" in fails(installation, "restore", str(file))
    assert "complete" in installation.manage("restore", "--check", str(file))
    damage(tmp_path / "damaged", file)
    assert "damaged" in fails(installation, "restore", "--replace", str(tmp_path / "damaged"))
    assert installation.rows("SELECT last_seq FROM inspector_host") == [(2,)]
    installation.manage("restore", "--replace", str(file))
    installation.start()
    assert sign_in(installation).state() == some_state(1)


def damage(path: Path, file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)


@pytest.mark.parametrize("migration", EARLIER)
@pytest.mark.parametrize("kind", DATABASES, indirect=True)
def test_a_backup_of_an_earlier_schema_is_restored_and_migrated(
    kind: str, beside: Beside, tmp_path: Path, migration: str
) -> None:
    old, new, file = beside("old"), beside("new"), str(tmp_path / "backup")
    old.manage("migrate", "dashboard", "-v", "0", "--skip-checks")
    old.manage("migrate", "inspector", migration, "-v", "0", "--skip-checks")
    change(old, INSERT.format(1), INSERT.format(2))
    change(old, "DELETE FROM inspector_value WHERE id = 2")
    old.manage("backup", file)
    new.manage("restore", file)
    new.manage("migrate", "--check", "--skip-checks")
    change(new, INSERT.format(3))
    assert new.rows("SELECT id FROM inspector_value ORDER BY id") == [(1,), (3,)], "a number was given twice"


@pytest.mark.parametrize("kind", DATABASES, indirect=True)
def test_a_backup_of_a_later_schema_is_refused_and_an_earlier_one_replaces_a_later_database(
    kind: str, beside: Beside, tmp_path: Path
) -> None:
    here, there = beside("here"), beside("there")
    earlier, later = str(tmp_path / "earlier"), str(tmp_path / "later")
    here.manage("migrate", "-v", "0", "--skip-checks")
    here.manage("backup", earlier)
    change(
        here,
        "CREATE TABLE inspector_later (id integer PRIMARY KEY)",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('inspector', '0099_later', '2036-01-01')",
    )
    here.manage("backup", later)
    said = fails(there, "restore", later)
    assert "later Isoscope" in said and "0099_later" in said
    assert not (there.data / "isoscope.sqlite3").exists()
    here.manage("restore", "--replace", earlier)
    assert here.rows("SELECT count(*) FROM django_migrations WHERE name = '0099_later'") == [(0,)]
    here.manage("migrate", "--check", "--skip-checks")


def change(installation: Installation, *statements: str) -> None:
    """What another program writes to the database."""
    if installation.database:
        with psycopg.connect(installation.database) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
        return
    with contextlib.closing(sqlite3.connect(installation.data / "isoscope.sqlite3")) as database, database:
        for statement in statements:
            database.execute(statement)


def test_it_says_what_stands_in_the_way(tmp_path: Path) -> None:
    empty = Installation(tmp_path / "data")
    empty.listener.close()
    file = tmp_path / "backup"
    assert "no database" in fails(empty, "backup", str(file))
    assert "No such file" in fails(empty, "restore", str(file))
    assert "No such file" in fails(empty, "backup", str(tmp_path / "nowhere" / "backup"))
    assert not list(tmp_path.glob(".*")) and not file.exists()
    assert not (tmp_path / "data" / "isoscope.sqlite3").exists()
