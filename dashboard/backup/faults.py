"""What may go wrong while a backup is made or restored: all of it is said in one line."""

from __future__ import annotations

import sqlite3
from typing import Final

import psycopg
from django.db import Error

from inspector.errors import IsoscopeError

FAULTS: Final = (IsoscopeError, OSError, Error, psycopg.Error, sqlite3.Error)
"""Our own refusals, files, and both databases, with and without Django between."""
