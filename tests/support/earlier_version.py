"""An earlier version of Isoscope, taken from the repository's own history."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.running import ROOT

EARLIER = "ff61991"
"""A commit from before versions were spoken."""


def extract(folder: Path) -> Path:
    """The files of that commit, in a folder of their own; the test is skipped where history does not reach so far."""
    archive = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True)
    if archive.returncode != 0:
        pytest.skip(f"the commit {EARLIER} is not here (a shallow clone?): {archive.stderr.decode().strip()[:200]}")
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    for made in ("static/vendor", "node_modules"):
        if (ROOT / made).exists():
            (folder / made).symlink_to(ROOT / made)
    return folder
