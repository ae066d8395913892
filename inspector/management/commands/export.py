"""``manage.py export``: a stretch of history as one compressed file."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from inspector.analysis.text.escape import plain
from inspector.errors import IsoscopeError
from inspector.facts import moments
from inspector.history import hosts
from inspector.history.snapshots import first_kept
from inspector.history.transfer import exporting
from inspector.management.base import MomentCommand, find_seq, write_output
from inspector.models import Host
from inspector.protocol.export_file import SUFFIX


class Command(MomentCommand):
    help = (
        "Write a stretch of a host's history, or one snapshot (--at), as one compressed file, for manage.py import. "
        f"A moment is {moments.FORMS}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", metavar="FILE", help=f"the file to write, such as incident{SUFFIX}; - is standard output"
        )
        parser.add_argument("--host", help="hostname, or the start of a machine id")
        parser.add_argument("--from", dest="first", metavar="A", help="from this moment on (default: the first)")
        parser.add_argument("--to", dest="last", metavar="B", help="until this moment (default: now)")
        parser.add_argument("--at", metavar="T", help="only the snapshot that held at this moment")

    def handle(self, *args: Any, **options: Any) -> None:
        host = hosts.choose(options["host"])
        first, last = find_stretch(host, options["first"], options["last"], options["at"])
        write_output(exporting.export(host, first, last), options["file"])
        if options["file"] != "-":
            self.stdout.write(f"{plain(str(host))}: snapshots {first} to {last} are in {options['file']}")


def find_stretch(host: Host, first: str | None, last: str | None, at: str | None) -> tuple[int, int]:
    """The first and the last snapshot that the options name.

    :raises IsoscopeError: they name none, or contradict each other.
    """
    if at is not None:
        if first is not None or last is not None:
            raise IsoscopeError("--at names one snapshot; --from and --to name a stretch")
        seq = find_seq(host, at)
        return seq, seq
    return first_kept(host) if first is None else find_seq(host, first), (
        host.last_seq if last is None else find_seq(host, last)
    )
