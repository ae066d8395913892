"""How fast a timeline, a moment and a life are read from a long history: ``python -m bench.timeline_bench [--full]``.

The history of :mod:`bench.history_bench`, written in bulk; ``--full`` is 30 days (2 million changes). ``--keep FILE``
keeps the database, and uses it where it is there already.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

from bench.history_bench import BOOT, HOST, Life, best, figure, moment
from inspector.namespaces import namespace_key

DAY = 17_280  # snapshots


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ISOSCOPE_DATA"] = folder
        if arguments.keep:
            os.environ["ISOSCOPE_DATABASE_URL"] = f"sqlite://{arguments.keep.resolve()}"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(30.0 if arguments.full else arguments.days)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=float, default=4.0, help="how long a life is simulated")
    parser.add_argument("--full", action="store_true", help="30 days, 2 million changes")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="a database to keep, or kept before")
    return parser.parse_args()


def run(days: float) -> None:
    from bench.bulk import fill
    from inspector import history, timeline
    from inspector.models import Host

    if not history.last_seq(HOST.machine_id):
        last, stored = fill(Life(), days)
        print(f"{stored:,} changes in {last:,} snapshots")
    host = Host.objects.get(machine_id=HOST.machine_id)
    end = moment(host.last_seq)
    whole = partial(timeline.read, host, None, end)
    figure(f"timeline of {host.last_seq / DAY:.0f} days", best(whole), "ms", 100)
    for hours in (48, 24, 1):
        since = max(moment(1), end - hours * (moment(721) - moment(1)))
        figure(f"timeline of {hours} hours", best(partial(timeline.read, host, since, end, 500)), "ms", 100)
    for what, work in lives(host).items():
        figure(f"life of {what}", best(work), "ms", 250)


def lives(host: Any) -> dict[str, Callable[[], object]]:
    """One of each kind, and those with most to tell."""
    from inspector import life
    from inspector.rows import PROCESSES

    of_host = PROCESSES.model._default_manager.filter(host=host)
    changed = PROCESSES.read(of_host.order_by("-pk")[:50])
    key = min(fact.key for fact in changed.values() if fact.role == "child")
    return {
        "a process": partial(life.read, host, "process", key),
        "a container": partial(life.read, host, "container", f"{7:064x}"),
        "a namespace of a container": partial(life.read, host, "namespace", namespace_key(BOOT, "net", 8)),
        "an initial namespace": partial(life.read, host, "namespace", namespace_key(BOOT, "net", 1)),
    }


if __name__ == "__main__":
    main()
