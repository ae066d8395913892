"""The errors expected while a backup is made or restored: each is printed as one line."""

from __future__ import annotations

import sqlite3
from typing import Final

import psycopg
from django.db import Error

from inspector.errors import IsoscopeError

FAULTS: Final = (IsoscopeError, OSError, Error, psycopg.Error, sqlite3.Error)
"""Errors of Isoscope, of files, and of both databases, raised by Django or by their own libraries."""
