"""How fast a timeline, a life and the feed are read: ``python -m bench.timeline_bench``.

From 30 days of 2 million changes: the life of :mod:`bench.history_bench`, written in bulk. ``--keep FILE`` keeps the
database, and uses it where it is there already.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

from bench.figures import best, figure
from bench.made_host import BOOT, HOST, Life, moment
from inspector.facts.namespaces import namespace_key

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
        sys.exit(not run(arguments.days))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--days", type=float, default=30.0, help="how long a life is simulated")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="a database to keep, or kept before")
    return parser.parse_args()


def run(days: float) -> bool:
    """Show every figure; whether each is within its limit."""
    from bench.bulk import fill
    from inspector.history.queries import timeline
    from inspector.history.snapshots import last_seq
    from inspector.models import Host

    if not last_seq(HOST.machine_id):
        last, stored = fill(Life(), days)
        print(f"{stored:,} changes in {last:,} snapshots")
    host = Host.objects.get(machine_id=HOST.machine_id)
    end = moment(host.last_seq)
    works: dict[str, Callable[[], object]] = {}
    works[f"timeline of {host.last_seq / DAY:.0f} days"] = partial(timeline.read, host, None, end)
    for hours in (48, 24, 1):
        since = max(moment(1), end - timedelta(hours=hours))
        works[f"timeline of {hours} hours"] = partial(timeline.read, host, since, end, timeline.MOST_BUCKETS)
    limits = dict.fromkeys(works, 100) | dict.fromkeys((lives(host) | feeds(host)), 500)
    limits |= dict.fromkeys(told_live(host), 50)
    works |= lives(host) | feeds(host) | told_live(host)
    found = {what: best(work) for what, work in works.items()}
    for what, limit in limits.items():
        figure(what, found[what], "ms", limit)
    return all(found[what] <= limit for what, limit in limits.items())


def lives(host: Any) -> dict[str, Callable[[], object]]:
    """One of each kind, and those with the most entries."""
    from inspector.history.queries import life
    from inspector.history.rows import PROCESSES

    of_host = PROCESSES.model._default_manager.filter(host=host)
    changed = PROCESSES.read(of_host.order_by("-pk")[:50])
    key = min(fact.key for fact in changed.values() if fact.role == "child")
    return {
        "life of a process": partial(life.read, host, "process", key),
        "life of a container": partial(life.read, host, "container", f"{7:064x}"),
        "life of a namespace of a container": partial(life.read, host, "namespace", namespace_key(BOOT, "net", 8)),
        "life of an initial namespace": partial(life.read, host, "namespace", namespace_key(BOOT, "net", 1)),
    }


def feeds(host: Any) -> dict[str, Callable[[], object]]:
    """The newest entries, and entries that are rare among many others."""
    from inspector.analysis.feed.entries import Kind
    from inspector.analysis.feed.from_history import Wanted, read

    now = moment(host.last_seq)
    started: frozenset[Kind] = frozenset(("container-restarted", "container-started"))
    return {
        "feed, the newest 100 entries": partial(read, host, Wanted(), now),
        "feed, one part in which nothing is found": partial(read, host, Wanted(text="nowhere"), now),
        "feed, 100 restarts of containers": partial(read, host, Wanted(kinds=started), now),
    }


def told_live(host: Any) -> dict[str, Callable[[], object]]:
    """The feed of one snapshot, while it is announced to the pages."""
    from inspector.analysis.feed.from_history import entries_between

    return {"feed, what happened at one snapshot": partial(entries_between, host, host.last_seq - 1, host.last_seq)}


if __name__ == "__main__":
    main()
