"""Take secrets out of command lines and labels before they leave the host.

Each word is looked at for values of secrets' names, headers, URLs and the forms of issuers; then the line as a whole:
flags whose next word is a secret, and what the table of programs knows of the programs that stand in it, behind
``sudo``, ``docker exec``, ``ssh`` or anything else. A word with spaces is also taken for a script, and split as a
shell would split it. What is not found is a password that nothing names. Where it is unclear how far a secret goes,
more is masked. Pure, no I/O; the time is bounded by :data:`LONGEST`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from inspector.agent.collect.masking.issuers import BEGINNINGS, find_issued, forms_in
from inspector.agent.collect.masking.logins import hide_after_short_flags, hide_logins
from inspector.agent.collect.masking.names import is_secret, is_secret_property
from inspector.agent.collect.masking.programs import (
    CONTAINERS,
    EVERYWHERE,
    HARMLESS,
    PLAIN,
    READS_SECRET,
    REMOTES,
    RULES,
    SHELLS,
    SWITCHES,
    UNLIKE,
    Rule,
    family_of,
)
from inspector.agent.collect.masking.prompts import hide_answers, hide_printed
from inspector.agent.collect.masking.random_values import hide_random
from inspector.agent.collect.masking.team import NO_PATTERNS, Patterns
from inspector.agent.collect.masking.values import hide_values, is_key_file, is_value
from inspector.agent.collect.masking.words import MASK, Command, Word, split

LONGEST: Final = 4608
"""Characters of a line that are searched. The rest is masked as a whole; at most 4,096 are kept anyway."""

LONGEST_TOKEN: Final = 256

DEEPEST: Final = 4
"""Scripts within scripts."""

MOST_LABELS: Final = 16384  # results that are cached

MOST_PASSES: Final = 3
LONGEST_AGAIN: Final = 2048
"""A shorter line is searched again after something was masked: another secret may be found then."""

_OF_TOKENS: Final = string.ascii_letters + string.digits + "_-.+/="
_SIGNS: Final = {"colon": ":", "percent": "%", "comma": ",", "slash": "/", "user": ":"}
_UP_TO_AT: Final = ("slash",)
_LONE_FLAG: Final = re.compile(r"--?[A-Za-z_][\w.\-]+")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*=")
_C_FLAG: Final = re.compile(r"-[a-zA-Z]{0,5}c")
_HINTS: Final = (
    *(
        "pass",
        "pwd",
        "pw",
        "secret",
        "token",
        "key",
        "auth",
        "cookie",
        "bearer",
        "://",
        "psk",
        "pat",
        "jwt",
        "otp",
        "cred",
    ),
    *("sas", "pin", "master", "private", "hook", "identified", "sudo", "stdin", "<<<"),
    *("ticket", "captcha", "seed", "sig", "session", "license", "login", "mnemonic"),
    *(f"\0{flag}\0" for flag in ("-p", "-w", "-pw", "-k", "-a", "-c", "-x", "-s", "-t")),
)


class Masking:
    """Masks command lines and labels, by what is known of everyday tools and by a team's own patterns."""

    def __init__(self, patterns: Patterns = NO_PATTERNS) -> None:
        self._patterns = patterns
        self._rules = RULES | {name: (*RULES.get(name, ()), *more) for name, more in patterns.programs.items()}
        self._known_label = lru_cache(MOST_LABELS)(self._mask_label)  # the same ones are listed again and again
        self._hints = tuple(dict.fromkeys((*_HINTS, *self._rules, *map(str.lower, BEGINNINGS), *patterns.hints)))

    def mask(self, words: list[str]) -> list[str]:
        """A command line with :data:`MASK` in the place of each secret."""
        near, rest = _cut(words)
        lowered = "\0".join(near).lower()
        if any(hint in lowered for hint in self._hints):
            for _ in range(MOST_PASSES if len(lowered) <= LONGEST_AGAIN else 1):
                again = self._pass(near)
                if again == near:
                    break
                near = again
        return [*near, *([MASK] * rest)] if rest else near

    def mask_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Labels with their secrets masked: the values of secrets' names, and what a command line would hide."""
        return {name: self._known_label(name, value) for name, value in labels.items()}

    def _mask_label(self, name: str, value: str) -> str:
        if value and (self._is_secret(name) or name.lower().endswith("basicauth.users")):
            return value if is_key_file(name, value) or not is_value(Word(value)) else MASK
        return self.mask([value])[0]

    def _pass(self, texts: list[str]) -> list[str]:
        words = [Word(text) for text in texts]
        forms = forms_in("\0".join(texts))
        for word in words:
            for start, end in (*find_issued(word.text, forms), *self._patterns.find(word.text)):
                word.hide(start, end)
        self._look_at([_command(words)], 0)
        return [word.shown() for word in words]

    def _look_at(self, commands: Sequence[Command], depth: int) -> None:
        for number, command in enumerate(commands):
            words = command.words
            if len(words) == 1:
                self._look_within(words, depth, _NONE)
                hide_printed(words)
                continue
            self._look_at_words(words, depth)
            if command.feeds and number + 1 < len(commands):
                _hide_input(words, commands[number + 1].words)

    def _look_at_words(self, words: Sequence[Word], depth: int) -> None:
        harmless = _harmless_in(words)
        self._look_within(words, depth, harmless)
        self._hide_after_flags(words, harmless)
        named = self._find_programs(words)
        hide_printed(words)
        _hide_here(words)
        if len(words) > 2:
            hide_logins(words, named)
            if not _is_plain(words):
                _hide_set(words)
                _hide_kept(words)
                hide_random(words, named, harmless)
                hide_after_short_flags(words, named)

    def _look_within(self, words: Sequence[Word], depth: int, harmless: Collection[str]) -> None:
        """Each word by itself; a script by its commands."""
        for number, word in enumerate(words):
            text = word.text
            if harmless and (words[number - 1].text in harmless or text.partition("=")[0] in harmless):
                continue
            has_spaces = " " in text or "\n" in text or "\t" in text
            if not has_spaces and text.isalnum():
                continue
            is_script = has_spaces and _is_script(words, number)
            is_list = "=" in text and _is_list(words, number)
            if has_spaces and _is_prose(words, number):
                continue
            is_done = not is_script and hide_values(word, self._is_secret, in_pairs=is_list)
            if has_spaces and not is_done and depth < DEEPEST:
                commands = split(word)
                if "send" in text:
                    hide_answers(commands)
                self._look_at(commands, depth + 1)

    def _hide_after_flags(self, words: Sequence[Word], harmless: Collection[str]) -> None:
        """What follows ``--password``, the value in ``set NAME VALUE``, and what flags of any program take."""
        for number, word in enumerate(words):
            name = word.text
            if name in harmless:
                continue
            if name.startswith("-") and name != "-s":
                rule = EVERYWHERE.get(name.partition("=")[0])
                if rule is not None:
                    _hide_flag(rule, words[number : number + 2])
                elif number + 1 < len(words) and _LONE_FLAG.fullmatch(name) and self._is_secret(name):
                    _hide_whole(words[number + 1], name)
            if name in _SETS and number + 2 < len(words):
                named = words[number + 1].text
                is_name = name != "-s" or "_" in named
                if is_name and self._is_secret(named) and "=" not in named:
                    _hide_whole(words[number + 2])

    def _find_programs(self, words: Sequence[Word]) -> set[str]:
        """Apply the table to each program in the line, from where it stands. Return the flags that it names."""
        at = begin = 0
        named: set[str] = set()
        while at < len(words):
            text = words[at].text
            program = text[max(text.rfind("/"), text.rfind("=")) + 1 :]
            rules = self._rules.get(program) or self._rules.get(family_of(program), ())
            if at == begin and not rules and (text in _KEYWORDS or _ASSIGNMENT.match(text)):
                at = begin = at + 1
                continue
            for rule in rules:
                _apply(rule, words[at + 1 :])
                named |= set() if rule.after else {rule.flag}
            named |= UNLIKE.get(program, frozenset())
            is_last = rules and program not in CONTAINERS and program not in _CARRIERS
            if is_last or (program in PLAIN and at == begin):
                break
            at = _after_image(words, at) if program in CONTAINERS else at + 1
        return named

    def _is_secret(self, name: str) -> bool:
        return is_secret(name) or self._patterns.names(name)


