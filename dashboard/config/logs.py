"""What the server's log says of requests that were turned away."""

from __future__ import annotations

import logging


def keep_one_line(record: logging.LogRecord) -> bool:
    """Leave the traceback out: anyone can cause one, and it would tell nothing but our own code."""
    record.exc_info = None
    record.msg = str(record.msg).replace("ALLOWED_HOSTS", "ISOSCOPE_ALLOWED_HOSTS")
    return True
