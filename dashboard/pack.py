"""The page's modules packed into one file for each entry: a hundred small answers cost more than what is in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ENTRIES: Final = ("dashboard/main.js", "dashboard/layout-worker.js")
SECONDS: Final = 60


def pack_modules() -> tuple[dict[str, bytes], set[str]]:
    """The packed entries by name below ``static/``, and the modules that they import only when they are called for.

    Both are empty where Node.js or esbuild is missing, or fails: the page then loads its modules one by one.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    node = shutil.which("node", path=path)
    if node is None or not (ROOT / "node_modules" / "esbuild").exists():
        return {}, set()
    command = [node, str(Path(__file__).with_suffix(".mjs")), *ENTRIES]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=SECONDS)
    except (OSError, subprocess.SubprocessError):
        return {}, set()
    answer = json.loads(done.stdout)
    return {name: text.encode() for name, text in answer["files"].items()}, set(answer["called"])
