"""Escaping: the one place where text becomes harmless for a terminal or a log. Names from a host are hostile. Pure.

Names go into a sentence by :func:`plain` or :func:`escape`. What a command prints passes :func:`write_out_lines`,
JSON :func:`write_out_json`, and a line of the log :func:`write_out`: see ``inspector.management.base`` and
``dashboard.config.logs``. So what nobody escaped before is harmless too.
"""

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
    return _replace(truncate(text, longest, ellipsis), _escape_name)


def write_out(text: str) -> str:
    """The text with each unprintable character written as its escape, such as ``\\n``, ``\\x1b`` or ``\\u202e``."""
    return _replace(text, _escape)


def write_out_lines(text: str) -> str:
    """Like :func:`write_out`, of several lines: line breaks are kept, ``\\r\\n`` too, and tabs."""
    return "\r\n".join(_replace(part, _escape_within) for part in text.split("\r\n"))


def write_out_json(text: str) -> str:
    """JSON on one line, each unprintable character as JSON escapes it. It decodes to the same value."""
    return _replace(text, _escape_json)


def truncate(text: str, longest: int, ellipsis: str = "…") -> str:
    """The text, with an ellipsis at the end if it is longer than ``longest`` characters."""
    return text if len(text) <= longest else text[: longest - 1] + ellipsis


def _replace(text: str, rule: Rule) -> str:
    """The text with each unprintable character replaced."""
    if text.isprintable():
        return text
    return text.translate({ord(char): rule(char) for char in set(text) if not char.isprintable()})


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _escape_within(char: str) -> str:
    return char if char in "\t\n" else _escape(char)


def _escape_name(char: str) -> str:
    return f"\\x{ord(char):02x}" if char in "\t\n\r" else _escape(char)


def _escape_json(char: str) -> str:
    """One or two ``\\uNNNN``: JSON writes what is beyond U+FFFF as a pair of surrogates; see RFC 8259, section 7."""
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2]):04x}" for at in range(0, len(units), 2))
