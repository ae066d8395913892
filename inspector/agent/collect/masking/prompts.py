"""What answers a question for a password: in a script of ``expect``, and in a command that an option names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from inspector.agent.collect.masking.values import is_value
from inspector.agent.collect.masking.words import MASK, Command, Word, split

_QUESTION: Final = re.compile(r"(?i)assw|asscode|assphrase|passwd|\bpin\b|token|secret|one-time|verification|\botp\b")
_SEND: Final = frozenset(("send", "{send", "exp_send", "sendline", "send_password"))
_LINE_END: Final = re.compile(r"(?:\\+[rn]|[\r\n]|\})+\Z")
_COMMAND: Final = re.compile(
    r"(?i)-{0,2}(?:(?:[\w\-]*[_\-])?pass(?:word|phrase|wd)?[_\-]?(?:command|cmd|eval|prog|program)|ext-?pass)"
)
"""Names of options and variables whose value is a command that prints a password."""

_ENDS: Final = ("command", "cmd", "eval", "prog", "program", "extpass", "ext-pass", "COMMAND", "CMD", "EVAL")
_PRINTS: Final = frozenset(("echo", "printf"))


def hide_answers(commands: Sequence[Command]) -> None:
    """Hide what a script of ``expect`` sends after a question for a password."""
    words = [word for command in commands for word in command.words]
    if not any(word.text.lstrip("{") in ("expect", "spawn") for word in words):
        return
    asked = sending = False
    for word in words:
        text = word.text
        if text in _SEND:
            sending = asked
        elif sending and not text.startswith("-"):
            _hide_line(word)
            asked = sending = False
        elif not sending and _QUESTION.search(text):
            asked = True


def _hide_line(word: Word) -> None:
    """Hide a line without its end."""
    end = _LINE_END.search(word.text)
    if is_value(word):
        word.hide(0, end.start() if end else None)


def hide_printed(words: Sequence[Word]) -> None:
    """Hide what the command prints that is the value of ``--password-command`` or its like."""
    for number, word in enumerate(words):
        name, sign, _ = word.text.partition("=")
        if not (name.endswith(_ENDS) and _COMMAND.fullmatch(name)):
            continue
        if sign:
            value = Word("", word)
            value.add(word.text[len(name) + 1 :], len(name) + 1)
            _hide_in(value)
        elif number + 1 < len(words):
            _hide_in(words[number + 1])


def _hide_in(script: Word) -> None:
    for command in split(script):
        if command.words[0].text.rpartition("/")[2] in _PRINTS:
            for word in command.words[1:]:
                if not word.text.startswith(("-", "%")) and MASK not in word.text and is_value(word):
                    word.hide()