STANDARD: Final = Masking()

_CARRIERS: Final = frozenset(
    (
        "kubectl",
        "oc",
        "k3s",
        "microk8s",
        "ctr",
        "aws",
        "az",
        "gcloud",
        "xcrun",
        "nomad",
        "consul",
        "op",
        "heroku",
        "fly",
        "flyctl",
        "sshpass",
        "cf",
    )
)
"""Programs with rules of their own that carry another program's command line."""

_SETS: Final = frozenset(("set", "SET", "setenv", "--setenv", "-setenv", "/set", "-s", "--set"))
_KEYWORDS: Final = frozenset(
    ("{", "}", "!", "if", "then", "else", "elif", "do", "while", "until", "exec", "time", "fi")
)


def _hide_set(words: Sequence[Word]) -> None:
    """The value behind a name in two words, ``secret_access_key x``, and the last one behind ``set-password``."""
    for number, word in enumerate(words[:-1]):
        text = word.text
        if "_" not in text and "pass" not in text:
            continue
        after = words[number + 1 :]
        if "_" in text and _BARE_NAME.fullmatch(text) and is_secret(text):
            is_flags = number > 0 and words[number - 1].text.startswith("-")
            if not is_flags and not _is_path(after[0].text):
                _hide_whole(after[0])
        elif "pass" in text:
            plain = [other for other in after if not other.text.startswith("-")]
            least = 1 if _SET_PASSWORD.fullmatch(text) else 2 if _CHANGE_PASSWORD.fullmatch(text) else 0
            if least and len(plain) >= least:
                _hide_whole(plain[-1])


