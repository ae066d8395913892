"""The version of this Isoscope, and how another one compares with it."""

from __future__ import annotations

import re
from typing import Final, Literal

VERSION: Final = "0.1.0"

Age = Literal["older", "same", "newer"]


def age_of(version: str) -> Age:
    """Whether a version is older or newer than this one. An empty one is older: such versions did not send it."""
    theirs, ours = _numbers(version), _numbers(VERSION)
    return "same" if theirs == ours else "older" if theirs < ours else "newer"


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers: ``1.4.0rc2`` gives (1, 4, 0)."""
    return tuple(int(digits) for digits in re.findall(r"\d{1,9}", version.partition("+")[0])[:3])
