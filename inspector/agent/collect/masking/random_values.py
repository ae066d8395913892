"""Values that look random, behind names that do not tell by themselves: ``--ticket 4f75d2…``, ``login 0123ab…``.

A name such as ``key`` or ``auth`` has harmless values, too; so the value has to look like a password or a token.
Pure, linear in the length of the line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from inspector.agent.collect.masking.values import is_key_file, is_value
from inspector.agent.collect.masking.words import Word

_TOKEN: Final = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_+=~.\-]{16,512}")
_PASSWORD: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^\d]*\d)[^\s/:,=@]{8,64}")
_NUMBER: Final = re.compile(r"\d{4,12}")
_SEGMENT: Final = re.compile(r"[A-Za-z0-9]{8,}")
_NAME: Final = re.compile(r"(?P<dashes>-{0,2})(?P<name>[A-Za-z][\w.\-]*)(?P<sign>=|\Z)")
_LAST: Final = re.compile(r"[A-Z]*[a-z]+|[A-Z]+")

_SHAPES: Final = {
    **dict.fromkeys(("key", "ticket", "captcha", "seed", "signature", "sig", "session", "license"), _TOKEN),
    **dict.fromkeys(("bearer", "auth"), _PASSWORD),
    **dict.fromkeys(("pin",), _NUMBER),
}
"""The last word of a name, and how its value looks where it is a secret."""

_NO_SECRETS: Final = frozenset(("public", "pub", "host", "peer", "ssh", "cache", "sort", "partition", "primary"))
_SHORT: Final = frozenset(("-t", "-k", "-T", "-K", "--ticket"))
_VERBS: Final = frozenset(("login", "auth", "authenticate", "authtoken"))
_CHANGES: Final = 3


def hide_random(words: Sequence[Word], known: Collection[str], harmless: Collection[str]) -> None:
    """Hide them.

    :param known: flags about which the table of the line's programs says something.
    :param harmless: flags that take no secret.
    """
    for word, after in pairwise((*words, Word(""))):
        text = word.text
        if text in harmless or text.partition("=")[0] in harmless:
            continue
        if text in _VERBS or (text in _SHORT and text not in known):
            if _TOKEN.fullmatch(after.text) and is_random(after.text):
                after.hide()
            continue
        found = _NAME.match(text)
        if found is None or (shape := _shape_of(found["name"])) is None:
            continue
        if found["sign"]:
            _hide_shaped(word, found.end(), found["name"], shape)
        elif len(found["dashes"]) == 2 or (found["dashes"] and len(found["name"]) > 2):
            _hide_shaped(after, 0, found["name"], shape)


def is_random(text: str) -> bool:
    """Whether no one reads or writes it: in one piece of it, letters and digits alternate."""
    return any(_changes(piece) >= _CHANGES for piece in _SEGMENT.findall(text))


def _changes(text: str) -> int:
    return sum(one != other for one, other in pairwise(character.isdigit() for character in text))


def _shape_of(name: str) -> re.Pattern[str] | None:
    words = list(_words(name))
    if not words or not _NO_SECRETS.isdisjoint(words[:-1]):
        return None
    return _SHAPES.get(words[-1])


def _words(name: str) -> Iterator[str]:
    return (word.lower() for word in _LAST.findall(name[-128:]))


def _hide_shaped(word: Word, start: int, name: str, shape: re.Pattern[str]) -> None:
    value = word.text[start:]
    if not shape.fullmatch(value) or is_key_file(name, value) or not is_value(word, start):
        return
    if shape is not _TOKEN or is_random(value):
        word.hide(start)
