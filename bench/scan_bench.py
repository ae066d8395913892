"""A whole scan against the same reads in C, and against lsns, over a crowd of processes made here.

``python -m bench.scan_bench`` as root; exit status 1 where a limit is exceeded. Ratios of medians, taken turn by
turn in one run, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

from inspector.scan import Scanner

HERE: Final = Path(__file__).resolve().parent
MOST_OF_C: Final = 1.3
MOST_OF_LSNS: Final = 0.2


def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        read_proc, crowd = (compile_c(name, Path(folder)) for name in ("read_proc", "crowd"))
        with gather(crowd, options.processes, options.groups):
            return measure(read_proc, options.rounds)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scan_bench", description=__doc__)
    parser.add_argument("--processes", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def compile_c(name: str, folder: Path) -> str:
    """The program built from ``<name>.c`` beside this file."""
    program = folder / name
    subprocess.run(["cc", "-O2", "-Wall", "-o", program, HERE / f"{name}.c"], check=True)
    return str(program)


@contextlib.contextmanager
def gather(crowd: str, processes: int, groups: int) -> Iterator[None]:
    """The crowd, for as long as the context lasts."""
    with subprocess.Popen([crowd, str(processes), str(groups)], stdout=subprocess.PIPE, text=True) as leader:
        try:
            assert leader.stdout is not None
            if leader.stdout.readline() != "ready\n":
                raise SystemExit("the crowd did not gather: this needs root, and room for so many processes")
            yield
        finally:
            leader.kill()


def measure(read_proc: str, rounds: int) -> int:
    scanner = Scanner()
    first = elapsed(scanner.scan)
    takes: dict[str, Callable[[], object]] = {
        "the same reads in C": lambda: run(read_proc),
        "a whole scan": scanner.scan,
        "lsns": lambda: run("lsns", "--json"),
    }
    times: dict[str, list[float]] = {name: [] for name in takes}
    for _ in range(rounds):
        for name, take in takes.items():
            times[name].append(elapsed(take))
    print(f"{scanner.scan().coverage.processes} processes, median of {rounds}; load {os.getloadavg()[0]:.1f}")
    for name, found in times.items():
        print(f"  {name:22}{median(found) * 1000:8.0f} ms   ({min(found) * 1000:.0f} to {max(found) * 1000:.0f})")
    print(f"  {'the first scan of all':22}{first * 1000:8.0f} ms")
    c, scan, lsns = (median(found) for found in times.values())
    held = [judge("scan / C", scan / c, MOST_OF_C), judge("scan / lsns", scan / lsns, MOST_OF_LSNS)]
    return 0 if all(held) else 1


def elapsed(take: Callable[[], object]) -> float:
    """Seconds on the wall."""
    started = time.perf_counter()
    take()
    return time.perf_counter() - started


def run(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def judge(name: str, ratio: float, limit: float) -> bool:
    print(f"  {name:22}{ratio:8.2f}      limit {limit}: {'held' if ratio <= limit else 'EXCEEDED'}")
    return ratio <= limit


if __name__ == "__main__":
    sys.exit(main())
