"""Words of a command line, and of scripts within them: what is hidden in a part is hidden in the whole. Pure.

A script is split as a shell would, leniently: a quote that is never closed ends with the text. Nothing is expanded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

MASK: Final = "••••"

_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t\r]++)|(?P<redirect>[<>]++)|(?P<end>[\n;&|()`]++)"""
    r"""|(?P<plain>(?:[^\s;&|()<>`"'\\$]++|\$\{[^}]*+\})+)"""
    r"""|'(?P<single>[^']*+)'?|"(?P<double>(?:[^"\\]++|\\.)*+)"?|\\(?P<escaped>.)|(?P<other>.)""",
    re.DOTALL,
)
_WITHIN_DOUBLE: Final = re.compile(r"""\\[$`"\\\n]|[^\\]++|\\""")
_REFERENCE: Final = re.compile(r"\$(?:\{[^}]*\}|\w+|\(.*)?|`.*", re.DOTALL)


_NOWHERE: Final[list[int]] = []  # never changed


class Word:
    """A word: an argument, or a part of one that a shell would take for a word."""

    __slots__ = ("_origins", "_spans", "_starts", "is_here", "is_quoted", "parent", "text")

    def __init__(self, text: str, parent: Word | None = None) -> None:
        self.text = text
        self.parent = parent
        self.is_here = False  # what <<< gives a command to read
        self.is_quoted = parent is None  # nothing in it is expanded
        self._spans: list[tuple[int, int]] = []
        self._starts = _NOWHERE  # where each piece begins in our text
        self._origins = _NOWHERE  # and in our parent's

    def hide(self, start: int = 0, end: int | None = None) -> None:
        """Mask a part of the text, by default all of it."""
        end = len(self.text) if end is None else end
        if start >= end:
            return
        if self.parent is None:
            self._spans.append((start, end))
        else:
            self.parent.hide(self._above(start), self._above(end - 1) + 1)

    def is_reference(self, start: int = 0) -> bool:
        """Whether the rest is a variable or a command of which a shell puts in the value: no secret yet."""
        return not self.is_quoted and _REFERENCE.fullmatch(self.text, start) is not None

    def shown(self) -> str:
        """The text with :data:`MASK` in the place of what is hidden."""
        if not self._spans:
            return self.text
        pieces, at = [], 0
        for start, end in sorted(self._spans):
            if start >= at:
                pieces += [self.text[at:start], MASK]
            at = max(at, end)
        return "".join((*pieces, self.text[at:]))

    def add(self, text: str, origin: int) -> None:
        """Another piece of the text, which stands at ``origin`` in the parent's."""
        if self.text:
            self._starts.append(len(self.text))
            self._origins.append(origin)
            self.text += text
        else:
            self.text, self._starts, self._origins = text, [0], [origin]

    def _above(self, at: int) -> int:
        piece = max(bisect_right(self._starts, at) - 1, 0)
        return self._origins[piece] + at - self._starts[piece]


class Command:
    """The words of one command; ``feeds``: its output goes to the next one."""

    __slots__ = ("feeds", "words")

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.feeds = False


def split(script: Word) -> list[Command]:
    """The commands of a script, with their words. Never fails."""
    return _Splitter(script).run()


class _Splitter:
    def __init__(self, script: Word) -> None:
        self.script = script
        self.commands = [Command()]
        self.word: Word | None = None  # the one that is put together
        self.is_here = False  # whether the next word is what <<< gives

    def run(self) -> list[Command]:
        for found in _TOKEN.finditer(self.script.text):
            kind = found.lastgroup or "empty"
            if kind == "space":
                self.word = None
            elif kind in ("plain", "other"):
                self._begin().add(found[0], found.start())
            elif kind in ("redirect", "end"):
                self._separate(kind, found[0])
            else:
                self._add_quoted(kind, found)
        return [command for command in self.commands if command.words]

    def _separate(self, kind: str, text: str) -> None:
        self.word = None
        if kind == "redirect":
            self.is_here = text == "<<<"
        else:
            self.commands[-1].feeds = text in ("|", "|&")
            self.commands.append(Command())

    def _add_quoted(self, kind: str, found: re.Match[str]) -> None:
        word = self._begin()
        if kind in ("single", "escaped"):
            word.is_quoted = True
            word.add(found[kind], found.start(kind))
        elif kind == "double":
            for piece in _WITHIN_DOUBLE.finditer(found[kind]):
                is_escape = len(piece[0]) == 2 and piece[0][0] == "\\"
                word.add(piece[0][is_escape:], found.start(kind) + piece.start() + is_escape)

    def _begin(self) -> Word:
        word = self.word
        if word is None:
            word = self.word = Word("", self.script)
            word.is_here, self.is_here = self.is_here, False
            self.commands[-1].words.append(word)
        return word
