"""Log filter for rejected requests."""

from __future__ import annotations

import logging


def keep_one_line(record: logging.LogRecord) -> bool:
    """Omit the traceback: anyone can cause such a request, and the traceback shows only our own code."""
    record.exc_info = None
    record.msg = str(record.msg).replace("ALLOWED_HOSTS", "ISOSCOPE_ALLOWED_HOSTS")
    return True
