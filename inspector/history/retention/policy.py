"""The retention policy of an installation, such as ``48h:all,14d:1h,365d:1d``. Pure: the clock is given."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from inspector.facts.moments import EPOCH

DEFAULT: Final = "48h:all,14d:1h,365d:1d"
FORM: Final = f"tiers such as {DEFAULT} (an age limit, and the time for which one snapshot is kept), or all"

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_SIZE: Final = re.compile(r"(\d{1,15})\s*([kmgt]?)i?b?", re.ASCII | re.IGNORECASE)
_ALL: Final = timedelta(0)


class Tier(NamedTuple):
    """Up to the age ``until``, the last snapshot of every stretch ``each`` is kept; 0: every snapshot."""

    until: timedelta
    each: timedelta


class Policy(NamedTuple):
    """Tiers by rising age. Older than the last one, only what still held when the last tier began is kept."""

    tiers: tuple[Tier, ...] = ()

    @property
    def keeps_all(self) -> bool:
        return not self.tiers

    def edges(self, now: datetime) -> list[tuple[datetime, timedelta | None]]:
        """Where each tier ends, the oldest first: the moment, and the stretch that keeps one snapshot before it.

        ``None``: one for all of it. An edge lies on a boundary of the stretches older than it, so that an hour is
        thinned once, when all of it is old enough.
        """
        older: list[timedelta | None] = [*(tier.each for tier in self.tiers[1:]), None]
        pairs = list(zip(self.tiers, older, strict=False))
        return [(_floor(now - tier.until, each or tier.each), each) for tier, each in reversed(pairs)]


class Sorter:
    """Assigns each snapshot to a stretch. Of the snapshots of one stretch the last is kept."""

    def __init__(self, policy: Policy, now: datetime, horizon: datetime | None = None) -> None:
        """:param horizon: everything older is one stretch, whatever the tiers say."""
        self.edges = policy.edges(now)
        self.horizon = horizon

    def begins_keeping_all(self) -> datetime | None:
        """The moment from which on nothing is dropped; ``None`` where nothing is dropped at all."""
        moments = [edge for edge, _ in self.edges] + ([self.horizon] if self.horizon else [])
        return max(moments, default=None)

    def stretch(self, recorded: datetime, taken: datetime) -> tuple[int, int] | None:
        """The stretch of a snapshot, ``None`` where every one is kept.

        :param recorded: the server's clock, by which it ages: an agent's clock may be wrong by years.
        :param taken: the agent's clock, which says the hour it stands for.
        """
        if self.horizon and recorded < self.horizon:
            return -1, 0
        for number, (edge, each) in enumerate(self.edges):
            if recorded < edge:
                return None if each == _ALL else (number, 0 if each is None else (taken - EPOCH) // each)
        return None


def parse_policy(text: str) -> Policy:
    """The tiers that a text names; ``all`` keeps everything.

    :raises ValueError: not of :data:`FORM`, or ages that do not rise.
    """
    if text.strip().lower() == "all":
        return Policy()
    tiers = tuple(_parse_tier(part.strip().lower()) for part in text.split(","))
    if any(after.until <= before.until for before, after in pairwise(tiers)):
        raise ValueError(f"{text!r}: the ages must rise from tier to tier")
    return Policy(tiers)


def parse_size(text: str) -> int:
    """Bytes, optionally with ``k``, ``M``, ``G`` or ``T`` (powers of 1024).

    :raises ValueError: not a size.
    """
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a size such as 500M or 20G")
    return int(found[1]) << 10 * "_kmgt".index(found[2].lower() or "_")


def _parse_tier(text: str) -> Tier:
    age, colon, each = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} is no tier; expected: {FORM}")
    tier = Tier(_parse_length(age), _ALL if each == "all" else _parse_length(each))
    if tier.each > tier.until:
        raise ValueError(f"{text!r}: one snapshot for each {each} needs an age of at least {each}")
    return tier


def _parse_length(text: str) -> timedelta:
    found = _LENGTH.fullmatch(text)
    if not found or not int(found[1]):
        raise ValueError(f"{text!r} is not a length of time such as 48h or 14d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _floor(moment: datetime, length: timedelta) -> datetime:
    return moment - (moment - EPOCH) % length if length else moment
