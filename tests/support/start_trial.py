"""A signal at a moment of the start of ``manage.py run``: whether everything ends, soon and without a trace.

``python -m tests.support.start_trial`` tries 200 moments; ``tests/survive/test_signals.py`` tries some of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from tests.support.running import ROOT, Run, browser, fetch, free_port, redeem, wait_for

MOST_S: Final = 10.0
HELD: Final = ("env", "--block-signal=INT")  # as in the Makefile


class Blow(NamedTuple):
    """A signal, and whether it goes to the whole group as Ctrl-C in a terminal does."""

    number: signal.Signals
    group: bool

    def __str__(self) -> str:
        return f"{self.number.name} to the {'group' if self.group else 'launcher'}"


BLOWS: Final = (
    Blow(signal.SIGINT, True),
    Blow(signal.SIGTERM, False),
    Blow(signal.SIGINT, False),
    Blow(signal.SIGTERM, False),
)


class Trial(NamedTuple):
    """One start, and the moment of its signal in seconds after exec."""

    number: int
    after_s: float
    blow: Blow
    prepared: Path | None  # a data folder to begin with; None: an empty one


class Result(NamedTuple):
    trial: Trial
    took_s: float
    faults: tuple[str, ...]

    def __str__(self) -> str:
        trial = self.trial
        begin = "an empty folder" if trial.prepared is None else "a used folder"
        said = "; ".join(self.faults) or "ended"
        return f"{trial.blow} after {trial.after_s * 1000:.0f} ms on {begin}: {said} ({self.took_s:.1f} s)"


def prepare(data: Path) -> float:
    """Fill a data folder by one run; seconds until the agent's first state was there."""
    began = time.monotonic()
    run = Run(data, "--port", str(free_port()))
    try:
        visitor = browser()
        wait_for(lambda: redeem(visitor, run.link())[0] in (200, 410))
        wait_for(lambda: '"seq"' in fetch(visitor, run.url() + "/api/v1/hosts")[1])
        return time.monotonic() - began
    finally:
        run.stop()


def trials(moments: int, span_s: float, prepared: Path, each: int = 2) -> Iterator[Trial]:
    """``each`` signals at each of the moments, SIGINT and SIGTERM in turn; the moments are denser at first."""
    for number in range(moments * each):
        moment = number // each
        after = span_s * (moment / max(1, moments - 1)) ** 1.5
        yield Trial(number, after, BLOWS[number % len(BLOWS)], prepared if number // len(BLOWS) % 2 else None)


def attempt(trial: Trial, folder: Path, prefix: tuple[str, ...] = HELD, **environ: str) -> Result:
    """Start, signal, and see what is left."""
    data = folder / f"data-{trial.number}"
    if trial.prepared is not None:
        shutil.copytree(trial.prepared, data)
    command = [*prefix, sys.executable, "manage.py", "run", "--port", str(free_port())]
    surroundings = os.environ | {"ISOSCOPE_DATA": str(data)} | environ
    log = folder / f"log-{trial.number}"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    time.sleep(trial.after_s)
    if trial.blow.group:
        os.killpg(process.pid, trial.blow.number)
    else:
        process.send_signal(trial.blow.number)
    return watch(trial, process, log)


def watch(trial: Trial, process: subprocess.Popen[bytes], log: Path) -> Result:
    began = time.monotonic()
    faults: list[str] = []
    try:
        status = process.wait(MOST_S)
    except subprocess.TimeoutExpired:
        faults.append("the launcher does not end")
    else:
        right = 0 if "Stopped." in log.read_text() else -trial.blow.number
        if status != right:
            faults.append(f"exit status {status}, not {right}")
    took = time.monotonic() - began
    while (left := session_of(process.pid)) and time.monotonic() < began + MOST_S:
        time.sleep(0.05)
    took_all = time.monotonic() - began
    faults += [f"left behind: {' '.join(other.cmdline()) if other.is_running() else other}" for other in left]
    for other in left:
        other.kill()
    process.wait()
    said = log.read_text()
    if any(word in said for word in ("Traceback", "Fatal Python", "Logging error", "does not end")):
        faults.append(f"the output: {said}")
    shutil.rmtree(log.with_name(f"data-{trial.number}"), ignore_errors=True)
    return Result(trial, max(took, took_all), tuple(faults))


def session_of(leader: int) -> list[psutil.Process]:
    """The processes of a session that still run, whoever their parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == leader and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def try_all(moments: int, folder: Path, jobs: int, each: int = 2) -> Iterator[Result]:
    """The results as they come; the moments are spread from exec to well after the agent's first state."""
    used = folder / "used"
    span = 1.3 * prepare(used) + 0.5
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(attempt, trial, folder) for trial in trials(moments, span, used, each)]
        for done in as_completed(waiting):
            yield done.result()


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.support.start_trial", description=__doc__)
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        results = []
        for result in try_all(options.moments, Path(name), options.jobs):
            results.append(result)
            if result.faults or len(results) % 50 == 0:
                print(len(results), result, flush=True)
    failed = [result for result in results if result.faults]
    worst = max(result.took_s for result in results)
    silent = sum(result.trial.after_s for result in results) / len(results)
    print(f"{len(results)} starts, signalled after {silent:.1f} s on average: {len(failed)} faults")
    print(f"the longest end took {worst:.1f} s of at most {MOST_S:g} s: ratio {worst / MOST_S:.2f}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
