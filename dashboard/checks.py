"""Django system checks of the tag ``server``: set-ups in which the server cannot do its work, or only in part.

They run with ``manage.py check`` only: that command imports this module, and nothing else does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connection

from dashboard.assets.collected import ADVICE, collects, state_of
from dashboard.backup.faults import FAULTS
from dashboard.database_errors import explain

TAG: Final = "server"

TRIAL: Final = "CREATE TEMPORARY TABLE isoscope_trial AS SELECT md5(n::text) FROM generate_series(1, 5000) AS n"
"""Needs some new pages on the disk of the database; the table is dropped with the session."""


@register(TAG)
def check_server(**kwargs: Any) -> list[CheckMessage]:
    """All of them."""
    return [*check_database(), *check_static_files()]


def check_database() -> list[CheckMessage]:
    """Whether the database answers and has room for more."""
    try_out: Callable[[], None] = try_sqlite if connection.vendor == "sqlite" else try_postgresql
    try:
        try_out()
    except FAULTS as error:
        return [Error(explain(error), hint=f"Its message: {' '.join(str(error).split())}", id="isoscope.E001")]
    return []


def try_sqlite() -> None:
    """Write a little beside the database."""
    folder = Path(connection.settings_dict["NAME"]).parent
    if folder.exists():
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(2**16))
            file.flush()


def try_postgresql() -> None:
    """Connect, and write a little."""
    import psycopg

    parameters = connection.get_connection_params()
    with psycopg.connect(**parameters | {"connect_timeout": 5}) as session:
        session.execute(TRIAL)
        session.rollback()


def check_static_files() -> list[CheckMessage]:
    """Whether the files that the pages need were collected on this machine."""
    folder = Path(settings.STATIC_ROOT)
    if not collects() or (state := state_of(folder)) == "current":
        return []
    text = f"The static files in {folder} are {state}: pages take longer to load."
    return [Warning(text, hint=f"The server collects them when it starts, if it may. {ADVICE}", id="isoscope.W008")]
