"""Where the log goes and how its lines are written; filters for rejected requests and for database trouble."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from inspector.analysis.text.escape import write_out

LOGS: Final = ("line", "json")
LINE: Final = "{asctime} {levelname:<7} {name}: {message}"


SECRETS: Final = re.compile(
    r"(?<=/sign-in/)[^\s/?#\"']+"  # a link that signs in
    r"|(?i:(?<=bearer )|(?<=token ))[^\s\"',;]{16,}"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"  # user and password of a URL
    r"|(?<![\w-])[\w-]{43}(?![\w-])"  # what make_token makes
)
"""What opens something for whoever reads it."""


def hide_secrets(text: str) -> str:
    """The text without tokens and passwords, wherever a message, a path or an error brought them from."""
    return SECRETS.sub("••••", text)


class LineFormatter(logging.Formatter):
    """One line for each record, whatever its texts hold. The lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_secrets(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        return write_out(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return _indent(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        return _indent(stack_info)


class Line(msgspec.Struct, omit_defaults=True):
    """One event of the log."""

    at: str  # ISO 8601 with zone
    level: str
    logger: str
    message: str
    error: str = ""  # the traceback


class JsonFormatter(logging.Formatter):
    """One JSON object a line for each record: :class:`Line`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        parts += [record.stack_info] if record.stack_info else []
        line = Line(at, record.levelname.lower(), record.name, record.getMessage(), "\n".join(parts))
        told = {name: hide_secrets(getattr(line, name)) for name in ("message", "error")}
        return write_out(msgspec.json.encode(msgspec.structs.replace(line, **told)).decode())


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to the current ``sys.stderr``.

    Logging is configured again whenever Django is set up. A handler that kept the stream of that moment would go on
    writing to it after it was replaced and closed.
    """

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def keep_one_line(record: logging.LogRecord) -> bool:
    """Omit the traceback: anyone can cause such a request, and the traceback shows only our own code."""
    record.exc_info = None
    record.msg = str(record.msg).replace("ALLOWED_HOSTS", "ISOSCOPE_ALLOWED_HOSTS")
    return True


def keep_reason(record: logging.LogRecord) -> bool:
    """Log why the database does not answer, in one line. A traceback would show only our own code."""
    from dashboard.database_errors import Unavailable, explain  # Django is set up by now

    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, Unavailable):
        record.msg = f"{record.getMessage()}: {explain(error)} ({error})"
        record.args = ()
        record.exc_info = None
    return True


def _indent(text: str) -> str:
    return "\n".join(f"    {write_out(line)}" for line in text.split("\n"))
