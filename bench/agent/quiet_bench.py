"""What an agent costs that looks at all processes every second, on a quiet host of 10,000 processes.

``python -m bench.agent.quiet_bench`` as root; exit status 1 where a limit is exceeded. The agent as it runs
with the kernel reader, process events and its defaults; its frames stay in its spool. On a quiet host nothing happens
between two passes: what the partial scans took for the other programs of this machine is printed, and does not count.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

from bench.crowd import compile_c, gather
from bench.figures import figure
from inspector.agent.collect.kernel.choice import open_kernel_reader
from inspector.agent.host_events import ScanRequest, open_host_events
from inspector.agent.loop import Agent
from inspector.agent.scan.scanner import Scanner
from inspector.agent.spool import Spool
from inspector.protocol.frames import Frame

MOST: Final = 3.0  # % of a core
INTERVAL_S: Final = 5.0


def main() -> int:
    options = read_options()
    with tempfile.TemporaryDirectory() as name:
        crowd = compile_c("crowd", Path(name))
        with gather(crowd, options.processes, options.groups):
            return 0 if measure(Path(name) / "spool", options.seconds) else 1


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.agent.quiet_bench", description=__doc__)
    parser.add_argument("--processes", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="so long; a full scan is made every 30")
    return parser.parse_args()


class Counting(Agent):
    """It counts the processor time that its partial scans take, in seconds."""

    partial_s = 0.0

    def partial_scan(self, request: ScanRequest) -> Frame | None:
        began = time.thread_time()
        frame = super().partial_scan(request)
        self.partial_s += time.thread_time() - began
        return frame


def measure(folder: Path, seconds: float) -> bool:
    events = open_host_events()
    scanner = Scanner(gaps=events.gaps, reader=open_kernel_reader())
    agent = Counting(scanner, Spool(folder), "ws://nowhere", INTERVAL_S, events)
    thread = threading.Thread(target=agent.run)
    thread.start()
    agent.first_scan_done.wait()
    forks, used, partial = count_forks(), time.process_time(), agent.partial_s
    time.sleep(seconds)
    for_others = (agent.partial_s - partial) / seconds * 100
    share = (time.process_time() - used) / seconds * 100 - for_others
    forks = count_forks() - forks
    agent.stop()
    thread.join()
    print(f"for {forks / seconds:.0f} processes and threads that others started each second: {for_others:.1f} % core")
    figure("agent, quiet, a pass over all processes every second", share, "% core", MOST)
    return share <= MOST


def count_forks() -> int:
    """Processes and threads started since boot; see proc_stat(5), "processes"."""
    return int(Path("/proc/stat").read_text().partition("\nprocesses ")[2].split()[0])


if __name__ == "__main__":
    sys.exit(main())
