"""The systemd units: well formed, and as closed as they claim to be, by systemd's own analyser."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

UNITS: Final = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
pytestmark = pytest.mark.systemd


def analyse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


@pytest.mark.parametrize(("unit", "most"), [("agent", 4.0), ("server", 2.5)])
def test_a_unit_is_no_more_exposed_than_it_needs(unit: str, most: float) -> None:
    done = analyse("security", "--offline=true", str(UNITS / f"isoscope-{unit}.service"))
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= most


@pytest.mark.parametrize("unit", ["agent", "server"])
def test_a_unit_has_no_line_that_systemd_does_not_know(unit: str, tmp_path: Path) -> None:
    text = (UNITS / f"isoscope-{unit}.service").read_text()
    path = tmp_path / f"isoscope-{unit}.service"
    path.write_text(text.replace("/usr/bin/isoscope", "/bin/true"))
    done = analyse("verify", "--man=no", str(path))
    said = [line for line in done.stderr.splitlines() if path.name in line]
    assert said == []
