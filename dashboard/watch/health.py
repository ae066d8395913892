"""Whether this server can do its work: its database, the migrations there, and the channel layer."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any, Final

import msgspec
from channels.layers import get_channel_layer
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from dashboard.database_errors import Unavailable, explain, more_telling
from dashboard.sockets.database_threads import READERS

ANSWER_S: Final = 5.0
"""Seconds that each part has for its answer."""


class Readiness(msgspec.Struct, omit_defaults=True):
    """``None`` where a part works, else why it does not."""

    ready: bool
    database: str | None = None
    migrations: str | None = None
    channel_layer: str | None = None


class Migrated:
    """Whether the database is one of this version. Once it is, it stays so while this process runs."""

    def __init__(self) -> None:
        self._is_so = False

    def lacks(self) -> str | None:
        """What is wrong with it."""
        if self._is_so:
            return None
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        self._is_so = not missing
        return f"{len(missing)} are not applied: run “manage.py migrate”" if missing else None


migrated: Final = Migrated()


async def read_readiness() -> Readiness:
    """Ask every part, at the same time."""
    (database, migrations), layer = await asyncio.gather(ask_database(), ask_layer())
    return Readiness(not (database or migrations or layer), database, migrations, layer)


async def ask_database() -> tuple[str | None, str | None]:
    """What is wrong with the database, and with its migrations."""
    try:
        return await asyncio.wait_for(READERS.run(try_database), ANSWER_S)
    except TimeoutError:
        return f"The database did not answer within {ANSWER_S:g} s.", None


def try_database() -> tuple[str | None, str | None]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return None, migrated.lacks()
    except Unavailable as error:
        return explain(more_telling(error)), None


async def ask_layer() -> str | None:
    """Send a message through the channel layer and receive it."""
    layer: Any = get_channel_layer()
    channel, number = f"isoscope.ready.{secrets.token_hex(8)}", secrets.token_hex(8)
    try:
        async with asyncio.timeout(ANSWER_S):
            await layer.send(channel, {"type": "ready", "number": number})
            received = await layer.receive(channel)
    except Exception as error:
        return f"The channel layer does not pass messages on: {type(error).__name__}"
    return None if received["number"] == number else "The channel layer passed on another message"
