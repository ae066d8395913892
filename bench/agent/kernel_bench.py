"""A pass of the kernel reader against the same reads of ``/proc`` in C, and against lsns, over a crowd of processes.

``python -m bench.agent.kernel_bench`` as root; exit status 1 where a limit is exceeded. A pass is measured from the
start of the iterator to the set of what changed. Medians, taken turn by turn in one run; judged is processor time.
"""

from __future__ import annotations

import os
import sys
from statistics import median
from typing import Final

from bench.figures import figure
from bench.scan_bench import Times, judge, measure_in_crowd, run
from inspector.agent.collect.kernel.choice import open_kernel_reader
from inspector.agent.scan.scanner import Scanner

MOST_OF_C: Final = 1 / 20
MOST_OF_LSNS: Final = 1 / 200
MOST_MS: Final = 20.0  # for 10,000 processes
PASSES: Final = 20
"""In one measurement: the clock of processor time counts in hundredths of a second."""


def main() -> int:
    return measure_in_crowd("bench.agent.kernel_bench", __doc__, measure)


class Passes(Times):
    """Many passes at a time; what is told is the time of one."""

    def take(self) -> None:
        super().take()
        self.wall[-1] /= PASSES
        self.cpu[-1] /= PASSES

    def __str__(self) -> str:
        return f"  {self.name:22}{median(self.cpu) * 1000:8.1f} ms cpu{median(self.wall) * 1000:8.1f} ms wall"


def measure(read_proc: str, rounds: int) -> int:
    reader = open_kernel_reader()
    scanner = Scanner(reader=reader)
    first, scan = Times("the first scan of all", scanner.scan), Times("a whole scan by it", scanner.scan)
    first.take()
    c = Times("the same reads in C", lambda: run(read_proc))
    one = Passes("a pass of the kernel", lambda: [reader.changed() for _ in range(PASSES)])
    lsns = Times("lsns", lambda: run("lsns", "--json"))
    for _ in range(rounds):
        for contender in (c, one, scan, lsns):
            contender.take()
    processes = scanner.scan().coverage.processes
    print(f"{processes} processes, medians of {rounds}, load {os.getloadavg()[0]:.1f}")
    print(c, one, scan, lsns, first, sep="\n")
    most = MOST_MS * max(1.0, processes / 10_000)
    figure("a pass of the kernel", median(one.cpu) * 1000, "ms", most)
    held = [judge(one, c, MOST_OF_C), judge(one, lsns, MOST_OF_LSNS), median(one.cpu) * 1000 <= most]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
