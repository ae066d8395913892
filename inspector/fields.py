"""Columns that history needs and Django does not bring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import models

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

if TYPE_CHECKING:
    _Base = models.BigIntegerField[datetime, datetime]
else:
    _Base = models.BigIntegerField


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact.

    :raises OverflowError: the moment has no UTC time within the years 1 to 9999.
    """
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment in UTC; the inverse of :func:`to_micros`."""
    return EPOCH + timedelta(microseconds=micros)


class MomentField(_Base):
    """A moment as a ``datetime`` in UTC, stored as microseconds since 1970: 8 bytes where text takes 26.

    Being a number, it sorts, and can be cut into stretches, in the same way on every database.
    """

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> datetime | None:
        return None if value is None else from_micros(value)

    def get_prep_value(self, value: Any) -> Any:
        return to_micros(value) if isinstance(value, datetime) else super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        return from_micros(int(value))
