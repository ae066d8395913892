"""A machine that has ten times as much to do as it can: how old the state is that a page calls live.

``python -m bench.faults.overloaded_bench``; exit status 1 where a limit is exceeded. Ten busy processes for each core
run beside a real agent, server and Chromium, while processes and containers come and go. A canary starts each
second; the state that a page shows is as old as the first canary that is not in it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from bench.faults.live_page import open_page
from bench.figures import figure
from tests.support.churn import churn
from tests.support.running import ROOT, Run, free_port

MOST_S: Final = 10.0
TIMES: Final = 10
SAMPLE_S: Final = 1.0
SHOWN: Final = """() => {
  const names = [...isoscope.state().processes.values()].map((process) => process.cmdline[0] ?? "");
  const canaries = names.map((name) => Number(/^canary-([0-9]+)$/.exec(name)?.[1] ?? 0));
  return [document.querySelector("#status").innerText, Math.max(0, ...canaries)];
}"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.faults.overloaded_bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=90.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        run = Run(Path(name) / "data", "--port", str(free_port()))
        try:
            page = open_page(playwright, run.link())
            with overload(), churn(), Canaries() as canaries:
                return show(sample(page, canaries, options.seconds))
        finally:
            run.stop()


@contextlib.contextmanager
def overload() -> Iterator[None]:
    """Every core has ten times as much to do as it can."""
    work = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(work) for _ in range(TIMES * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


class Canaries:
    """One more process each second, named by its number, and when each began."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.work)

    def __enter__(self) -> Canaries:
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.enough.set()
        self.thread.join()
        for process in self.processes:
            process.kill()
            process.wait()

    def work(self) -> None:
        while not self.enough.wait(1.0):
            name = f"canary-{len(self.began) + 1}"
            self.processes.append(subprocess.Popen([name, "3600"], executable="/bin/sleep"))
            self.began.append(time.monotonic())

    def age_of(self, newest: int, now: float) -> float:
        """How old a state is whose newest canary has this number, in seconds."""
        return max(0.0, now - self.began[newest]) if newest < len(self.began) else 0.0


def sample(page: Page, canaries: Canaries, seconds: float) -> list[tuple[str, float]]:
    """What the page says of itself and how old its state is, in seconds, again and again."""
    samples, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        asked = time.monotonic()
        said, newest = page.evaluate(SHOWN)
        samples.append((str(said), canaries.age_of(int(newest), asked)))
        time.sleep(SAMPLE_S)
    return samples


def show(samples: list[tuple[str, float]]) -> int:
    live = [age_s for said, age_s in samples if said.startswith("Live")]
    said = Counter(said.split(" · ")[0] if said.startswith("Live") else "not live" for said, _ in samples)
    print(f"{len(samples)} samples: {dict(said)}; the oldest state was {max(age for _, age in samples):.1f} s old")
    figure("the oldest state that was called live", max(live, default=0.0), "s", MOST_S)
    return 0 if max(live, default=0.0) <= MOST_S else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
