"""A user and a password beside each other, as any program may take them: ``-u bob -p x``, ``user bob password x``.

Pure. A program whose table says what its flag takes is left to the table.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from inspector.agent.collect.masking.values import is_value
from inspector.agent.collect.masking.words import Word

_USER_FLAGS: Final = frozenset(
    (
        "-u",
        "-U",
        "-l",
        "-D",
        "-user",
        "--user",
        "--username",
        "--login",
        "-username",
        "-login",
        "--email",
        "-au",
        "-xu",
    )
)
_PASSWORD_FLAGS: Final = frozenset(("-p", "-P", "-w", "-pw", "-pass", "-ap", "-xp"))
_USER_WORDS: Final = frozenset(("user", "username", "login", "+login"))
_USERS: Final = _USER_FLAGS | _USER_WORDS
_PASSWORD_WORDS: Final = frozenset(("pass", "password", "passwd", "pwd", "using"))
_OTHER: Final = re.compile(r"\d{1,5}(?:[:\-/,.]\S*)?|[\w.\-]+=.*|\.{0,2}/.*|[\d.]+:.*|%.*|[0-9a-f]{12,64}", re.DOTALL)
"""Ports, numbers of processes, paths, properties: what ``-p`` takes where it takes no password."""
_MIXED: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[^\s/:,=@.\-]{6,64}")
_LETTERS_AND_SIGNS: Final = re.compile(r"(?=.*[A-Za-z])(?=.*[\d!#$%^&*?])[^\s/:,=@]{6,64}")
_SHAPES: Final = {
    **dict.fromkeys(("-p", "-P", "-pw", "-w", "-W"), _LETTERS_AND_SIGNS),
    **dict.fromkeys(("-K", "-a", "-C", "-x", "-s"), _MIXED),
}
"""Flags that often take a password, and how a password looks there."""

_BOTH: Final = re.compile(r"(?P<user>[\w.\\@+\-]+):(?P<secret>[^/\s].*)", re.DOTALL)


def hide_logins(words: Sequence[Word], known: Collection[str]) -> None:
    """Hide the passwords.

    :param known: flags about which the table of the line's programs says something.
    """
    for number, word in enumerate(words[:-1]):
        first = word.text
        if first not in _USERS:
            continue
        if first in _USER_WORDS:
            _hide_after(words[number + 2 : number + 4], _PASSWORD_WORDS)
        if first in _USER_FLAGS and not words[number + 1].text.startswith("-"):
            for at in (number - 2, number + 2):
                pair = words[at : at + 2] if at >= 0 else ()
                if pair and pair[0].text not in known:
                    _hide_after(pair, _PASSWORD_FLAGS)
            if first not in known:
                _hide_second(words[number + 1])


def hide_after_short_flags(words: Sequence[Word], known: Collection[str]) -> None:
    """Hide what looks like a password after a flag that often takes one: ``-P Xy12ab``."""
    for number, word in enumerate(words[:-1]):
        shape = _SHAPES.get(word.text)
        if shape is not None and word.text not in known:
            value = words[number + 1]
            if shape.fullmatch(value.text) and not _OTHER.fullmatch(value.text) and is_value(value):
                value.hide()


def _hide_after(pair: Sequence[Word], names: Collection[str]) -> None:
    if len(pair) == 2 and pair[0].text in names:
        value = pair[1]
        if not value.text.startswith("-") and not _OTHER.fullmatch(value.text) and is_value(value):
            value.hide()


def _hide_second(word: Word) -> None:
    """What follows the colon of ``user:password``; a group has the name of its user, or a number."""
    found = _BOTH.fullmatch(word.text)
    if (
        found
        and found["secret"] != found["user"]
        and not found["secret"].isdigit()
        and is_value(word, found.start(2))
    ):
        end = word.text.rfind("@")
        word.hide(found.start("secret"), end if end > found.start("secret") else found.end())
