"""What ``/metrics`` costs, in processor time: ``python -m bench.watch.metrics_bench``.

With 1,000 hosts and 20,000 containers: read again when every host has another snapshot, and one in fifty another
container; and for the first time. Exit status 1 where a limit is exceeded.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from time import process_time

import django
import msgspec

from bench.figures import figure
from bench.made_host import HOST, Life

HOSTS, CONTAINERS, PROCESSES = 1000, 20, 60
MOST_MS, MOST_FIRST_MS = 200, 5000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ISOSCOPE_DATA"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        lives = {f"{number:032x}": Life(PROCESSES, CONTAINERS + 1) for number in range(HOSTS)}
        fill(lives)
        sys.exit(not measure(lives))


def fill(lives: dict[str, Life]) -> None:
    """A whole state of each host, and what its containers use."""
    from django.db import transaction

    from dashboard import usage
    from inspector.facts.types import Usage
    from inspector.history.record import record
    from inspector.models import Host
    from inspector.protocol.frames import Reset

    with transaction.atomic():
        for machine_id, life in lives.items():
            state = life.begin()
            info = msgspec.structs.replace(HOST, machine_id=machine_id, hostname=f"host-{machine_id[-4:]}")
            state = msgspec.structs.replace(state, host=info)
            record(Reset(machine_id, 1, state.taken_at, state))
            usage.latest.note(machine_id, {one.id: Usage(2**28, 1, 3) for one in state.containers})
    Host.objects.update(interval_s=86400)


def step(lives: dict[str, Life], seq: int, every: int) -> None:
    """Another snapshot of each host: processes that come, go and change; one host in ``every`` loses a container."""
    from django.db import transaction

    from inspector.facts.diff import Section
    from inspector.history.record import record

    with transaction.atomic():
        for number, (machine_id, life) in enumerate(lives.items()):
            frame = msgspec.structs.replace(life.step(seq, 8), host=machine_id)
            if number % every == seq % every:
                frame = msgspec.structs.replace(frame, containers=Section(remove=(f"{seq:064x}",)))
            record(frame)


def measure(lives: dict[str, Life]) -> bool:
    """Show every figure; whether each is within its limit."""
    from dashboard.watch import metrics

    found = [cpu_ms(metrics.read_metrics)]
    for seq in (2, 3, 4):
        step(lives, seq, 50)
        found.append(cpu_ms(metrics.read_metrics))
    text = metrics.read_metrics()
    print(f"{text.count(chr(10).encode()):,} lines, {len(text) / 2**20:.1f} MiB", flush=True)
    again, first = sorted(found[1:])[1], found[0]
    figure(f"/metrics of {HOSTS} hosts, {HOSTS * CONTAINERS} containers, each with news", again, "ms", MOST_MS)
    figure("the same, the first time after the server's start", first, "ms", MOST_FIRST_MS)
    return again <= MOST_MS and first <= MOST_FIRST_MS


def cpu_ms(work: Callable[[], object]) -> float:
    """Milliseconds of processor time that the work takes."""
    before = process_time()
    work()
    return (process_time() - before) * 1000


if __name__ == "__main__":
    main()
