"""Why the database does not answer or cannot be written: the reason for an error, and a sentence for each reason."""

from __future__ import annotations

import re
from enum import Enum
from logging import Logger
from typing import Any, Final

from django.db import DatabaseError, InterfaceError, connection

PROBE_S: Final = 3  # seconds that a connection which only asks for the reason may take

Unavailable: Final = (DatabaseError, InterfaceError)
"""What Django raises when the database does not answer or cannot be written."""


class Reason(Enum):
    """A reason, with its sentence for the person at the page."""

    DISK_FULL = "The disk of the server is full: nothing is recorded until there is room."
    DATABASE_DISK_FULL = "The disk of the database server is full: nothing is recorded until there is room."
    LOCKED = "The database is locked by another program: nothing is recorded until it is unlocked."
    UNWRITABLE = "The disk of the server cannot be written: nothing is recorded until it can."
    READ_ONLY = "The database server is read-only: nothing is recorded until it takes changes."
    REFUSED = "The database server refuses connections, or is not running: nothing is recorded until it takes them."
    CROWDED = "The database server has no connection left: nothing is recorded until one is free."
    UNKNOWN_USER = "The database server does not accept the user or password: nothing is recorded until it does."
    STARTING = "The database server is starting or stopping: nothing is recorded until it runs."
    NO_ANSWER = "The database does not answer: nothing is recorded until it does."


CODES: Final = {
    "53100": Reason.DATABASE_DISK_FULL,  # disk_full
    "53300": Reason.CROWDED,  # too_many_connections
    "28000": Reason.UNKNOWN_USER,  # invalid_authorization_specification
    "28P01": Reason.UNKNOWN_USER,  # invalid_password
    "25006": Reason.READ_ONLY,  # read_only_sql_transaction
    "57P01": Reason.STARTING,  # admin_shutdown
    "57P02": Reason.STARTING,  # crash_shutdown
    "57P03": Reason.STARTING,  # cannot_connect_now
    "55P03": Reason.LOCKED,  # lock_not_available
}
"""SQLSTATEs of PostgreSQL; see its documentation, appendix A."""

TEXTS: Final = (
    (r"could not (extend|write|create).*no space left on device", Reason.DATABASE_DISK_FULL),
    (r"database or disk is full|disk full|disk is full|no space left", Reason.DISK_FULL),
    (r"too many (clients|connections)|connection slots are reserved", Reason.CROWDED),
    (r"authentication failed|no password supplied|no pg_hba\.conf entry", Reason.UNKNOWN_USER),
    (r'role "[^"]*" (does not exist|is not permitted)', Reason.UNKNOWN_USER),
    (r"system is (starting up|shutting down|in recovery)|not yet accepting|terminating connection", Reason.STARTING),
    (r"read-only transaction", Reason.READ_ONLY),
    (r"locked|lock timeout", Reason.LOCKED),
    (r"disk i/o|readonly|read-only|permission denied:", Reason.UNWRITABLE),
    (r"connection refused|is the server running locally", Reason.REFUSED),
    (r"connect", Reason.NO_ANSWER),
)
"""Messages of SQLite, and of PostgreSQL's client library, which gives no SQLSTATE for a connection that failed."""


def reason_of(error: BaseException) -> Reason | None:
    """The reason for an error of the database; ``None``: not one of these."""
    code = getattr(error.__cause__ or error, "sqlstate", None) or ""
    if code in CODES:
        return CODES[code]
    said = str(error).lower()
    return next((reason for form, reason in TEXTS if re.search(form, said)), None)


def explain(error: Exception) -> str:
    """Why the database would not write, in a sentence for the person at the page."""
    if reason := reason_of(error):
        return reason.value
    return f"The database takes nothing at present ({type(error).__name__}): nothing is recorded until it does."


def log_fault(log: Logger, what: str, error: Exception) -> None:
    """Log a fault: in one line where the database gives a reason that we know, else with its traceback."""
    if isinstance(error, Unavailable) and reason_of(error):
        log.error("%s: %s", what, explain(error))
    else:
        log.error("%s", what, exc_info=error)


def more_telling(error: Exception) -> Exception:
    """The error. If it says only that the connection is gone: the error of a new attempt to connect."""
    if connection.vendor != "postgresql" or reason_of(error) is not Reason.NO_ANSWER:
        return error
    return probe() or error


def probe() -> Exception | None:
    """Connect to PostgreSQL once, beside all other connections; the error, if that fails."""
    import psycopg

    parameters: dict[str, Any] = connection.get_connection_params()
    try:
        psycopg.connect(**parameters | {"connect_timeout": PROBE_S}).close()
    except psycopg.Error as error:
        return error
    return None
