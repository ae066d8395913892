"""``make test``: every test there is, Python's, on SQLite and PostgreSQL, and the page's, and one exit status.

``make lint`` (``--lint``) is its first part: style, types and the import rules, of Python and of the page.
"""

from __future__ import annotations

import subprocess
import sys
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


def tests(arguments: list[str]) -> list[list[str]]:
    """The commands that test, the quick ones first."""
    pages = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/js/**/*.test.*js"))
    return [
        ["node", "--test", *pages],
        [sys.executable, "-m", "pytest", *arguments],
        [sys.executable, "-m", "tests.support.services", "--database-only", *DATABASE_TESTS],
    ]


def main(arguments: list[str]) -> int:
    provide_node()
    steps = LINT if arguments == ["--lint"] else [*LINT, *tests(arguments)]
    failed = [step for step in steps if not passes(step)]
    for step in failed:
        print("failed:", " ".join(step[:6]), flush=True)
    return 1 if failed else 0


def passes(step: list[str]) -> bool:
    print("──", " ".join(step[:6]), flush=True)
    return subprocess.run(step, cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
