"""Signals while ``manage.py run`` starts: at whatever moment, everything ends soon, and nothing is left.

``python -m tests.support.start_trial`` tries a SIGINT and a SIGTERM at each of 200 moments.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inspector import parent_pipe
from tests.support.running import ROOT
from tests.support.start_trial import Blow, Trial, attempt, try_all


def test_a_signal_at_any_moment_of_the_start_ends_everything(tmp_path: Path) -> None:
    results = try_all(24, tmp_path, jobs=4, each=1)
    assert [str(result) for result in results if result.faults] == []


@pytest.mark.root
def test_what_prepares_as_another_account_ends_with_its_launcher(tmp_path: Path) -> None:
    """The launcher alone gets SIGTERM, while its child brings the database up to date."""
    caller = pwd.getpwnam("root")  # any account will do: the child is made for each that sudo names
    script = (
        "import sys, time; from dashboard.serving.launcher import as_account;"
        "from dashboard.serving.privileges import Account;"
        f"account = Account('root', 0, 0, {caller.pw_dir!r});"
        "as_account(account, lambda: (print('prepares', flush=True), time.sleep(60)))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None and process.stdout.readline() == b"prepares\n"
    process.terminate()
    assert process.wait(10) == -signal.SIGTERM
    assert process.stdout.read() == b"", "it is read to its end only once the child is gone, too"


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace_time() -> None:
    script = (
        "import signal, time; from inspector import parent_pipe; parent_pipe.GRACE_S = 0.3;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); parent_pipe.end_with_parent();"
        "print('ready', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.stdin.close()
        assert child.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("command", [["manage.py", "agent", "--exit-with-parent"], ["-m", "dashboard.serving.serve"]])
def test_a_child_whose_parent_is_gone_already_ends_before_it_imports_anything_slow(command: list[str]) -> None:
    before = os.times()
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == -signal.SIGTERM
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    assert used < 0.5, "Django and Daphne take longer"


def test_without_help_a_start_ends_as_well(tmp_path: Path) -> None:
    """As typed by a person, without what the Makefile adds."""
    trial = Trial(0, 0.3, Blow(signal.SIGINT, True), None)
    assert attempt(trial, tmp_path, prefix=()).faults == ()


def test_the_grace_time_of_a_child_is_shorter_than_its_launchers() -> None:
    from dashboard.serving.launcher import GRACE_S

    assert parent_pipe.GRACE_S < GRACE_S < 10
