"""The page of a server without a host gives commands. They work as they are pasted."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.installation import ROOT, Installation

COMMAND = re.compile(r'<pre class="cmdline">(.*?)</pre>', re.DOTALL)


@pytest.mark.root
def test_the_commands_of_the_empty_page_bring_the_first_host(installation: Installation, tmp_path: Path) -> None:
    visitor = installation.visitor()
    assert visitor.hosts() == []
    token, agent = (html.unescape(text) for text in COMMAND.findall(visitor.get("/").decode()))
    for name in (".venv", "manage.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    paste(token, tmp_path, installation)
    assert (tmp_path / "token").stat().st_mode & 0o077 == 0
    ready, start = agent.splitlines()
    assert ready == "make ready"
    paste(f"{start} --once --no-docker --data {tmp_path / 'spool'}", tmp_path, installation)
    assert len(visitor.hosts()) == 1


def paste(command: str, folder: Path, installation: Installation) -> None:
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=installation.environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
