"""Where the log goes, and filters for rejected requests and for database trouble."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final, TextIO

from inspector.analysis.text.escape import write_out

LINE: Final = "{asctime} {levelname:<7} {name}: {message}"


class LineFormatter(logging.Formatter):
    """One line for each record, whatever its texts hold. The lines of a traceback are indented."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return write_out(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return _indent(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        return _indent(stack_info)


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
