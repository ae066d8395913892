"""Answers about large hosts are made by a worker: in this process they would keep every other person waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from dashboard.workers import worker
from inspector.history import keyframes
from inspector.models import Host

P = ParamSpec("P")
R = TypeVar("R")

LARGE: Final = 12_000
"""Rows of a state from which a worker reads it: some 10,000 processes."""


def make(host: Host, seq: int, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of the work, which reads the state at ``seq``, or at most as many rows.

    Where a worker does it, arguments and result are pickled, so they are small.
    """
    if keyframes.rows_at(host, seq) < LARGE:
        return work(*args, **kwargs)
    return worker.pieces.run(work, *args, **kwargs)
