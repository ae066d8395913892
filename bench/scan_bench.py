"""A whole scan against the same reads in C, and against lsns, over a crowd of processes made here.

``python -m bench.scan_bench`` as root; exit status 1 where a limit is exceeded. Ratios of medians, taken turn by
turn in one run. Judged is processor time, which on a machine with nothing else to do is the time on the wall, since
none of the three ever waits; on a busy one the wall also shows how long each was kept from running.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

from bench.crowd import compile_c, gather
from inspector.agent.scan.scanner import Scanner

MOST_OF_C: Final = 1.3
MOST_OF_LSNS: Final = 0.2


def main() -> int:
    return measure_in_crowd("bench.scan_bench", __doc__, measure)


def measure_in_crowd(program: str, description: str | None, measure: Callable[[str, int], int]) -> int:
    """Measure among processes that are started for it; ``measure`` takes the C program and the number of rounds."""
    options = read_options(program, description)
    with tempfile.TemporaryDirectory() as folder:
        read_proc, crowd = (compile_c(name, Path(folder)) for name in ("read_proc", "crowd"))
        with gather(crowd, options.processes, options.groups):
            return measure(read_proc, options.rounds)


def read_options(program: str, description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--processes", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


class Times:
    """What one of the contenders took, turn after turn, in seconds."""

    def __init__(self, name: str, take: Callable[[], object]) -> None:
        self.name = name
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self._take = take

    def take(self) -> None:
        wall, cpu = time.perf_counter(), processor_time()
        self._take()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(processor_time() - cpu)

    def __str__(self) -> str:
        return f"  {self.name:22}{median(self.cpu) * 1000:8.0f} ms cpu{median(self.wall) * 1000:8.0f} ms wall"


def measure(read_proc: str, rounds: int) -> int:
    scanner = Scanner()
    first = Times("the first scan of all", scanner.scan)
    first.take()
    c = Times("the same reads in C", lambda: run(read_proc))
    scan = Times("a whole scan", scanner.scan)
    lsns = Times("lsns", lambda: run("lsns", "--json"))
    for _ in range(rounds):
        for contender in (c, scan, lsns):
            contender.take()
    print(f"{scanner.scan().coverage.processes} processes, medians of {rounds}, load {os.getloadavg()[0]:.1f}")
    print(c, scan, lsns, first, sep="\n")
    held = [judge(scan, c, MOST_OF_C), judge(scan, lsns, MOST_OF_LSNS)]
    return 0 if all(held) else 1


def processor_time() -> float:
    """Seconds that this program and the ones it waited for have run, in user and kernel mode."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def run(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def judge(ours: Times, theirs: Times, limit: float) -> bool:
    ratio, wall = median(ours.cpu) / median(theirs.cpu), median(ours.wall) / median(theirs.wall)
    verdict = "held" if ratio <= limit else "EXCEEDED"
    print(f"  {ours.name} / {theirs.name}: {ratio:.2f} (wall {wall:.2f}), at most {limit}: {verdict}")
    return ratio <= limit


if __name__ == "__main__":
    sys.exit(main())
