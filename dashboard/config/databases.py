"""Database and channel layer: SQLite and memory by default, PostgreSQL and Redis by one variable each."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from dashboard.config.extras import need

LOCK_S: Final = 20
"""A statement waits this long for the lock of another program. Then an error is reported."""


def read_database(url: str, default: Path) -> dict[str, Any]:
    """Django's database settings for ``url``; an empty one means SQLite in the file ``default``.

    :raises ImproperlyConfigured: neither ``postgresql://`` nor ``sqlite:///``, or no URL at all.
    """
    try:
        return sqlite(default) if not url else _read_url(url)
    except ValueError:
        raise ImproperlyConfigured(
            "ISOSCOPE_DATABASE_URL takes postgresql://user:password@host:port/name or sqlite:////absolute/path"
        ) from None


def _read_url(url: str) -> dict[str, Any]:
    """:raises ValueError: not a URL of a database that we know."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and parts.path:
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme in ("postgres", "postgresql") and parts.path.strip("/"):
        need("psycopg", "postgresql")
        return postgresql(url)
    raise ValueError(parts.scheme)


def sqlite(path: Path) -> dict[str, Any]:
    """The embedded default: a write-ahead log, so that readers never wait, and writers that queue instead of failing.

    ``synchronous=NORMAL`` survives a killed process at any moment; see sqlite.org/wal.html. Opening a
    connection must not write, as ``PRAGMA auto_vacuum`` does: readers would wait for writers, and for disk space.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": LOCK_S,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;",
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    """PostgreSQL by libpq's URL form. Options after ``?`` are passed to libpq.

    Without a limit, a lock that another program holds would delay frames silently for as long as it is held.
    """
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"options": f"-c lock_timeout={LOCK_S}s", **dict(parse_qsl(parts.query))},
    }


REDIS_S: Final = 15.0
"""Seconds until Redis counts as gone; must be longer than channels_redis' blocking read of 5 s."""

REDIS_CONNECT_S: Final = 2.0
"""Seconds a connection to Redis may take."""


def read_channel_layer(url: str) -> dict[str, Any]:
    """Channels' layer: Redis where ``url`` names one, this process's memory otherwise."""
    if not url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}
    if not _is_redis(url):
        raise ImproperlyConfigured("ISOSCOPE_REDIS_URL takes redis://host:port/number")
    need("channels_redis", "redis")
    host = {"address": url, "socket_timeout": REDIS_S, "socket_connect_timeout": REDIS_CONNECT_S}
    return {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [host], "capacity": 1000}}


def _is_redis(url: str) -> bool:
    """Whether redis-py would take the URL; it asks for the port only when it connects."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("redis", "rediss", "unix") and (parts.scheme == "unix" or parts.port != 0)
    except ValueError:
        return False
