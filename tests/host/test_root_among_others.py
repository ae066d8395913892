"""Commands that root runs on a data folder of another account, which that account has prepared against root."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.support.other_account import NOBODY, PACKAGES, give, python_for
from tests.support.running import ROOT

pytestmark = pytest.mark.root

SECRET = "0123456789abcdef0123456789abcdef"
DATABASE = "isoscope.sqlite3"


def manage(data: Path, *arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command as root runs it; it does not wait for ever."""
    return subprocess.run(
        [python_for(NOBODY), str(ROOT / "manage.py"), *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": PACKAGES, "ISOSCOPE_DATA": str(data)} | environ,
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A data folder of nobody's. Root has made the database in it."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        data = Path(name, "data")
        data.mkdir(mode=0o700)
        give(data)
        done = manage(data, "migrate", "-v", "0", "--skip-checks")
        assert done.returncode == 0, done.stderr
        (data / "secret-key").write_text("a key of nobody's")
        give(data / "secret-key")
        yield data


@pytest.fixture
def data(template: Path, open_folder: Path) -> Path:
    shutil.copytree(template, open_folder / "data", symlinks=True)
    for path in (open_folder / "data", *(open_folder / "data").rglob("*")):
        give(path)
    return open_folder / "data"


@pytest.fixture
def precious(open_folder: Path) -> Path:
    """A file that root alone may read."""
    path = open_folder / "precious"
    path.write_text(SECRET)
    path.chmod(0o600)
    return path


def link(at: Path, to: Path) -> None:
    at.unlink(missing_ok=True)
    at.symlink_to(to)
    give(at)


def fifo(at: Path, to: Path) -> None:
    at.unlink(missing_ok=True)
    os.mkfifo(at)
    give(at)


def endless(at: Path, to: Path) -> None:
    link(at, Path("/dev/zero"))


def untouched(precious: Path) -> bool:
    found = precious.stat()
    return precious.read_text() == SECRET and (found.st_uid, found.st_mode & 0o777) == (0, 0o600)


def files_of_others(data: Path) -> list[str]:
    return [path.name for path in data.rglob("*") if path.lstat().st_uid != NOBODY.pw_uid]


def test_what_root_writes_into_the_data_folder_belongs_to_its_owner(template: Path, data: Path) -> None:
    assert files_of_others(template) == []
    assert (template / DATABASE).stat().st_size
    for arguments in (["token", "of-root"], ["invite", "ann"], ["prune"], ["hosts"]):
        done = manage(data, *arguments)
        assert done.returncode == 0, (arguments, done.stderr)
    assert files_of_others(data) == []


@pytest.mark.parametrize("lay", [link, fifo, endless], ids=lambda lay: lay.__name__)
@pytest.mark.parametrize("name", ["secret-key", "url"])
def test_a_key_or_address_that_is_no_plain_file_is_not_read(
    lay: Callable[[Path, Path], None], name: str, data: Path, precious: Path
) -> None:
    lay(data / name, precious)
    done = manage(data, "invite", "ann")
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert untouched(precious)


def test_a_backup_holds_nothing_that_its_owner_could_not_read(data: Path, precious: Path, open_folder: Path) -> None:
    link(data / "url", precious)
    done = manage(data, "backup", str(open_folder / "backup"))
    assert done.returncode == 2 and "symbolic link" in done.stderr
    assert not (open_folder / "backup").exists()


def test_no_database_of_roots_gets_into_a_backup_by_a_link(data: Path, open_folder: Path) -> None:
    (open_folder / "root").mkdir(mode=0o700)
    shutil.copy(data / DATABASE, open_folder / "root" / "database")
    link(data / DATABASE, open_folder / "root" / "database")
    done = manage(data, "backup", str(open_folder / "backup"))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert not (open_folder / "backup").exists()
    assert [path.name for path in (open_folder / "root").iterdir()] == ["database"]


@pytest.mark.parametrize("command", ["migrate", "prune", "token"])
def test_no_command_writes_to_a_database_of_roots_by_a_link(command: str, data: Path, open_folder: Path) -> None:
    (open_folder / "root").mkdir(mode=0o700)
    (open_folder / "root" / "database").touch()
    link(data / DATABASE, open_folder / "root" / "database")
    done = manage(data, command, *(["x"] if command == "token" else []))
    assert done.returncode != 0
    assert [(path.name, path.stat().st_size) for path in (open_folder / "root").iterdir()] == [("database", 0)]


def test_root_backs_up_and_restores_for_another_account(data: Path, open_folder: Path) -> None:
    assert manage(data, "invite", "ann").returncode == 0
    made = manage(data, "backup", str(open_folder / "backup"))
    assert made.returncode == 0, made.stderr
    found = (open_folder / "backup").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (0, 0o600)
    (open_folder / "new").mkdir()
    give(open_folder / "new")
    done = manage(open_folder / "new", "restore", str(open_folder / "backup"))
    assert done.returncode == 0, done.stderr
    assert files_of_others(open_folder / "new") == []
    assert (open_folder / "new" / "secret-key").read_text() == "a key of nobody's"
    with sqlite3.connect(open_folder / "new" / DATABASE) as database:
        assert database.execute("SELECT username FROM auth_user").fetchall() == [("ann",)]


@pytest.mark.parametrize(
    "name",
    ["servers.lock", DATABASE, f".{DATABASE}.restored", f"{DATABASE}-journal", "secret-key", "url"],
)
def test_restoring_overwrites_nothing_of_roots(name: str, data: Path, precious: Path, open_folder: Path) -> None:
    assert manage(data, "backup", str(open_folder / "backup")).returncode == 0
    target = open_folder / "target"
    target.mkdir()
    give(target)
    link(target / name, precious)
    done = manage(target, "restore", "--replace", str(open_folder / "backup"))
    assert "Traceback" not in done.stderr
    assert untouched(precious)


def test_a_backup_of_one_account_is_not_put_into_the_hands_of_another(data: Path, open_folder: Path) -> None:
    (open_folder / "his").mkdir()
    give(open_folder / "his", 64243, 64243)
    done = manage(data, "backup", str(open_folder / "his" / "backup"))
    assert done.returncode == 2 and "belongs to another account" in done.stderr
    assert list((open_folder / "his").iterdir()) == []


def test_a_picture_or_an_export_replaces_a_link_and_not_what_it_leads_to(
    data: Path, precious: Path, open_folder: Path
) -> None:
    state = open_folder / "state.json"
    state.write_text(manage(open_folder / "none", "scan", "--json", "--no-docker").stdout)
    for name in ("picture.svg", "picture.svg.part"):
        link(data / name, precious)
    done = manage(data, "draw", "--state", str(state), "-o", str(data / "picture.svg"))
    assert done.returncode == 0, done.stderr
    assert untouched(precious)
    found = (data / "picture.svg").lstat()
    assert (data / "picture.svg").read_text().startswith("<") and found.st_uid == NOBODY.pw_uid


@pytest.mark.parametrize("command", ["restore", "import"])
def test_a_file_that_is_named_in_anothers_folder_is_not_read_through_a_link(
    command: str, data: Path, precious: Path
) -> None:
    link(data / "given", precious)
    done = manage(data, command, str(data / "given"))
    assert done.returncode == 2 and "symbolic link" in done.stderr


def test_a_data_folder_that_a_link_of_anothers_makes_one_of_roots_is_refused(open_folder: Path) -> None:
    (open_folder / "root").mkdir(mode=0o755)
    link(open_folder / "data", open_folder / "root")
    for arguments in (["migrate"], ["run", "--port", "0"], ["token", "x"]):
        done = manage(open_folder / "data", *arguments, SUDO_UID=str(NOBODY.pw_uid))
        assert done.returncode == 2, done.stderr
        assert "is not used" in done.stderr or "could not be prepared" in done.stderr
    assert list((open_folder / "root").iterdir()) == []


@pytest.mark.parametrize("lay", [link, fifo], ids=lambda lay: lay.__name__)
@pytest.mark.parametrize("target", ["precious", "made-by-root"])
def test_run_takes_no_lock_on_what_is_not_plain(
    lay: Callable[[Path, Path], None], target: str, data: Path, precious: Path
) -> None:
    lay(data / "lock", precious.with_name(target))
    done = manage(data, "run", SUDO_UID=str(NOBODY.pw_uid))
    assert done.returncode == 2 and "lock is not used" in done.stderr, done.stderr
    assert untouched(precious) and not precious.with_name("made-by-root").exists()


def test_root_runs_nothing_that_lies_where_it_was_started(data: Path, open_folder: Path) -> None:
    """What another account left in the folder root is in: a manage.py, and packages of our names."""
    trap = f"import pathlib; pathlib.Path({str(open_folder / 'trapped')!r}).touch(); raise SystemExit"
    for name in ("manage.py", "dashboard/__init__.py", "inspector/__init__.py", "sitecustomize.py", "django.py"):
        (open_folder / name).parent.mkdir(exist_ok=True)
        (open_folder / name).write_text(trap)
    with subprocess.Popen(
        [python_for(NOBODY), str(ROOT / "manage.py"), "run", "--port", "0"],
        cwd=open_folder,
        env=os.environ | {"PYTHONPATH": PACKAGES, "ISOSCOPE_DATA": "data", "SUDO_UID": str(NOBODY.pw_uid)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        assert run.stdout is not None
        said = ""
        while "connected to" not in said and (line := run.stdout.readline()):
            said += line
        run.terminate()
        run.wait(60)
    assert "connected to" in said, said
    assert not (open_folder / "trapped").exists()
    assert files_of_others(data) == []


def test_where_nobody_was_named_the_server_runs_as_whom_the_data_folder_belongs_to(open_folder: Path) -> None:
    """As in a container that mounts a folder of an account which it does not know."""
    data = open_folder / "data"
    data.mkdir(mode=0o700)
    give(data, 64242, 64242)
    with subprocess.Popen(
        [python_for(NOBODY), str(ROOT / "manage.py"), "run", "--port", "0"],
        cwd=open_folder,
        env=os.environ | {"PYTHONPATH": PACKAGES, "ISOSCOPE_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as run:
        assert run.stdout is not None
        said = ""
        while "connected to" not in said and (line := run.stdout.readline()):
            said += line
        status = Path(f"/proc/{run.pid}/status").read_text()
        run.terminate()
        run.wait(60)
    assert "the server as 64242" in said and "connected to" in said, said
    assert "Uid:\t64242\t64242\t64242\t64242" in status
    assert {path.lstat().st_uid for path in data.rglob("*")} == {64242}
    assert (data / "agent" / "agent-spool.sqlite3").exists()


def test_the_agent_reads_no_settings_of_docker_from_the_home_that_sudo_left_it(open_folder: Path) -> None:
    """A FIFO in the place of the settings would hold the agent up for ever."""
    (open_folder / ".docker").mkdir()
    fifo(open_folder / ".docker" / "config.json", open_folder)
    done = manage(open_folder / "none", "scan", "--json", HOME=str(open_folder))
    assert done.returncode == 0, done.stderr


def test_a_worker_of_a_server_that_root_started_uses_files_as_the_owner(data: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs, ours:
        worker = subprocess.Popen(
            [python_for(NOBODY), "-m", "dashboard.workers.child", str(theirs.fileno())],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": PACKAGES, "ISOSCOPE_DATA": str(data)},
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        line = Connection(os.dup(ours.fileno()))
        line.send((os.getuid, ()))
        assert line.recv() == (True, 0)
        status = Path(f"/proc/{worker.pid}/status").read_text()
        line.close()
        ours.close()
        worker.wait(60)
    assert f"Uid:\t0\t0\t0\t{NOBODY.pw_uid}" in status
    assert f"Gid:\t0\t0\t0\t{NOBODY.pw_gid}" in status
    assert "Groups:\t \n" in status
