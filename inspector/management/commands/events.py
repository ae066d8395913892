"""What happened on a host, in the terminal: the feed, oldest first, so that the newest is at the end."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any, Final

from django.utils import timezone

from inspector.analysis.attention import from_history as attention
from inspector.analysis.attention.from_history import Attention
from inspector.analysis.feed import from_history
from inspector.analysis.feed.entries import KINDS, Entry, in_order
from inspector.analysis.feed.from_history import Wanted
from inspector.analysis.feed.tally import Tally
from inspector.analysis.text.attention import say_need
from inspector.analysis.text.feed import say
from inspector.analysis.text.zones import local_zone
from inspector.facts import moments
from inspector.facts.moments import parse_instant
from inspector.facts.namespaces import TYPES
from inspector.history import hosts
from inspector.history.snapshots import parse_asked
from inspector.management.base import MomentCommand
from inspector.models import Host

POLL: Final = 1.0  # seconds between two queries


class Command(MomentCommand):
    help = (
        "Say what happened on a host: containers that started and stopped, exec, sharing, namespaces, gaps. "
        f"A moment is {moments.FORMS}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="hostname, or the start of a machine id")
        parser.add_argument("--since", default="-1d", metavar="MOMENT", help="from when on (default: -1d)")
        parser.add_argument("--until", metavar="MOMENT", help="until when")
        parser.add_argument(
            "--kind", action="append", default=[], choices=KINDS, metavar="KIND", help=", ".join(KINDS)
        )
        parser.add_argument("--container", help="name or full id")
        parser.add_argument("--type", choices=TYPES, help="namespace type")
        parser.add_argument("--text", default="", help="only what mentions this")
        parser.add_argument("--all", action="store_true", help="list noise instead of counting it")
        parser.add_argument("--limit", type=int, default=200, help="about how many of the newest (default: 200)")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument(
            "--attention",
            action="store_true",
            help="what needs attention instead: what restarts, was killed, is unhealthy, exited, is left behind or "
            "newly exposed in the last 24 hours; only --host and --json apply",
        )
        parser.add_argument("--follow", action="store_true", help="go on as things happen, until interrupted")

    def handle(self, *args: Any, **options: Any) -> None:
        host = hosts.choose(options["host"])
        if options["attention"]:
            self.show_attention(attention.read(host, timezone.now()), options["json"])
            return
        wanted = read_wanted(host, options)
        entries, complete = read_all(host, wanted)
        self.show(entries, options["json"])
        if entries and not complete:
            self.stderr.write(say_left_out(entries, wanted))
        if options["follow"]:
            self.follow(host, wanted, options["json"])

    def show_attention(self, found: Attention, as_json: bool) -> None:
        """One line for each container that needs attention, the gravest first."""
        for need in found.needs:
            if as_json:
                self.print_json(need)
            else:
                self.stdout.write(f"{say_time(need.at)}  {say_need(need)}")
        if not found.needs and not as_json:
            self.stdout.write("Nothing needs attention.")
        if not found.complete:
            self.stderr.write("More happened in the last 24 hours than was read: counts are of the newest.")

    def follow(self, host: Host, wanted: Wanted, as_json: bool) -> None:
        """Show what happens from now on, until Ctrl-C."""
        try:
            while True:
                time.sleep(POLL)
                self.show(read_further(host, wanted), as_json)
        except KeyboardInterrupt:
            return

    def show(self, entries: list[Entry], as_json: bool) -> None:
        for entry in entries:
            if as_json:
                self.print_json(entry)
            else:
                self.stdout.write(describe(entry))
        self.stdout.flush()


def read_wanted(host: Host, options: dict[str, Any]) -> Wanted:
    """:raises IsoscopeError: ``--since`` or ``--until`` names no moment, or one that is still to come."""
    zone, now = local_zone(), timezone.now()
    since, until = (
        None if options[name] is None else parse_asked(host, options[name], now, zone) for name in ("since", "until")
    )
    return Wanted(
        since=since,
        until=until,
        kinds=frozenset(options["kind"]),
        container=options["container"],
        type=options["type"],
        text=options["text"],
        fold=not options["all"],
        limit=max(1, options["limit"]),
    )


def read_all(host: Host, wanted: Wanted) -> tuple[list[Entry], bool]:
    """The newest entries, oldest first, and whether none was left out for the limit."""
    tally = Tally(wanted.fold)
    before: int | None = None
    while True:
        told = from_history.read(host, wanted._replace(before=before), timezone.now())
        for entry in told.entries:
            tally.add(entry)
        before = told.earlier
        if before is None or len(tally) >= wanted.limit:
            return sorted(tally.entries(), key=in_order), before is None


def say_left_out(entries: list[Entry], wanted: Wanted) -> str:
    """That the limit leaves out what is older than the oldest entry."""
    return (
        f"These are the newest {len(entries)}: what happened before {say_time(entries[0].first_at or entries[0].at)} "
        f"is left out. Use a higher --limit than {wanted.limit}, or --until."
    )


def read_further(host: Host, wanted: Wanted) -> list[Entry]:
    """What happened since the last call; ``host`` remembers how far that was."""
    seen = host.last_seq
    host.refresh_from_db()
    if host.last_seq == seen:
        return []
    entries = from_history.entries_between(host, seen, host.last_seq)
    return [entry for entry in entries if wanted.fits(entry)]


def describe(entry: Entry) -> str:
    """One line: when, at which snapshot, and what."""
    return f"{say_time(entry.at)} {entry.seq:>8}  {say(entry)}"


def say_time(at: str | None) -> str:
    """A moment in the local zone; where it is not known, as wide."""
    if at is None:
        return "over 24 hours ago  "
    return f"{parse_instant(at).astimezone(local_zone()):%Y-%m-%d %H:%M:%S}"
