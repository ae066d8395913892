"""The errors expected while a backup is made or restored: each is printed as one line."""

from __future__ import annotations

import sqlite3
from typing import Final

from django.db import Error

from inspector.errors import IsoscopeError

try:
    from psycopg import Error as PostgresqlError
except ImportError:  # an installation without PostgreSQL
    PostgresqlError = Error  # type: ignore[assignment, misc]

FAULTS: Final = (IsoscopeError, OSError, Error, PostgresqlError, sqlite3.Error)
"""Errors of Isoscope, of files, and of both databases, raised by Django or by their own libraries."""