def _hide_kept(words: Sequence[Word]) -> None:
    """The value of ``secret put NAME --value x``, ``secrets set NAME --body x``."""
    at = next((number for number, word in enumerate(words) if word.text in _STORES), None)
    for word, after in pairwise(words[at + 1 :] if at is not None else ()):
        if word.text in ("--value", "--body", "--data", "--secret-data", "--plaintext"):
            _hide_whole(after)


_STORES: Final = frozenset(("secret", "secrets"))


def _is_path(text: str) -> bool:
    return text.startswith(("/", "./", "../", "~/"))


def _is_plain(words: Sequence[Word]) -> bool:
    return words[0].text.rpartition("/")[2] in PLAIN


_BARE_NAME: Final = re.compile(r"\+?[A-Za-z]\w*")
_CHANGE_PASSWORD: Final = re.compile(
    r"(?:\w+[.:])(?:(?:set|change|reset|update)_?)?(?:password|passwd|pass|pw)|(?:change|reset|update)[._\-]?(?:password|passwd|pw)"
)
"""A verb of a program of many: ``user:password bob x``, ``user.setpass bob x``."""

_SET_PASSWORD: Final = re.compile(r"(?:[\w:]*[._:\-])?set[._\-]?(?:\w+[._\-])?(?:password|passwd)")


def _harmless_in(words: Sequence[Word]) -> frozenset[str]:
    """Flags of the programs in the line that take no secret, whatever their name says."""
    programs = HARMLESS.keys() & {word.text.rpartition("/")[2] for word in words}
    return _NONE.union(*(HARMLESS[program] for program in programs)) if programs else _NONE


_NONE: Final[frozenset[str]] = frozenset()


def mask(words: list[str]) -> list[str]:
    """:meth:`Masking.mask`, without patterns of a team."""
    return STANDARD.mask(words)


