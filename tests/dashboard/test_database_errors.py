"""The reason why a database does not answer, from what SQLite, PostgreSQL and its client library say."""

from __future__ import annotations

import psycopg
import pytest
from django.db import InterfaceError, OperationalError

from dashboard.database_errors import Reason, explain, reason_of

ADDRESS = 'connection failed: connection to server at "10.0.0.7", port 5432 failed: '

SAID = [
    ("database or disk is full", Reason.DISK_FULL),
    ("[Errno 28] No space left on device", Reason.DISK_FULL),
    ('could not extend file "base/1/2": No space left on device', Reason.DATABASE_DISK_FULL),
    ("database is locked", Reason.LOCKED),
    ("canceling statement due to lock timeout", Reason.LOCKED),
    ("disk I/O error", Reason.UNWRITABLE),
    ("attempt to write a readonly database", Reason.UNWRITABLE),
    ("cannot execute INSERT in a read-only transaction", Reason.READ_ONLY),
    (f"{ADDRESS}Connection refused\n\tIs the server running on that host?", Reason.REFUSED),
    ('connection to server on socket "/run/x" failed: Is the server running locally and accepting', Reason.REFUSED),
    (f"{ADDRESS}FATAL:  sorry, too many clients already", Reason.CROWDED),
    (f"{ADDRESS}FATAL:  remaining connection slots are reserved for roles with SUPERUSER", Reason.CROWDED),
    (f'{ADDRESS}FATAL:  too many connections for role "isoscope"', Reason.CROWDED),
    (f'{ADDRESS}FATAL:  password authentication failed for user "isoscope"', Reason.UNKNOWN_USER),
    (f'{ADDRESS}FATAL:  no pg_hba.conf entry for host "10.0.0.8"', Reason.UNKNOWN_USER),
    (f'{ADDRESS}FATAL:  role "isoscope" does not exist', Reason.UNKNOWN_USER),
    (f"{ADDRESS}FATAL:  the database system is starting up", Reason.STARTING),
    ("terminating connection due to administrator command", Reason.STARTING),
    (f"{ADDRESS}timeout expired", Reason.NO_ANSWER),
    ("server closed the connection unexpectedly", Reason.NO_ANSWER),
]

CODES = [
    (psycopg.errors.DiskFull, Reason.DATABASE_DISK_FULL),
    (psycopg.errors.TooManyConnections, Reason.CROWDED),
    (psycopg.errors.InvalidPassword, Reason.UNKNOWN_USER),
    (psycopg.errors.ReadOnlySqlTransaction, Reason.READ_ONLY),
    (psycopg.errors.CannotConnectNow, Reason.STARTING),
    (psycopg.errors.LockNotAvailable, Reason.LOCKED),
]


@pytest.mark.parametrize(("said", "reason"), SAID)
def test_the_reason_is_read_from_what_was_said(said: str, reason: Reason) -> None:
    assert reason_of(OperationalError(said)) is reason
    assert explain(OperationalError(said)) == reason.value


@pytest.mark.parametrize(("kind", "reason"), CODES)
def test_in_whatever_language_the_server_speaks_its_code_tells_the_reason(
    kind: type[psycopg.Error], reason: Reason
) -> None:
    error = OperationalError("Verbindung zurückgewiesen")
    error.__cause__ = kind("Verbindung zurückgewiesen")
    assert reason_of(error) is reason


def test_of_another_error_the_kind_is_said_and_not_its_text() -> None:
    assert reason_of(InterfaceError("secret")) is None
    assert "InterfaceError" in explain(InterfaceError("secret"))
    assert "secret" not in explain(InterfaceError("secret"))
