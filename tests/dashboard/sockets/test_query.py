"""Query parameters of the websockets' addresses."""

from __future__ import annotations

import pytest

from dashboard.sockets.query import parse_interval, parse_number


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("0.1", 0.1), ("0.05", None), ("86401", None), ("nan", None), ("inf", None), ("soon", None)],
)
def test_an_interval_out_of_range_is_ignored(text: str, seconds: float | None) -> None:
    assert parse_interval({"interval": [text]}) == seconds


def test_a_missing_interval_is_none() -> None:
    assert parse_interval({}) is None


@pytest.mark.parametrize(
    ("query", "number"), [(b"seq=7", 7), (b"", 0), (b"seq=-1", 0), (b"seq=x", 0), (b"seq=" + b"9" * 19, 0)]
)
def test_a_malformed_number_is_zero(query: bytes, number: int) -> None:
    assert parse_number({"query_string": query}, "seq") == number
