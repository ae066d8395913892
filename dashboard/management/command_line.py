"""The command line: what applies to every command, Django's own too.

Exit statuses: the command's own, 2 for a set-up that cannot work, 130 after Ctrl-C, and 141 if nobody reads our
output any more, as a shell reports for a program that SIGPIPE ended.
"""

from __future__ import annotations

import os
import re
import select
import sys
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility

from dashboard.config.refusal import EXIT_STATUS, say_refusal, say_to_stderr
from inspector.version import VERSION

INTERRUPTED: Final = 130
UNREAD: Final = 141

_NO_TABLES: Final = re.compile(r"no such (table|column)|(relation|column) \S+ does not exist")


class CommandLine(ManagementUtility):
    """Django's command line, with our version."""

    def execute(self) -> None:
        """Run the command that the arguments name."""
        if self.argv[1:] in (["--version"], ["version"]):
            sys.stdout.write(f"{read_version()}\n")
            return
        from django.conf import settings

        settings.INSTALLED_APPS  # noqa: B018  read now: Django would hide a refused setting behind a traceback
        super().execute()

    def fetch_command(self, subcommand: str) -> Any:
        """The command, with our version."""
        command = super().fetch_command(subcommand)
        command.get_version = read_version  # type: ignore[method-assign]
        return command


def read_version() -> str:
    """Name and version, as ``--version`` prints them."""
    return f"Isoscope {VERSION}"


def main(argv: list[str]) -> int:
    """Run a command; its exit status."""
    open_missing_streams()
    obey_no_color(argv)
    status = run(argv)
    try:
        sys.stdout.flush()
    except OSError as error:
        return end_output(error)
    return status


def run(argv: list[str]) -> int:
    """Run a command. An error that a person can correct is printed as one line."""
    from django.db import Error

    try:
        CommandLine(argv).execute()
    except SystemExit as ended:
        return read_code(ended.code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImproperlyConfigured as error:
        return say_refusal(error)
    except OSError as error:
        if "--traceback" in argv:
            raise
        return end_output(error)
    except Error as error:
        return refuse_database(error, argv)
    return 0


def read_code(code: Any) -> int:
    """The exit status of a ``SystemExit``; a text is printed first, as Python does."""
    if code is None or isinstance(code, int):
        return code or 0
    say_to_stderr(str(code))
    return 1


def refuse_database(error: Exception, argv: list[str]) -> int:
    """Print why the database cannot be used, in one line; ``--traceback`` shows where it happened."""
    if "--traceback" in argv:
        raise error
    if _NO_TABLES.search(str(error)):
        say_to_stderr("The database is not one of this version yet: manage.py migrate, or make run, makes it so.")
    else:
        from dashboard.database_errors import explain

        say_to_stderr(f"{explain(error)} ({error})")
    return EXIT_STATUS


def end_output(error: OSError) -> int:
    """Print nothing more. Buffered output is discarded: Python would complain about it at its exit."""
    is_unread = nobody_reads(1) or nobody_reads(2)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    if is_unread:
        os.dup2(null, 2)
        return UNREAD
    say_to_stderr(str(error))
    return EXIT_STATUS


def nobody_reads(fd: int) -> bool:
    """Whether the descriptor is a pipe, socket or terminal whose other end is closed; see poll(2)."""
    poll = select.poll()
    poll.register(fd, 0)
    return any(found & (select.POLLERR | select.POLLHUP) for _, found in poll.poll(0))


def open_missing_streams() -> None:
    """Open ``/dev/null`` for standard streams that the caller closed, so that no other file gets their numbers.

    A character that the terminal's encoding lacks is written as its escape.
    """
    while (null := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(null)
    sys.stdin = sys.stdin or open(0)  # noqa: SIM115  they last as long as the process
    sys.stdout = sys.stdout or open(1, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def obey_no_color(argv: list[str]) -> None:
    """No colours where ``NO_COLOR`` is set; see no-color.org. ``--force-color`` overrides it."""
    if os.environ.get("NO_COLOR") and "--force-color" not in argv:
        os.environ["DJANGO_COLORS"] = "nocolor"
