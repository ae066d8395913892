"""Conditions and parameters that several queries share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression, RawSQL
from django.db.models.lookups import LessThanOrEqual

T = TypeVar("T")

CHUNK: Final = 500  # parameters in one statement; every database allows this many


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items, at most ``size`` at a time."""
    return (items[start : start + size] for start in range(0, len(items), size))


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, at most ``size`` at a time."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def among(queryset: QuerySet[Any], ids: Iterable[int]) -> QuerySet[Any]:
    """The rows with these ids, however many: the ids travel as one parameter."""
    return queryset.filter(id__in=numbers(sorted(ids)))


def numbers(wanted: Iterable[int]) -> RawSQL:
    """A subquery that yields these numbers, however many, from one parameter."""
    source, parameter = number_table(wanted)
    return RawSQL(f"SELECT value FROM {source}", (parameter,))  # noqa: S608, S611


def number_table(wanted: Iterable[int]) -> tuple[str, str | list[int]]:
    """A table ``wanted`` with one column ``value``, and the one parameter it is made from."""
    if connection.vendor == "postgresql":
        return "unnest(%s::bigint[]) AS wanted(value)", list(wanted)
    return "json_each(%s) AS wanted", json.dumps(list(wanted))


def pair_table(wanted: Iterable[tuple[int, int]]) -> tuple[str, list[Any]]:
    """A table ``wanted`` with the columns ``host`` and ``seq``, and the parameters it is made from."""
    pairs = list(wanted)
    if connection.vendor == "postgresql":
        columns = [[host for host, _ in pairs], [seq for _, seq in pairs]]
        return "unnest(%s::bigint[], %s::bigint[]) AS wanted(host, seq)", columns
    fields = "json_extract(value, '$[0]') AS host, json_extract(value, '$[1]') AS seq"
    return f"(SELECT {fields} FROM json_each(%s)) AS wanted", [json.dumps(pairs)]  # noqa: S608


def without_index(column: str) -> CombinedExpression:
    """The column, in a form for which its index cannot be used. Another index finds fewer rows."""
    return F(column) + 0


def opened_by(seq: int) -> LessThanOrEqual:
    """``opened <= seq`` without the index of that column, which would read all of history up to there."""
    return LessThanOrEqual(without_index("opened"), seq)


def open_at(seq: int) -> Q:
    """The row had not ended at ``seq``."""
    return Q(closed=None) | Q(closed__gt=seq)
