"""``manage.py run`` for real: the link, both children, Ctrl-C, a taken port, and root given up."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from dashboard.serving.launcher import CannotStart, Launcher, listen
from dashboard.serving.privileges import Account
from tests.support.other_account import PACKAGES, python_for
from tests.support.running import Run, browser, fetch, free_port, redeem, wait_for


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def go(*arguments: str, data: str = "data", **environ: str) -> Run:
        runs.append(Run(tmp_path / data, *arguments, **environ))
        return runs[-1]

    yield go
    for run in runs:
        run.stop(signal.SIGKILL)


def test_one_command_gives_a_link_that_works_once_and_ctrl_c_stops_everything(start: Callable[..., Run]) -> None:
    run = start("--port", str(free_port()))
    link = run.link()
    first = browser()
    wait_for(lambda: (redeem(first, link)[0]) in (200, 410))
    assert fetch(first, link.split("/sign-in")[0])[0] == 200
    assert redeem(browser(), link)[0] == 410
    hosts = link.split("/sign-in")[0] + "/api/v1/hosts"
    wait_for(lambda: '"seq": 0' not in fetch(first, hosts)[1] and '"seq"' in fetch(first, hosts)[1])
    children = run.children()
    assert set(children) >= {"server", "agent"}
    assert "Ctrl-C stops" in run.output
    assert run.stop() == 0
    assert not any(child.is_running() for child in children.values())


@pytest.mark.parametrize("started", ["agent", "server"])
def test_ctrl_c_while_everything_starts_ends_it_cleanly(start: Callable[..., Run], started: str) -> None:
    run = start("--port", str(free_port()))
    run.link()
    wait_for(lambda: started in run.children())
    children = run.children()
    assert run.stop() in (0, 130)
    wait_for(lambda: not any(child.is_running() for child in children.values()))
    assert "Traceback" not in run.output


def test_the_agent_and_the_server_do_not_outlive_a_killed_launcher(start: Callable[..., Run]) -> None:
    run = start("--port", str(free_port()))
    run.link()
    wait_for(lambda: set(run.children()) >= {"server", "agent"})
    children = run.children()
    run.process.kill()
    run.process.wait()
    wait_for(lambda: not any(child.is_running() for child in children.values()))


def test_a_second_start_hands_out_a_fresh_link_to_the_first(start: Callable[..., Run]) -> None:
    first = start("--port", str(free_port()))
    link = first.link()
    second = start()
    assert second.process.wait(60) == 0
    assert "running already" in second.output
    assert second.link() != link
    assert "Ctrl-C stops" not in second.output
    assert redeem(browser(), second.link())[0] == 200


def test_a_taken_port_that_was_asked_for_is_refused_in_words(start: Callable[..., Run]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start("--port", str(port))
        assert run.process.wait(60) == 2
    assert f"Port {port} is taken" in run.output and "Traceback" not in run.output


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    with pytest.raises(CannotStart, match=r"Cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 8000, exact=True)


def test_everything_written_is_for_the_owner_alone(start: Callable[..., Run], tmp_path: Path) -> None:
    start("--port", str(free_port())).link()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    for name in ("secret-key", "url", "isoscope.sqlite3"):
        assert (tmp_path / "data" / name).stat().st_mode & 0o077 == 0, name
    assert not (tmp_path / "data" / "agent-token").exists(), "the agent gets its token by a pipe"


@pytest.mark.root
def test_only_the_agent_stays_root_when_sudo_started_it(start: Callable[..., Run], open_folder: Path) -> None:
    caller = pwd.getpwnam("nobody")
    python = python_for(caller)
    (open_folder / "data").mkdir()
    os.chown(open_folder / "data", caller.pw_uid, caller.pw_gid)
    sudo = {"SUDO_UID": str(caller.pw_uid), "SUDO_GID": str(caller.pw_gid), "PYTHONPATH": PACKAGES}
    run = start("--port", str(free_port()), python=python, data=str(open_folder / "data"), **sudo)
    link = run.link()
    wait_for(lambda: set(run.children()) >= {"server", "agent"})
    children = run.children()
    assert children["agent"].uids().real == 0
    assert set(children["server"].uids()) == set(psutil.Process(run.process.pid).uids()) == {caller.pw_uid}
    assert "CapEff:\t0000000000000000" in Path(f"/proc/{children['server'].pid}/status").read_text()
    visitor = browser()
    wait_for(lambda: redeem(visitor, link)[0] in (200, 410))
    wait_for(lambda: "CapBnd:\t0000000000000000" in Path(f"/proc/{children['agent'].pid}/status").read_text())
    wait_for(lambda: '"seq"' in fetch(visitor, link.split("/sign-in")[0] + "/api/v1/hosts")[1])
    files = list((open_folder / "data").rglob("*"))
    assert [str(path) for path in files if path.stat().st_uid != caller.pw_uid] == []
    assert run.stop() == 0
    assert not any(child.is_running() for child in children.values())


def test_a_foreign_host_header_leaves_one_line_in_the_log(start: Callable[..., Run]) -> None:
    run = start("--port", str(free_port()))
    wait_for(lambda: redeem(browser(), run.link())[0] == 200)
    foreign = urllib.request.Request(run.url(), headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(foreign, timeout=30)
    wait_for(lambda: "evil.example" in run.output)
    assert "ISOSCOPE_ALLOWED_HOSTS" in run.output and "Traceback" not in run.output


def test_an_account_that_may_not_run_python_is_named(tmp_path: Path) -> None:
    launcher = Launcher(socket.create_server(("127.0.0.1", 0)), Account("nobody", 65534, 65534, "/"), print)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(CannotStart, match="nobody may not run"):
        patch.setattr(sys, "executable", str(tmp_path))
        launcher.start_server()
