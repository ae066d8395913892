"""How fast history stores and reads, and how much room it takes: ``python -m bench.history_bench [--full]``.

A simulated host of 10,000 processes in 100 containers goes through days of ordinary life: short-lived processes,
processes that change, containers that restart. ``--full`` simulates 30 days of 5 s each (2 million changes).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

import django

from bench.figures import best, figure, show, size
from bench.made_host import (
    HOST,
    Life,
    encoded_state,
    hour_apart,
    live,
    store_all,
    store_first,
)


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ISOSCOPE_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(Path(folder) / "isoscope.sqlite3", arguments)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=float, default=0.3, help="how long a life is simulated")
    parser.add_argument("--changes", type=int, default=4, help="changes in one snapshot of it")
    parser.add_argument("--full", action="store_true", help="30 days, 2 million changes")
    return parser.parse_args()


def run(database: Path, arguments: argparse.Namespace) -> None:
    from inspector.history.states import changes_between

    life = Life()
    if arguments.full:
        last, stored, before = *month(life), 0
    else:
        show("first frame of 10,000 processes: validated and stored", store_first(life), 2000)
        before = size(database)
        last, stored = live(life, arguments.days, arguments.changes)
    print(f"{stored:,} changes in {last:,} snapshots")
    figure("storage per change, all included", (size(database) - before) / stored, "bytes", 250)
    for part in (0.25, 0.5, 0.75, 1.0):
        seq = max(1, int(last * part) - (part < 1.0))
        work = partial(encoded_state, seq)
        figure(f"state at {part:.0%} of it, built and encoded", best(work), "ms", 200)
    ten = [life.step(seq, 10) for seq in range(last + 1, last + 401)]
    costs = sorted(store_all(ten))
    figure("storing a snapshot with 10 changes, median", costs[len(costs) // 2], "ms", 10)
    figure("the same, 99 of 100 are faster than", costs[int(len(costs) * 0.99)], "ms", 10)
    hour = hour_apart(life, last + 400)
    compared = partial(changes_between, HOST.machine_id, *hour)
    figure("comparing two moments, 7,200 changes apart", best(compared), "ms", 100)


def month(life: Life) -> tuple[int, int]:
    """Thirty days, written in bulk as recording would leave them: keyframes included."""
    from bench.bulk import fill
    from inspector.history import keyframes
    from inspector.models import Host

    found = fill(life, 30.0)
    keyframes.rebuild(Host.objects.get(machine_id=HOST.machine_id))
    return found


if __name__ == "__main__":
    main()
