"""Blocks that must fit into some room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.text.blocks import Block, fit


def block(size: int) -> Block:
    return Block(size, lambda: [f"{size}"] * size, ("short",))


@given(st.sets(st.integers(1, 9), max_size=6), st.integers(6, 30))
def test_each_block_is_listed_whole_or_counted_and_all_fit(sizes: set[int], room: int) -> None:
    lines, shortened = fit([block(size) for size in sorted(sizes)], room)
    assert len(lines) <= room
    assert len(lines) == sum(size for size in sizes if str(size) in lines) + lines.count("short")
    assert shortened == ("short" in lines)


def test_without_a_bound_all_is_listed() -> None:
    assert fit([block(3), block(900)], None) == (["3"] * 3 + ["900"] * 900, False)
