"""The manual page: what it names is there, and what is there it names."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from inspector.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "deploy" / "man" / "isoscope.1"
OF_DJANGO = {"migrate"}
"""Commands of Django's own that the page names too."""


def named() -> set[str]:
    """The commands under COMMANDS: in the line after each ``.TP``."""
    part = PAGE.read_text().partition(".SH COMMANDS")[2].partition(".SH ENVIRONMENT")[0]
    return {word for line in re.findall(r"\.TP\n\.BR? (.*)", part) for word in re.findall(r"[a-z]+", line)}


def test_it_names_every_command_and_no_other() -> None:
    ours = {name for name, app in get_commands().items() if app in ("inspector", "dashboard")}
    assert named() == ours | OF_DJANGO


def test_it_is_of_this_version() -> None:
    assert f'"Isoscope {VERSION}"' in PAGE.read_text().splitlines()[0]


def test_its_variables_are_documented() -> None:
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert all(f"`{name}`" in documented for name in set(re.findall(r"ISOSCOPE_[A-Z_]+", PAGE.read_text())))


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_groff_has_nothing_to_complain_of() -> None:
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", PAGE], capture_output=True, text=True, check=True)
    assert done.stderr == ""
