"""How long a comparison takes, whole and part by part: ``python -m bench.compare_bench``.

A host of 10,000 processes in 100 containers goes through a day, then through one busy hour of 10 changes every 5 s.
Times are of the processor: what else runs on the machine does not count.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from time import process_time
from typing import Any

import django

from bench.figures import figure
from bench.made_host import HOST, Life, hour_apart, live, store_first


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ISOSCOPE_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        run(Life())


def run(life: Life) -> None:
    from inspector.analysis.compare.from_history import compare_between

    store_first(life)()
    last, _ = live(life, 1.0, 4)
    before, after = hour_apart(life, last)
    report(before, after)
    figure("two moments of 7,200 changes, everything listed", best(everything(before, after)), "ms", 200)
    figure(
        "two moments next to each other", best(partial(compare_between, HOST.machine_id, after - 1, after)), "ms", 50
    )


def report(before: int, after: int) -> None:
    """The whole report first, then what its parts cost."""
    from inspector.analysis.compare import from_history
    from inspector.analysis.compare.comparison import compare
    from inspector.analysis.compare.passed import read_passed
    from inspector.analysis.compare.short_lived import read_short
    from inspector.analysis.text.report import to_csv, to_json, to_markdown
    from inspector.history.rows import PROCESSES
    from inspector.models import Host, Snapshot

    whole = partial(from_history.compare_between, HOST.machine_id, before, after)
    comparison = whole()
    print(f"findings by group and kind: {comparison.counts}")
    figure("comparing two moments, 7,200 changes apart, as a report", best(whole), "ms", 100)
    host = Host.objects.get()
    first, second = (Snapshot.objects.get(host=host, seq=seq) for seq in (before, after))
    own = from_history.read_own(PROCESSES, host.pk, before, after)
    sides = from_history.read_sides(host, first, second, own)
    short, alone = comparison.folding.short, own.sides[0].keys() ^ own.sides[1].keys()
    part("processes that differ", partial(from_history.read_own, PROCESSES, host.pk, before, after))
    part("containers, namespaces, inits, chains and gaps", partial(from_history.read_sides, host, first, second, own))
    part("what came and went in between", partial(read_passed, host, sides, own.touched, short))
    part("what was seen for a short time", partial(read_short, host, first, second, alone, short))
    part("telling what differs", lambda: compare(*from_history.read_sides(host, first, second, own)))
    for write in (to_json, to_csv, to_markdown):
        part(f"written: {write.__name__}", partial(write, comparison))


def best(work: Callable[[], object]) -> float:
    """Milliseconds of processor time that the quickest of seven takes; SQLite works within this process."""

    def once() -> float:
        before = process_time()
        work()
        return (process_time() - before) * 1000

    return min(once() for _ in range(7))


def part(what: str, work: Callable[[], object]) -> None:
    print(f"  {what:<62}{best(work):>10.1f} ms", flush=True)


def everything(before: int, after: int) -> Callable[[], Any]:
    from inspector.analysis.compare.from_history import compare_between
    from inspector.analysis.compare.noise import Folding

    return partial(compare_between, HOST.machine_id, before, after, Folding(all=True))


if __name__ == "__main__":
    main()
