"""One connection to SQLite that stays open for as long as the server runs.

The last connection that closes takes SQLite's log and its index with it. On a full disk they could not be made again,
and then nothing could be read either; and every request that is alone would pay for making them.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

log = logging.getLogger("isoscope.server")


def anchor(database: dict[str, Any]) -> sqlite3.Connection | None:
    """The connection, for Django's settings of a database; ``None`` where that is not SQLite, or cannot be opened."""
    if not database["ENGINE"].endswith("sqlite3"):
        return None
    try:
        connection = sqlite3.connect(database["NAME"], isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        log.error("%s cannot be opened: %s", database["NAME"], error)
        return None
    return connection
