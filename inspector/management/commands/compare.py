"""What changed between two moments, in the terminal."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand
from django.utils import timezone

from inspector import comparison_text, history, hosts, moments
from inspector.changes import Changes
from inspector.comparison import Comparison, compare
from inspector.errors import IsoscopeError
from inspector.models import Host
from inspector.types import Fact
from inspector.zones import local_zone, show_moment

CHANGED = 1
FAILED = 2


class Side(Fact, frozen=True):
    """One of the two moments."""

    seq: int
    taken_at: str


class Report(Fact, frozen=True, rename={"before": "from", "after": "to"}):
    """What ``--json`` prints."""

    host: str
    before: Side
    after: Side
    comparison: Comparison
    changes: Changes


class Command(BaseCommand):
    help = (
        "Say what changed on a host between two moments. "
        f"A moment is {moments.FORMS}. Exit status: 0 nothing changed, 1 something did, 2 an error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("before", metavar="A")
        parser.add_argument("after", metavar="B", nargs="?", default="now")
        parser.add_argument("--host", help="hostname, or the start of a machine id")
        parser.add_argument("--json", action="store_true", help="print it as one JSON object")

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """A moment such as ``-1h`` is not an option, although it begins with a dash, as a negative number does."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser._negative_number_matcher = moments.AGO
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            host = hosts.choose(options["host"])
            report = make_report(host, options["before"], options["after"])
        except IsoscopeError as error:
            self.stderr.write(self.style.ERROR(str(error)))
            sys.exit(FAILED)
        if options["json"]:
            self.stdout.write(msgspec.json.encode(report).decode())
        else:
            self.print_text(host, report)
        if report.comparison or report.changes:
            sys.exit(CHANGED)

    def print_text(self, host: Host, report: Report) -> None:
        name, zone = comparison_text.plain(str(host)), local_zone()
        for side in (report.before, report.after):
            self.stdout.write(f"{name} {side.seq}: {show_moment(moments.parse_instant(side.taken_at), zone)}")
        self.stdout.write("\n".join(comparison_text.describe(report.comparison)))


def make_report(host: Host, before: str, after: str) -> Report:
    """The two states that the texts name, and what differs.

    :raises NoSuchSnapshot: history does not hold one of them.
    :raises MalformedMoment: a text names no moment.
    """
    first, second = find_seq(host, before), find_seq(host, after)
    states = history.state_at(host, first), history.state_at(host, second)
    changes = history.changes_between(host, first, second)
    before_side, after_side = Side(first, states[0].taken_at), Side(second, states[1].taken_at)
    return Report(host.machine_id, before_side, after_side, compare(*states, changes), changes)


def find_seq(host: Host, text: str) -> int:
    """The snapshot that a text names."""
    found = moments.parse(text, timezone.now(), local_zone())
    return found if isinstance(found, int) else history.seq_at(host, found)
