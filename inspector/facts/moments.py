"""Moments as people and frames write them. Pure: the clock and the zone are given."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from inspector.errors import MalformedMoment

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

FORMS: Final = "a number (of a snapshot), now, -1h30m, 9:00, yesterday 9:00, 2026-11-23 03:10, or ISO 8601"

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
AGO: Final = re.compile(r"-((?:\d{1,9}[smhdw])+)$", re.ASCII)
_PART: Final = re.compile(r"(\d+)([smhdw])")
_DAY: Final = re.compile(r"(?:(today|yesterday)(?:\s+|$))?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?", re.ASCII)


def parse_instant(text: str) -> datetime:
    """Parse a moment in ISO 8601 with its zone, as frames contain it. The result is in UTC.

    :raises MalformedMoment: not that, without zone, or outside the years 1 to 9999.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise MalformedMoment(f"{text!r} does not say its zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedMoment(f"{text!r} is not a moment in ISO 8601: {error}") from error


def format_instant(moment: datetime) -> str:
    """The inverse of :func:`parse_instant`, for moments it gave."""
    return moment.isoformat()


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact.

    :raises OverflowError: the moment has no UTC time within the years 1 to 9999.
    """
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment in UTC; the inverse of :func:`to_micros`.

    What lies beyond the years 2 to 9998 becomes their first or last moment: it can still be used in sums.
    """
    return EPOCH + timedelta(microseconds=min(max(micros, _FIRST), _LAST))


_FIRST: Final = to_micros(datetime(2, 1, 1, tzinfo=UTC))
_LAST: Final = to_micros(datetime(9998, 12, 31, tzinfo=UTC))


def parse(text: str, now: datetime, zone: tzinfo) -> int | datetime:
    """Parse what a person wrote: the number of a snapshot, or a moment, returned in UTC.

    A time without a date means the most recent such time: 23:50 at ten past midnight is of the day before.

    :param zone: the zone of a time that names none.
    :raises MalformedMoment: it has none of the forms in :data:`FORMS`.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    for form in _FORMS:
        try:
            moment = form(text.lower(), now.astimezone(zone))
        except (ValueError, OverflowError) as error:
            raise MalformedMoment(f"{text!r} is not a moment: {error}") from error
        if moment is not None:
            return moment
    raise MalformedMoment(f"{text!r} is not a moment; understood are {FORMS}")


def _now(text: str, now: datetime) -> datetime | None:
    return now.astimezone(UTC) if text == "now" else None


def _ago(text: str, now: datetime) -> datetime | None:
    found = AGO.fullmatch(text)
    if not found:
        return None
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(found[1]))
    return now.astimezone(UTC) - timedelta(seconds=seconds)


def _day(text: str, now: datetime) -> datetime | None:
    found = _DAY.fullmatch(text)
    if not text or not found:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups()[1:])
    clock = time(hour, minute, second)
    if found[1] is None:
        return _last(clock, now)
    return _local(now.date() - timedelta(days=found[1] == "yesterday"), clock, now)


def _last(clock: time, now: datetime) -> datetime:
    """The last moment at which the clocks of the zone showed this.

    On a day on which they are set back they show some times twice, on one on which they are put forward some never.
    """
    days = (now.date() - timedelta(days=days) for days in range(3))
    moments = (_local(day, clock.replace(fold=fold), now) for day in days for fold in (1, 0))
    return next(
        moment
        for moment in moments
        if moment <= now and moment.astimezone(now.tzinfo).time().replace(fold=0) == clock
    )


def _date(text: str, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    if moment.tzinfo is None:
        return _local(moment.date(), moment.time(), now)
    return moment.astimezone(UTC)


def _local(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo).astimezone(UTC)


_FORMS: Final[tuple[Callable[[str, datetime], datetime | None], ...]] = (_now, _ago, _day, _date)
