"""Masking: the longest lines, made to be slow, and lines of everyday tools. Figures are CPU time, best of fifteen."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from time import process_time

from bench.figures import figure
from inspector.agent.collect.masking.mask import mask

LONGEST = 128 * 1024  # characters of a line, as long as Linux lets one argument be
LIMIT_MS = 5.0
CORPUS = Path(__file__).resolve().parents[2] / "tests" / "fixtures" / "masking"

# fmt: off
UNITS = (
    "a", "-", "password=", '"', "'", "\\", ":", "://", "a:", "token ", '\\"', "--pw ", "a=b", "a=b,", "bearer ",
    "\n", "$(", "mysql -px ", "x://a:b@", "sk-", "eyJ", "-----BEGIN PRIVATE KEY-----", "?key=", "identified by ' ",
    "; ", "<<<",
)
# fmt: on


def main() -> int:
    slowest = max(
        measure(line)
        for unit in UNITS
        for line in (["curl", "password" + unit * (LONGEST // len(unit))], ["curl", *["password" + unit] * 4000])
    )
    figure("mask the longest line, the slowest of 52", slowest, "ms", LIMIT_MS)
    lines = [shlex.split(line) for path in CORPUS.glob("*.txt") for line in path.read_text().splitlines()]
    total = min(measure(line) for line in lines), sum(measure(line) for line in lines) / len(lines)
    figure("mask a line of an everyday tool, on average", total[1], "ms", 0.5)
    return 0 if slowest <= LIMIT_MS and total[1] <= 0.5 else 1


def measure(line: list[str]) -> float:
    """Milliseconds of CPU time."""
    return min(cpu(line) for _ in range(15))


def cpu(line: list[str]) -> float:
    before = process_time()
    mask(line)
    return (process_time() - before) * 1000


if __name__ == "__main__":
    sys.exit(main())