def _is_script(words: Sequence[Word], number: int) -> bool:
    """Whether the word is what a shell runs, as in ``sh -c`` and ``su -c``."""
    programs = {word.text.rpartition("/")[2] for word in words[max(number - 6, 0) : number]}
    is_run = number > 0 and _C_FLAG.fullmatch(words[number - 1].text) is not None
    return " " in words[number].text and bool((is_run and programs & SHELLS) or programs & REMOTES)


def _is_prose(words: Sequence[Word], number: int) -> bool:
    """Whether the word is the message of a commit."""
    return (
        number > 1
        and words[number - 1].text in ("-m", "-am", "--message")
        and words[0].text in ("git", "hg", "svn", "jj")
    )


def _cut(words: list[str]) -> tuple[list[str], int]:
    """The words that are looked at, and how many follow. A word that is too long ends in :data:`MASK`."""
    room = LONGEST
    for number, word in enumerate(words):
        if len(word) > room:
            return [*words[:number], _cut_word(word, room) + MASK], len(words) - number - 1
        room -= len(word) + 1
    return words, 0


def _cut_word(word: str, room: int) -> str:
    """The beginning of a word, without the half of a token at its end."""
    at = max(room - LONGEST_TOKEN, 0)
    return word[:at] + word[at:room].rstrip(_OF_TOKENS)


def _command(words: list[Word]) -> Command:
    command = Command()
    command.words = words
    return command


def _is_list(words: Sequence[Word], number: int) -> bool:
    """Whether the word is the value of an option that takes ``a=b,c=d``."""
    flag = words[number - 1].text if number else ""
    own = words[number].text.partition("=")[0]
    return flag in _LISTS or own in _LISTS


_LISTS: Final = frozenset(
    (
        "-o",
        "--options",
        "--opt",
        "-e",
        "--extra-vars",
        "--env",
        "--set",
        "--set-string",
        "--env-vars",
        "--set-env-vars",
        "--opts",
    )
)


def _after_image(words: Sequence[Word], at: int) -> int:
    """Where the command within the container begins: after the options of ``docker run`` and the image."""
    verbs = ("run", "create")
    start = next((place for place in range(at + 1, min(at + 8, len(words))) if words[place].text in verbs), None)
    if start is None:
        return at + 1
    place = start + 1
    while place < len(words) and words[place].text.startswith("-"):
        place += 1 if _is_switch(words[place].text) else 2
    return place + 1


def _is_switch(option: str) -> bool:
    return (
        "=" in option
        or option in SWITCHES
        or (option[1:2] != "-" and (set(option[1:]) <= set("ditPq") or len(option) > 2))
    )


def _apply(rule: Rule, words: Sequence[Word]) -> None:
    """Hide what the rule names in the words after its program."""
    if rule.after:
        start = next((number for number, word in enumerate(words) if _is_after(rule.after, word.text)), None)
        if start is None:
            return
        words = words[start + 1 :]
    if rule.place:
        plain = [word for word in words if not word.text.startswith("-")]
        if len(plain) >= rule.place:
            _hide_kind(plain[rule.place - 1], 0, rule.kind)
    elif rule.flag:
        _hide_flag(rule, words)
    else:
        for word in words:
            if not word.text.startswith("-"):
                _hide_kind(word, 0, rule.kind)


def _is_after(after: str, text: str) -> bool:
    """Whether the word is the one after which a rule holds; a short flag may stand among others, as in ``-nb``."""
    is_short = len(after) == 2 and after[0] == "-"
    if after.endswith("."):
        return text.startswith(after)
    return text == after or (is_short and text[:1] == "-" and text[1:2] != "-" and after[1] in text)


