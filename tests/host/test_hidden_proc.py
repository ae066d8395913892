"""A /proc that hides the processes of other accounts (``hidepid``), mounted in a mount namespace of the test."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.installation import ROOT
from tests.support.other_account import NOBODY, PACKAGES, python_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts, and becomes another account")


def scan(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A scan by another account, where /proc is mounted with these options."""
    folder.chmod(0o755)
    data = folder / "data"
    data.mkdir()
    os.chown(data, NOBODY.pw_uid, NOBODY.pw_gid)
    become = f"setpriv --reuid {NOBODY.pw_uid} --regid {NOBODY.pw_gid} --clear-groups"
    line = f'mount -t proc {" ".join(options)} proc /proc && exec {become} "$@"'
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", line, "sh", python_for(NOBODY)]
    return subprocess.run(
        [*command, "manage.py", "scan", "--json", "--no-docker", "--reader", "procfs"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": PACKAGES, "ISOSCOPE_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )


def gaps_of(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [gap for gap in state["coverage"]["gaps"] if gap["pid"] is None and gap["what"] == "proc"]


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hidden")
    for above in (folder, *folder.parents[:2]):
        above.chmod(0o755)
    return folder


@pytest.mark.parametrize("option", ["hidepid=2", "hidepid=invisible"])
def test_an_account_from_which_others_are_hidden_says_that_it_does_not_see_them(folder: Path, option: str) -> None:
    done = scan(folder, "-o", option)
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout)
    assert {process["uid"] for process in state["processes"]} == {NOBODY.pw_uid}
    assert [gap["why"] for gap in gaps_of(state)] == ["forbidden"]


def test_an_account_that_sees_the_others_says_no_such_thing(folder: Path) -> None:
    state = json.loads(scan(folder).stdout)
    assert {process["uid"] for process in state["processes"]} > {NOBODY.pw_uid}
    assert gaps_of(state) == []
