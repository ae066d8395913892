"""What the commands share: harmless output, errors in one line, exit statuses, moments on the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper, SystemCheckError
from django.core.management.color import no_style
from django.utils import timezone

from inspector.agent.collect.docker.socket import SOCKET
from inspector.agent.collect.readers import CHOICES
from inspector.analysis.text.escape import write_out, write_out_json, write_out_lines
from inspector.analysis.text.zones import local_zone
from inspector.errors import IsoscopeError
from inspector.facts import moments
from inspector.history.snapshots import parse_asked, seq_at
from inspector.models import Host
from inspector.owned_folder import open_folder

FAILED: Final = 2
"""The exit status of an error."""


class HarmlessOutput(OutputWrapper):
    """The output of a command: control and bidi characters become escapes. Line breaks and our colours stay."""

    def write(self, msg: str = "", style_func: Any = None, ending: str | None = None) -> None:  # type: ignore[override]
        """Print some lines."""
        super().write(write_out_lines(msg), style_func, ending)


class IsoscopeCommand(BaseCommand):
    """A command that prints texts of hosts, and an error as one line."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run it. An error that a person can correct is printed as one line, with exit status 2 or the error's own.

        ``--traceback`` shows where it happened. It is no error if the reader of our output has gone.
        """
        self.stdout = HarmlessOutput(options.pop("stdout", None) or sys.stdout)
        self.stderr = HarmlessOutput(options.pop("stderr", None) or sys.stderr)
        self.stderr.style_func = self.style.ERROR
        try:
            return super().execute(*args, **options)
        except (BrokenPipeError, SystemCheckError):
            raise
        except (IsoscopeError, CommandError, OSError) as error:
            if options.get("traceback"):
                raise
            self.stderr.write(write_out(str(error)))
            sys.exit(getattr(error, "returncode", FAILED))

    def check(self, *args: Any, **options: Any) -> None:
        """Django's checks, without colours: their codes would be escaped in the text."""
        style, self.style = self.style, no_style()
        try:
            super().check(*args, **options)
        finally:
            self.style = style

    def print_json(self, value: Any) -> None:
        """Print a value as JSON on one line."""
        self.stdout.write(write_out_json(msgspec.json.encode(value).decode()))


def add_docker_socket(parser: ArgumentParser) -> None:
    """The option for the socket of the Docker engine."""
    parser.add_argument(
        "--docker-socket", metavar="PATH", help=f"of the engine (default: that of DOCKER_HOST, else {SOCKET})"
    )


def add_reader(parser: ArgumentParser) -> None:
    """The option for how processes are read."""
    parser.add_argument(
        "--reader",
        choices=CHOICES,
        default=settings.READER,
        help="reads processes from the kernel's own structures or from /proc; auto: the first of them that works",
    )


class MomentCommand(IsoscopeCommand):
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
    path = Path(name).absolute()
    with open_folder(path.parent) as folder, folder.writing(path.name, mode=0o666) as file:
        file.writelines(pieces)
