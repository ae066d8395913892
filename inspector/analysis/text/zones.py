"""The time zone of the person at the terminal, and moments shown in it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inspector.errors import MalformedMoment

LOCALTIME = Path("/etc/localtime")
ENVIRONMENT = Path("/proc/self/environ")


def local_zone() -> tzinfo:
    """``TZ`` as the command was started with it, else ``/etc/localtime``; UTC where neither names a zone.

    Django sets ``TZ`` to its own zone; the environment a process was started with is in ``/proc/self/environ``.
    """
    try:
        return ZoneInfo(name) if (name := _started_with("TZ").lstrip(":")) else _system_zone()
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return UTC


def named_zone(name: str) -> tzinfo:
    """The zone that IANA's database knows by this name, such as ``Europe/Berlin``.

    :raises MalformedMoment: there is none, or this machine has no such database.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        raise MalformedMoment(f"{name!r} is no time zone, such as Europe/Berlin or UTC") from error


def show_moment(moment: datetime, zone: tzinfo) -> str:
    """In the reader's zone and in UTC, once where the two are the same."""
    local, utc = (f"{moment.astimezone(one):%Y-%m-%d %H:%M:%S %Z}" for one in (zone, UTC))
    return local if local == utc else f"{local} ({utc})"


def _system_zone() -> tzinfo:
    with LOCALTIME.open("rb") as rules:
        return ZoneInfo.from_file(rules, "local")


def _started_with(name: str) -> str:
    pairs = (pair.partition(b"=") for pair in ENVIRONMENT.read_bytes().split(b"\0"))
    return next((value.decode(errors="replace") for key, _, value in pairs if key == name.encode()), "")
