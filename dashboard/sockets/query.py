"""Query parameters of the websockets' addresses."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qs

from inspector.facts.types import LONGEST_S, SHORTEST_S
from inspector.protocol.schema import Hello

MOST_DIGITS: Final = 18
"""Digits of the largest number, so that it fits in 63 bits."""


def parse_query(scope: dict[str, Any]) -> dict[str, list[str]]:
    """The parameters by name."""
    return parse_qs(scope["query_string"].decode("latin1"))


def parse_interval(query: dict[str, list[str]]) -> float | None:
    """The agent's scan interval in seconds; ``None`` if it is missing, malformed or out of range."""
    try:
        seconds = float(query.get("interval", [""])[0])
    except ValueError:
        return None
    return seconds if SHORTEST_S <= seconds <= LONGEST_S else None


def parse_hello(query: dict[str, list[str]]) -> Hello:
    """The version and schema that an agent sends."""
    return Hello.parse(query.get("version", [""])[0], query.get("schema", [""])[0])


def parse_number(scope: dict[str, Any], name: str) -> int:
    """A whole number; 0 if it is missing, malformed or too large."""
    text = parse_query(scope).get(name, ["0"])[0]
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0
