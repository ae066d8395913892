"""Blocks of lines that must fit into some room: each is listed whole, or counted in one line. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple


class Block(NamedTuple):
    """Lines that belong together."""

    size: int  # how many lines there are
    lines: Callable[[], Iterable[str]]  # makes them: sentences that are not shown are not written
    short: Sequence[str]  # what stands for them where they do not fit


def fit(blocks: Sequence[Block], room: int | None) -> tuple[list[str], bool]:
    """The lines of all blocks in their order, and whether one of them was shortened.

    Each block leaves room for the short form of those that follow.

    :param room: lines at most, where the short forms fit; ``None``: any number.
    """
    shown: list[str] = []
    rest = sum(len(block.short) for block in blocks)
    shortened = False
    for block in blocks:
        rest -= len(block.short)
        if room is None or len(shown) + block.size + rest <= room:
            shown += block.lines()
        else:
            shown += block.short
            shortened = True
    return shown, shortened
