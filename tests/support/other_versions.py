"""Other versions of Isoscope: an earlier one from the repository's own history, and a later one that is made up."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from inspector.facts.types import SCHEMA
from inspector.version import VERSION
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


LATER = "99.0.0"
FIELD = "    nice: Annotated[int | None, since(SCHEMA)] = None\n"
PROCESS = re.compile(r"^class Process\(Fact, .*?(?=\n\n\n)", re.MULTILINE | re.DOTALL)
READ = "_describe(self._boot_id, parsed, namespaces),"


def make_later(folder: Path, reads_it: bool) -> Path:
    """This version, with a schema above ours that brings a field for each process.

    :param reads_it: an agent that knows a value for the field; else it is unknown, as where an older agent is served.
    """
    for part in ("inspector", "dashboard", "templates", "static", "locale"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    replace(folder / "inspector/version.py", f'"{VERSION}"', f'"{LATER}"')
    types = folder / "inspector/facts/types.py"
    replace(types, f"SCHEMA: Final = {SCHEMA}\n", f"SCHEMA: Final = {SCHEMA + 1}\n")
    process = PROCESS.search(types.read_text())
    assert process is not None
    replace(types, process[0], f"{process[0]}\n{FIELD.rstrip()}")
    if reads_it:
        scan = folder / "inspector/agent/scan/read_processes.py"
        replace(scan, READ, f"msgspec.structs.replace({READ[:-1]}, nice=pid % 5),")
    return folder


def replace(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert text.count(before) == 1, (path, before)
    path.write_text(text.replace(before, after))
