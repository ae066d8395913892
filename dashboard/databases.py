"""The two databases Isoscope keeps history in, as Django settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def sqlite(path: Path) -> dict[str, Any]:
    """The embedded default: write-ahead log, writers queue instead of failing, durable enough to survive SIGKILL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        },
    }