def _hide_flag(rule: Rule, words: Sequence[Word]) -> None:
    flag, kind = rule.flag, rule.kind
    for number, word in enumerate(words):
        text = word.text
        if not text.startswith(flag):
            if kind not in ("own", "next") and _is_cluster(text, flag) and number + 1 < len(words):
                _hide_kind(words[number + 1], 0, kind)
            continue
        if text == flag:
            if kind != "own" and number + 1 < len(words) and not words[number + 1].text.startswith("-"):
                _hide_kind(words[number + 1], 0, kind)
        elif kind != "next" and (text[len(flag)] in "=:" or len(flag) == 2 or kind == "own"):
            start = len(flag) + (text[len(flag)] in "=:")
            if text[start:] not in ("file", "env"):  # keytool's -storepass:file NAME
                _hide_kind(word, start, kind)


def _is_cluster(text: str, flag: str) -> bool:
    """Whether short flags stand together, and this one is the last: ``-qrP``, ``-sSu``."""
    return len(flag) == 2 and 2 < len(text) < 7 and text[0] == "-" and text[1:].isalpha() and text[-1] == flag[1]


def _hide_kind(word: Word, start: int, kind: str) -> None:
    """Hide the secret part of a value."""
    text, end = word.text, len(word.text)
    if kind in _SIGNS:
        at = text.find(_SIGNS[kind], start)
        if kind == "slash" and at == start:
            return  # sqlplus /nolog
        if at >= 0:
            start, end = at + 1, text.rfind("@") if kind in _UP_TO_AT and "@" in text[at:] else end
        elif kind != "user" or len(text) - start < 16:
            return
    elif kind == "colon2":
        start = text.rfind(":") + 1
    elif kind in ("pairs", "all"):
        _hide_pairs(word, start, every=kind == "all")
        return
    elif kind == "userinfo":
        start, end = text.find(":", start) + 1, text.rfind("@")
    elif (kind == "cookie" and "=" not in text[start:]) or (kind == "bare" and "=" in text):
        return
    if is_value(word, start) and not _VARIABLE.fullmatch(text, start):
        word.hide(start, end)


_VARIABLE: Final = re.compile(r"\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})")


def _hide_pairs(word: Word, start: int, *, every: bool) -> None:
    """The values of ``a=b,c=d``; an escaped comma belongs to its value."""
    for found in _PAIR.finditer(word.text, start):
        if (every or is_secret_property(found["name"])) and found["value"]:
            word.hide(*found.span("value"))


_PAIR: Final = re.compile(r"(?P<name>[^=,\s]++)=(?P<value>(?:\\.|[^,\s\\]|[,\s](?![^=,\s]++=))*+)")


def _hide_whole(word: Word, name: str = "") -> None:
    if not word.text.startswith("-") and is_value(word) and not is_key_file(name, word.text):
        word.hide()


def _hide_input(words: Sequence[Word], reader: Sequence[Word]) -> None:
    """What ``echo`` or ``printf`` gives to a command that reads a secret."""
    if words[0].text in ("echo", "printf", "yes") and (_reads_secret(reader) or reader[0].text in _ASKS):
        for word in words[1:]:
            if not (word.text.startswith("%") or word.text.startswith("-")):
                _hide_whole(word)


def _hide_here(words: Sequence[Word]) -> None:
    """What ``<<<`` gives to a command that reads a secret."""
    if not any(word.is_here or word.text == "<<<" for word in words):
        return
    here = [word for number, word in enumerate(words) if word.is_here or (number and words[number - 1].text == "<<<")]
    if _reads_secret(words) or words[0].text in _ASKS:
        for word in here:
            _hide_whole(word)


_ASKS: Final = frozenset(("adcli", "kinit", "pass", "passwd", "realm", "smbpasswd", "su", "vncpasswd", "zfs"))
"""Programs that ask for a password."""


def _reads_secret(words: Iterable[Word]) -> bool:
    return any(word.text in READS_SECRET or _READS.fullmatch(word.text) for word in words)


_READS: Final = re.compile(
    r"--?[\w\-]*(?:pass|secret|token|key|credential)[\w\-]*-(?:on-|from-)?stdin|--stdin-[\w\-]*pass\w*"
)


__all__ = ["MASK", "STANDARD", "Masking", "mask"]
