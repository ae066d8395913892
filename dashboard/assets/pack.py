"""Pack the page's modules and style sheets into one file for each entry: a hundred small responses cost more."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STATIC: Final = ROOT / "static"
PACKED: Final = ROOT / "dashboard" / "assets" / "packed.json"
"""The entries as they were packed when a wheel was built; a checkout has none."""

SECONDS: Final = 60


def entries() -> list[str]:
    """The page, its style sheet and its workers, by name below ``static/``."""
    pages = (STATIC / "dashboard" / "main.js", STATIC / "dashboard" / "styles" / "main.css")
    workers = sorted((STATIC / "dashboard").glob("*/worker.js"))
    return [str(path.relative_to(STATIC)) for path in (*pages, *workers)]


def pack_modules(static: Path = STATIC) -> dict[str, bytes]:
    """The packed entries by name below ``static``.

    There are none where Node.js or esbuild is missing, or fails: the page then loads its files one by one.
    """
    if PACKED.exists():
        return {name: text.encode() for name, text in json.loads(PACKED.read_text()).items()}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    node = shutil.which("node", path=path)
    if node is None or not (ROOT / "node_modules" / "esbuild").exists():
        return {}
    command = [node, str(Path(__file__).with_suffix(".mjs")), str(static), *entries()]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {name: text.encode() for name, text in json.loads(done.stdout).items()}
