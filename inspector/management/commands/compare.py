"""What changed between two moments, in the terminal, and as JSON, CSV or Markdown."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any, Final

from inspector.analysis.compare.comparison import Comparison, Moment, shorten
from inspector.analysis.compare.from_history import compare_between
from inspector.analysis.compare.noise import PATTERNS, SHORT_S, Folding
from inspector.analysis.compare.search import FIELDS, Search
from inspector.analysis.text import report
from inspector.analysis.text.comparison import describe
from inspector.analysis.text.escape import plain
from inspector.analysis.text.zones import local_zone, show_moment
from inspector.errors import IsoscopeError
from inspector.facts import moments
from inspector.history import hosts
from inspector.management.base import MomentCommand, find_seq

CHANGED: Final = 1
EVERYTHING: Final = "lists every difference"


class Command(MomentCommand):
    help = (
        "Say what changed on a host between two moments. "
        f"A moment is {moments.FORMS}. Exit status: 0 nothing changed, 1 something did, 2 an error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("before", metavar="A")
        parser.add_argument("after", metavar="B", nargs="?", default="now")
        parser.add_argument("--host", help="hostname, or the start of a machine id")
        forms = parser.add_mutually_exclusive_group()
        for name, what in (("json", "one JSON object"), ("csv", "one row per finding"), ("markdown", "a report")):
            forms.add_argument(f"--{name}", action="store_const", const=name, dest="form", help=f"print {what}")
        parser.add_argument(
            "--fold",
            action="append",
            default=[],
            metavar="PATTERN",
            help="count instead of list the processes with such a command line; may be given several times, and "
            f"then replaces {' '.join(PATTERNS)}; an empty one folds nothing by pattern",
        )
        parser.add_argument(
            "--short",
            type=float,
            default=SHORT_S,
            metavar="SECONDS",
            help=f"count instead of list the processes that were seen for less; {SHORT_S:g}, 0 for none",
        )
        lengths = parser.add_mutually_exclusive_group()
        lengths.add_argument("--all", action="store_true", help="list everything")
        lengths.add_argument("--brief", action="store_true", help="headlines and counts only, at most 20 lines")
        parser.add_argument(
            "--search",
            default="",
            metavar="WORDS",
            help=f"only what holds all of these words; a word may be FIELD:WORD with {', '.join(FIELDS)}; "
            "a minus before it excludes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host = hosts.choose(options["host"])
        before, after = (find_seq(host, options[side]) for side in ("before", "after"))
        try:
            folding, search = read_folding(options), Search.read(options["search"])
        except ValueError as error:
            raise IsoscopeError(str(error)) from error
        if options["brief"] and options["form"] == "csv":
            raise IsoscopeError("CSV has one row per finding and no brief form: leave out --brief or --csv")
        comparison = compare_between(host, before, after, folding, search)
        self.stdout.write(show(comparison, options["form"], options["brief"]), ending="")
        if comparison:
            sys.exit(CHANGED)


def read_folding(options: dict[str, Any]) -> Folding:
    """:raises ValueError: malformed patterns or seconds."""
    return Folding.make(options["fold"], options["short"], options["all"])


def show(comparison: Comparison, form: str | None, brief: bool = False) -> str:
    """The comparison in the form asked for; as text without one."""
    match form:
        case "json":
            return report.to_json(shorten(comparison) if brief else comparison).decode() + "\n"
        case "csv":
            return report.to_csv(comparison)
        case "markdown":
            return report.to_markdown(comparison, local_zone(), f"`--all` {EVERYTHING}.", brief)
    name = plain(comparison.host.hostname or comparison.host.id)
    heads = [f"{name} {show_side(side)}" for side in (comparison.before, comparison.after)]
    return "\n".join([*heads, *describe(comparison, f"--all {EVERYTHING}", brief)]) + "\n"


def show_side(side: Moment) -> str:
    """Number and time, the latter in the reader's zone and in UTC."""
    return f"{side.seq}: {show_moment(moments.parse_instant(side.taken_at), local_zone())}"
