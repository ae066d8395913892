from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from inspector import checks
from inspector.agent.collect.host import INITIAL_PID_INODE

ROOT = Path(__file__).resolve().parents[3]

MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw{options}
24 23 0:33 / /proc/sys/fs/binfmt_misc rw - binfmt_misc binfmt_misc rw
"""


def ids(found: list[checks.CheckMessage]) -> list[str | None]:
    assert all(message.hint and not message.is_serious() for message in found)
    return [message.id for message in found]


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A host on which nothing is amiss, seen with all capabilities."""
    for folder in ("self", "2"):
        (tmp_path / folder).mkdir()
    write_status(tmp_path, "000001ffffffffff")
    write_mounts(tmp_path, "")
    (tmp_path / "2/stat").write_text(
        "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 24" + " 0" * 30 + "\n"
    )
    return tmp_path


def write_status(proc: Path, effective: str) -> None:
    (proc / "self/status").write_text(f"Name:\tpython\nCapPrm:\t000001ffffffffff\nCapEff:\t{effective}\n")


def write_mounts(proc: Path, options: str) -> None:
    (proc / "self/mountinfo").write_text(MOUNTS.format(options=options))


def test_a_host_without_problems_gives_no_warning(proc: Path) -> None:
    for check in (checks.check_privilege, checks.check_pid_namespace, checks.check_hidepid):
        assert ids(check(str(proc))) == []


def test_it_warns_without_the_capability_to_read_other_users_namespaces(proc: Path) -> None:
    write_status(proc, "00000000a80425fb")
    assert ids(checks.check_privilege(str(proc))) == ["isoscope.W001"]


def test_it_does_not_warn_where_the_kernel_reader_may_read_them(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_status(proc, f"{1 << 39 | 1 << 38:016x}")
    (proc / "self/ns").mkdir()
    (proc / "self/ns/pid").symlink_to(f"pid:[{INITIAL_PID_INODE}]")
    monkeypatch.setattr(checks, "VMLINUX", proc / "2/stat")
    assert ids(checks.check_privilege(str(proc))) == []
    monkeypatch.setattr(settings, "READER", "procfs")
    assert ids(checks.check_privilege(str(proc))) == ["isoscope.W001"]


def test_it_warns_where_there_is_no_engine(tmp_path: Path) -> None:
    assert ids(checks.check_engine(str(tmp_path / "docker.sock"))) == ["isoscope.W002"]


def test_it_warns_where_the_engine_does_not_answer(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(tmp_path / "docker.sock"))
    assert ids(checks.check_engine(str(tmp_path / "docker.sock"))) == ["isoscope.W007"]


def test_an_engine_that_listens_is_fine(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(tmp_path / "docker.sock"))
        engine.listen()
        assert ids(checks.check_engine(str(tmp_path / "docker.sock"))) == []


def test_it_warns_where_pid_2_is_an_ordinary_process_or_hidden(proc: Path) -> None:
    (proc / "2/stat").write_bytes(Path("/proc/self/stat").read_bytes())
    assert ids(checks.check_pid_namespace(str(proc))) == ["isoscope.W004"]
    (proc / "2/stat").unlink()
    assert ids(checks.check_pid_namespace(str(proc))) == ["isoscope.W004"]


@pytest.mark.parametrize("option", ["hidepid=2", "hidepid=invisible", "hidepid=1", "gid=99999,hidepid=ptraceable"])
def test_it_warns_where_proc_hides_others_from_us(proc: Path, option: str) -> None:
    write_status(proc, "0000000000000000")
    write_mounts(proc, f",{option}")
    assert ids(checks.check_hidepid(str(proc))) == ["isoscope.W005"]


@pytest.mark.parametrize("option", ["", ",hidepid=0", ",hidepid=off", f",gid={os.getegid()},hidepid=2"])
def test_it_does_not_warn_where_proc_hides_nothing_from_us(proc: Path, option: str) -> None:
    write_status(proc, "0000000000000000")
    write_mounts(proc, option)
    assert ids(checks.check_hidepid(str(proc))) == []


def test_hidepid_does_not_matter_with_the_capability(proc: Path) -> None:
    write_mounts(proc, ",hidepid=2")
    assert ids(checks.check_hidepid(str(proc))) == []


def test_it_warns_where_the_kernel_gives_no_ids(tmp_path: Path) -> None:
    (tmp_path / "uts").write_text("")
    assert ids(checks.check_namespace_ids(str(tmp_path / "uts"))) == ["isoscope.W006"]
    assert ids(checks.check_namespace_ids(str(tmp_path / "none"))) == ["isoscope.W006"]


def manage(*arguments: str, user: int | None = None) -> str:
    environ = {**os.environ, "ISOSCOPE_SECRET_KEY": "of the tests alone"}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environ, capture_output=True, text=True, user=user
    )
    return done.stdout + done.stderr


def test_check_with_the_tag_checks_this_host() -> None:
    assert "System check identified" in manage("check", "--tag", "host")
    assert "host" in manage("check", "--list-tags").split()


def test_it_says_what_an_ordinary_user_cannot_see(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    script = (
        "from inspector.checks import check_privilege, check_engine; import os; os.setgroups([]); os.setuid(65534)"
    )
    script += "\nprint(*[found.id for found in (*check_privilege(), *check_engine())])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split()[0] == "isoscope.W001", done.stderr


def test_commands_that_do_not_read_the_host_do_not_check_it() -> None:
    script = "import django; django.setup(); from django.core.checks.registry import registry"
    script += "\nprint(registry.tags_available())"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings", "ISOSCOPE_SECRET_KEY": "x" * 50},
    )
    assert "'models'" in done.stdout, done.stderr
    assert "'host'" not in done.stdout
