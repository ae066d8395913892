"""Escaping: text from a host made harmless for a terminal. Names of processes and containers are hostile. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

LONGEST: Final = 100  # characters of one value of a sentence
LONGEST_NAME: Final = 80  # characters of a container's or image's name

Rule = Callable[[str], str]
"""What makes one name harmless where it is written: a terminal, Markdown."""


def plain(text: str) -> str:
    """The text on one line, escaped for a terminal and truncated to :data:`LONGEST` characters."""
    return truncate(write_out(text), LONGEST)


def escape(text: str, longest: int = LONGEST_NAME, ellipsis: str = "…") -> str:
    """A name truncated and then escaped for a terminal. Line breaks and tabs are written as ``\\xNN`` too."""
    return "".join(char if char.isprintable() else _escape_name(char) for char in truncate(text, longest, ellipsis))


def write_out(text: str) -> str:
    """The text with each unprintable character written as its escape, such as ``\\n``, ``\\x1b`` or ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def truncate(text: str, longest: int, ellipsis: str = "…") -> str:
    """The text, with an ellipsis at the end if it is longer than ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1] + ellipsis


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _escape_name(char: str) -> str:
    return f"\\x{ord(char):02x}" if char in "\t\n\r" else _escape(char)
