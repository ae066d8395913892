"""What the commands share: exit statuses, and moments on their command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from inspector.analysis.text.zones import local_zone
from inspector.facts import moments
from inspector.history.snapshots import parse_asked, seq_at
from inspector.models import Host

FAILED: Final = 2
"""The exit status of an error."""


class MomentCommand(BaseCommand):
    """A command whose arguments may be moments."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """A moment such as ``-1h`` is not an option, although it begins with a dash, as a negative number does."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser._negative_number_matcher = moments.AGO
        return parser


def find_seq(host: Host, text: str) -> int:
    """The snapshot that a text names.

    :raises NoSuchSnapshot: history does not hold it.
    :raises MalformedMoment: the text names no moment, or one that is still to come.
    """
    found = parse_asked(host, text, timezone.now(), local_zone())
    return found if isinstance(found, int) else seq_at(host, found)


def write_output(pieces: Iterable[bytes], name: str) -> None:
    """Write to a file, or to standard output if the name is ``-``. The file gets its name once it is complete."""
    if name == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
