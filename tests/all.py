"""``make test``: every test there is, Python's, on SQLite and PostgreSQL, and the page's, and one exit status.

``make lint`` (``--lint``) is its first part: style, types and the import rules, of Python and of the page.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dashboard.assets.bundle_d3 import provide_node

ROOT = Path(__file__).resolve().parents[1]
DATABASE_TESTS = ["tests/inspector", "tests/dashboard", "tests/survive"]
LINT = [
    [sys.executable, "-m", "ruff", "check", "."],
    [sys.executable, "-m", "ruff", "format", "--check", "."],
    [sys.executable, "-m", "mypy", "."],
    [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
    ["npm", "run", "--silent", "lint"],
    ["npx", "--no-install", "tsc", "-p", "tsconfig.json"],
]


def main(arguments: list[str]) -> int:
    provide_node()
    failed = [step for step in LINT if not passes(step)]
    if arguments != ["--lint"]:
        failed += test(arguments)
    for step in failed:
        print("failed:", " ".join(step[:6]), flush=True)
    return 1 if failed else 0


def test(arguments: list[str]) -> list[list[str]]:
    """Run the tests; return the commands that failed. Those on PostgreSQL run beside the others, printed last."""
    pages = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.*js"))
    steps = [["node", "--test", *pages], [sys.executable, "-m", "pytest", *arguments]]
    beside = [sys.executable, "-m", "tests.support.services", "--database-only", *DATABASE_TESTS]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(beside, cwd=ROOT, stdout=said, stderr=said) as process:
            failed = [step for step in steps if not passes(step)]
        say(beside)
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout.buffer)
        sys.stdout.flush()
    return [*failed, beside] if process.returncode else failed


def passes(step: list[str]) -> bool:
    say(step)
    return subprocess.run(step, cwd=ROOT, check=False).returncode == 0


def say(step: list[str]) -> None:
    print("──", " ".join(step[:6]), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
