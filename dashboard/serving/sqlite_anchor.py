"""One connection to SQLite that stays open for as long as the server runs.

SQLite deletes its write-ahead log and the log's index when the last connection closes. On a full disk they could not
be created again, and then nothing could be read. Without the anchor each single request would create them too.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

log = logging.getLogger("isoscope.server")


def open_anchor(database: dict[str, Any]) -> sqlite3.Connection | None:
    """Open the connection for a database of Django's settings; ``None`` if it is not SQLite, or cannot be opened."""
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
