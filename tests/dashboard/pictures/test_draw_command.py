"""``manage.py draw``, as a person calls it."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from inspector.models import Host
from inspector.protocol.frames import encode
from tests.dashboard.conftest import MACHINE, People, some_state

ROOT = Path(__file__).resolve().parents[3]
URL = f"/api/v1/hosts/{MACHINE}/picture"


def run(*arguments: str) -> tuple[int, str]:
    """Exit status, and what it says of an error."""
    err, status = io.StringIO(), 0
    try:
        call_command("draw", *arguments, stdout=io.StringIO(), stderr=err, no_color=True)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "state.json"
    path.write_bytes(encode(some_state(1, 2)))
    return path


def test_the_command_makes_the_very_bytes_that_are_served(people: People, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.svg"
    arguments = ("--theme", "dark", "--search", "sleep", "--off", "user,time", "--show", "host", "--title", "A & B")
    assert run("--at", "1", *arguments, "-o", str(drawn)) == (0, "")
    query = "at=1&theme=dark&q=sleep&off=user,time&show=host&title=A+%26+B"
    assert drawn.read_bytes() == people.viewer.get(f"{URL}.svg?{query}").content
    assert run("--size", "500x400", "--scale", "2", "-o", str(drawn.with_suffix(".png"))) == (0, "")
    served = people.viewer.get(f"{URL}.png?size=500x400&scale=2").content
    assert drawn.with_suffix(".png").read_bytes() == served


def test_the_zone_of_the_machine_makes_no_difference(file: Path, tmp_path: Path) -> None:
    pictures = []
    for zone in ("UTC", "Asia/Seoul", "America/Los_Angeles"):
        output = tmp_path / f"{len(pictures)}.svg"
        command = [sys.executable, "manage.py", "draw", "--state", str(file), "-o", str(output)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, "TZ": zone, "LANG": "ko_KR.UTF-8"}, check=True)
        pictures.append(output.read_bytes())
    assert len(set(pictures)) == 1
    assert b"03:10:00 UTC" in pictures[0]


def test_states_that_a_scan_printed_are_drawn_and_compared_without_a_database(file: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    later.write_bytes(encode(some_state(1, 2, 3)))
    output = tmp_path / "compared.svg"
    assert run("--state", str(file), "--state", str(later), "-o", str(output)) == (0, "")
    assert "2 → 3 processes" in output.read_text()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("-o", "picture.gif"), ".svg"),
        (("--theme", "blue", "-o", "x.svg"), "light"),
        (("--at", "soon", "-o", "x.svg"), "not a moment"),
        (("--compare", "1", "9", "-o", "x.svg"), "9"),
        (("--host", "nobody", "-o", "x.svg"), "nobody"),
        (("--state", "manage.py", "-o", "x.svg"), "no state"),
        (("--state", "nothing-here.json", "-o", "x.svg"), "nothing-here"),
        (("--state", "a", "--at", "1", "-o", "x.svg"), "takes the place"),
        (("-o", "no-such-folder/x.svg"), "no-such-folder"),
    ],
)
def test_what_cannot_be_drawn_is_an_error_with_a_reason(host: Host, arguments: tuple[str, ...], why: str) -> None:
    status, err = run(*arguments)
    assert status == 2
    assert why in err
