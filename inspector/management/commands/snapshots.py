"""The recorded snapshots of a host, in the terminal; ``--take`` asks for one now."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Iterable
from getpass import getuser
from typing import Any

from django.utils import timezone

from inspector.analysis.text.escape import plain
from inspector.analysis.text.zones import local_zone, show_moment
from inspector.errors import HostAway
from inspector.facts.moments import format_instant, parse_instant
from inspector.facts.types import Fact
from inspector.history import bookmarks, hosts
from inspector.management.base import IsoscopeCommand
from inspector.models import MISSED, Host, Mark, Snapshot

POLL = 0.2  # seconds between two queries for the requested snapshot


class Line(Fact, frozen=True):
    """One snapshot, as ``--json`` prints it."""

    seq: int
    taken_at: str
    kind: str
    processes: int
    namespaces: int
    containers: int
    added: int
    changed: int
    removed: int
    marks: tuple[str, ...]


class Command(IsoscopeCommand):
    help = "List the snapshots of a host, newest first, or take one now (--take)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="hostname, or the start of a machine id")
        parser.add_argument("--limit", type=int, default=20, help="how many at most (default: 20)")
        parser.add_argument("--json", action="store_true", help="print them as a JSON list")
        parser.add_argument("--take", nargs="?", const="", metavar="NAME", help="ask for a snapshot, and wait for it")

    def handle(self, *args: Any, **options: Any) -> None:
        host = hosts.choose(options["host"])
        if options["take"] is not None:
            self.take(host, options["take"])
            return
        lines = read_lines(host, max(0, options["limit"]))
        if options["json"]:
            self.print_json(lines)
        else:
            self.stdout.write("\n".join(format_table(host, lines)))

    def take(self, host: Host, name: str) -> None:
        """Ask for a snapshot on demand and wait for the scan that takes it.

        :raises HostAway: the agent does not scan the host.
        """
        bookmark = wait_for(bookmarks.request_snapshot(host, getuser(), name))
        if bookmark.seq is None or bookmark.taken_at is None:
            bookmark.delete()
            raise HostAway(f"the agent of {host} did not scan it within {MISSED} intervals; nothing was taken")
        self.stdout.write(f"{plain(str(host))} {bookmark.seq}: {show_moment(bookmark.taken_at, local_zone())}")


def wait_for(bookmark: Mark) -> Mark:
    """The bookmark once its snapshot is taken, or as it is after three intervals without a scan."""
    deadline = bookmark.requested_at + MISSED * bookmark.host.interval
    while bookmark.seq is None and timezone.now() < deadline:
        time.sleep(POLL)
        bookmark.refresh_from_db(fields=["seq", "taken_at"])
    return bookmark


def read_lines(host: Host, limit: int) -> list[Line]:
    """The newest snapshots of a host, newest first."""
    found = list(Snapshot.objects.filter(host=host).order_by("-seq")[:limit])
    named: dict[int, list[str]] = {}
    for mark in Mark.objects.filter(host=host, seq__in=[snapshot.seq for snapshot in found]).order_by("id"):
        named.setdefault(mark.seq or 0, []).append(mark.name or "on demand")
    return [make_line(snapshot, named.get(snapshot.seq, ())) for snapshot in found]


def make_line(snapshot: Snapshot, names: Iterable[str]) -> Line:
    return Line(
        seq=snapshot.seq,
        taken_at=format_instant(snapshot.taken_at),
        kind=Snapshot.Kind(snapshot.kind).label,
        processes=snapshot.processes,
        namespaces=snapshot.namespaces,
        containers=snapshot.containers,
        added=snapshot.added,
        changed=snapshot.changed,
        removed=snapshot.removed,
        marks=tuple(names),
    )


def format_table(host: Host, lines: list[Line]) -> list[str]:
    """A line for each snapshot, under a head that names the columns."""
    zone = local_zone()
    times = [show_moment(parse_instant(line.taken_at), zone) for line in lines]
    columns = f"{{:>9}}  {{:<{max(map(len, times), default=8)}}} " + "{:>9} {:>10} {:>7} {:>7} {:>7}  {}"
    head = columns.format("seq", "taken at", "processes", "containers", "added", "changed", "removed", "")
    rows = (
        columns.format(
            line.seq,
            taken,
            line.processes,
            line.containers,
            line.added,
            line.changed,
            line.removed,
            ", ".join((f"[{line.kind}]" if line.kind != "changes" else "", *map(plain, line.marks))).strip(", "),
        )
        for line, taken in zip(lines, times, strict=True)
    )
    return [f"{plain(str(host))} ({plain(host.machine_id)}), newest first", head, *(row.rstrip() for row in rows)]
