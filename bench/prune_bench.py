"""Whether pruning keeps writers waiting: ``python -m bench.prune_bench``.

The simulated host of :mod:`bench.history_bench` lives 30 days (2 million changes). Then its oldest day is pruned,
and the next one thinned to one snapshot an hour, while another process records snapshots.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import django

from bench.figures import figure, size
from bench.made_host import HOST, Life, moment

EVERY_S = 0.01  # between two snapshots of the writer: as many hosts would send


def main() -> None:
    arguments = read_arguments()
    if arguments.write_from:
        django.setup()
        write(arguments.write_from)
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ISOSCOPE_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(Path(folder) / "isoscope.sqlite3", arguments)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=float, default=30.0, help="how long a life is simulated")
    parser.add_argument("--changes", type=int, default=4, help="changes in one snapshot of it")
    parser.add_argument("--write-from", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(database: Path, arguments: argparse.Namespace) -> None:
    from bench.bulk import fill
    from inspector.history import keyframes
    from inspector.history.retention.policy import Policy, Tier, parse_policy
    from inspector.models import Host

    days = arguments.days
    last, stored = fill(Life(), days, arguments.changes)
    keyframes.rebuild(Host.objects.get(machine_id=HOST.machine_id))
    print(f"{stored:,} changes in {last:,} snapshots, {size(database) / 2**20:,.0f} MiB")
    now = moment(last)
    day = Policy((Tier(timedelta(days=max(days - 1, days / 2)), timedelta(0)),))
    prune_beside_writer("nothing pruned", None, now)
    prune_beside_writer("a day pruned", day, now)
    prune_beside_writer(
        "the day after it thinned to hours", parse_policy(f"{max(days - 2, days / 3):.0f}d:all,{days:.0f}d:1h"), now
    )
    print(f"{size(database) / 2**20:,.0f} MiB afterwards")


def prune_beside_writer(what: str, policy: Any, now: datetime) -> None:
    """Prune while another process records, and say how long each of its writes took."""
    from inspector.history.snapshots import last_seq

    command = [sys.executable, "-m", "bench.prune_bench", "--write-from", str(last_seq(HOST.machine_id))]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdin and writer.stdout
    writer.stdout.readline()  # it has begun
    began = perf_counter()
    said = work(policy, now)
    took = perf_counter() - began
    costs = sorted(json.loads(writer.communicate("stop\n")[0]))
    print(f"{what}: {said}, in {took:.1f} s; {len(costs):,} writes beside it")
    figure("  a write, median", costs[len(costs) // 2], "ms", 100)
    figure("  a write, 99 of 100 are faster than", costs[int(len(costs) * 0.99)], "ms", 100)
    figure("  the slowest write", costs[-1], "ms", 100)


def work(policy: Any, now: datetime) -> str:
    from inspector.history.retention import thinning
    from inspector.history.retention.rounds import Round, Rules
    from inspector.history.throttle import Pace

    if policy is None:
        time.sleep(5)
        return "for comparison"
    pace = Pace()
    outcome = Round(Rules(policy), thinning.live_hosts(), pace, now).run()
    return f"{outcome}, longest step {pace.longest_s * 1000:.0f} ms"


def write(seq: int) -> None:
    """Record snapshots until the standard input says stop; print what each took, in milliseconds."""
    import select

    from inspector.history.record import record
    from inspector.protocol.frames import Diff

    life, costs = Life(), list[float]()
    life.begin()
    life.serial = 1_000 * seq  # beyond every process there was
    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        seq += 1
        step = life.step(seq, 10)
        frame = Diff(host=HOST.machine_id, base=seq - 1, seq=seq, taken_at=step.taken_at, processes=step.processes)
        before = perf_counter()
        record(without_patches(frame), moment(seq))
        costs.append((perf_counter() - before) * 1000)
        if len(costs) == 1:
            print("begun", flush=True)
    print(json.dumps(costs))


def without_patches(frame: Any) -> Any:
    """The frame with what comes and goes alone: the writer does not know which processes last."""
    import msgspec

    return msgspec.structs.replace(frame, processes=msgspec.structs.replace(frame.processes, change=()))


if __name__ == "__main__":
    main()
