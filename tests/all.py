"""``make test``: every test there is, Python's, on SQLite and PostgreSQL, and the page's, and one exit status.

``make lint`` (``--lint``) is its first part: style, types and the import rules, of Python and of the page. Then two
lanes of tests run beside each other (``--beside`` is the second one alone).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dashboard.assets.bundle_d3 import provide_node

ROOT = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest"]
BESIDE_FOLDERS = ["tests/inspector", "tests/dashboard"]
BESIDE = [
    [sys.executable, "-m", "tests.support.services", "--database-only", *BESIDE_FOLDERS, "tests/survive"],
    [*PYTEST, *BESIDE_FOLDERS],
]
LINT = [
    [sys.executable, "-m", "ruff", "check", "."],
    [sys.executable, "-m", "ruff", "format", "--check", "."],
    [sys.executable, "-m", "mypy", "."],
    [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
    ["npm", "run", "--silent", "lint"],
    ["npx", "--no-install", "tsc", "-p", "tsconfig.json"],
]


def main(arguments: list[str]) -> int:
    if arguments == ["--beside"]:
        return report(run(BESIDE))
    provide_node()
    failed = run(LINT)
    return report(failed if arguments == ["--lint"] else [*failed, *test()])


def test() -> list[list[str]]:
    """Run both lanes of tests; return the commands that failed. The second lane is printed last."""
    pages = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.*js"))
    others = [*PYTEST, "tests", *(f"--ignore={folder}" for folder in BESIDE_FOLDERS)]
    beside = [sys.executable, "-m", "tests.all", "--beside"]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(beside, cwd=ROOT, stdout=said, stderr=said) as process:
            failed = run([["node", "--test", *pages], others])
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()
    return [*failed, beside] if process.returncode else failed


def run(steps: list[list[str]]) -> list[list[str]]:
    """Run one command after another; return those that failed."""
    return [step for step in steps if not passes(step)]


def passes(step: list[str]) -> bool:
    print("──", " ".join(step[:6]), flush=True)
    return subprocess.run(step, cwd=ROOT, check=False).returncode == 0


def report(failed: list[list[str]]) -> int:
    """Name the commands that failed; the exit status."""
    for step in failed:
        print("failed:", " ".join(step[:6]), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
