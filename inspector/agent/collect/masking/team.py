"""A team's own patterns of secrets, as the setting ``ISOSCOPE_MASK`` gives them. Pure.

Patterns are separated by spaces. There are three forms, none of them a regular expression, so no pattern can make a
scan slow:

- ``acme-pin=``: the value of every name that ends so, in any case, whatever stands between its words (``ACME_PIN=x``,
  ``--acme-pin x``, ``"acmePin": "x"``);
- ``ACME-*``: every word, or part of one, that begins so and goes on with letters, digits, ``_``, ``-`` or ``.``;
- ``vaultctl:-s``: the value of a program's flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from inspector.agent.collect.masking.programs import Rule

SHORTEST: Final = 4  # characters of the beginning that ``*`` follows
MOST: Final = 100

FORMS: Final = "NAME= (acme-pin=), BEGINNING* (ACME-*) and PROGRAM:FLAG (vaultctl:-s), separated by spaces"

_NAME: Final = re.compile(r"[A-Za-z][\w.\-]{2,63}=")
_BEGINNING: Final = re.compile(r"[\w.\-]{1,64}\*")
_FLAG: Final = re.compile(r"(?P<program>[\w.+\-]{1,64}):(?P<flag>--?[A-Za-z][\w\-]{0,63})")
_REST: Final = re.compile(r"[\w.\-]*")


class Patterns(NamedTuple):
    """Patterns, parsed."""

    endings: tuple[str, ...] = ()  # of names, lower case, letters and digits only
    beginnings: tuple[str, ...] = ()
    programs: dict[str, tuple[Rule, ...]] = {}

    @property
    def hints(self) -> tuple[str, ...]:
        """What a line has to hold, in lower case, for one of them to apply."""
        first = (re.split(r"[\W_]", ending)[0] for ending in self.endings)
        return (*(text[:2] for text in first), *map(str.lower, self.beginnings), *self.programs)

    def names(self, name: str) -> bool:
        """Whether the name is one of a secret."""
        return bool(self.endings) and _letters(name[-128:]).endswith(self.endings)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the words of a beginning stand in the text."""
        for beginning in self.beginnings:
            at = text.find(beginning)
            while at >= 0:
                rest = _REST.match(text, at + len(beginning))
                end = rest.end() if rest else at + len(beginning)
                if end > at + len(beginning):
                    yield at, end
                at = text.find(beginning, end)


NO_PATTERNS: Final = Patterns()


def parse_patterns(text: str) -> Patterns:
    """The patterns of a setting.

    :raises ValueError: one is of no form, too short, or there are too many; says which.
    """
    words = text.split()
    if len(words) > MOST:
        raise ValueError(f"{len(words)} patterns; at most {MOST} are taken")
    endings, beginnings, programs = [], [], dict[str, tuple[Rule, ...]]()
    for word in words:
        if _NAME.fullmatch(word):
            endings.append(_letters(word))
        elif _BEGINNING.fullmatch(word) and len(word) > SHORTEST:
            beginnings.append(word[:-1])
        elif found := _FLAG.fullmatch(word):
            rule = Rule(found["flag"], "value", "", 0)
            programs[found["program"]] = (*programs.get(found["program"], ()), rule)
        else:
            raise ValueError(f"{word!r} is no pattern; understood are {FORMS}; a beginning has {SHORTEST} characters")
    return Patterns(tuple(endings), tuple(beginnings), programs)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
