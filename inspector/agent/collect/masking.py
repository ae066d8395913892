"""Take secrets out of command lines before they leave the host.

What is masked: the value of a name that *ends* in a secret's word (``--db-password x``, ``-token=x``, ``API_KEY=x``,
``"clientSecret": "x"``, ``?token=x``, ``X-Auth-Token: x``); the password of a URL; what follows ``Authorization:``,
``Cookie:`` and ``Bearer``; curl's ``-u user:x``; the ``-p`` and ``-a`` of a few clients that take a password there;
and tokens whose form tells the issuer. What is not: a file that holds a secret (``--password-file``), a property of
one (``--token-ttl``), and a password that nothing names. Where it is unclear how far a secret goes, more is masked.
Pure, no I/O. Linear in the length of the words.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

MASK: Final = "••••"

_WORDS: Final = frozenset(
    ("pass", "pw", "passcode", "masterauth", "rootpw", "bindpw", "requirepass", "userpass", "dbpass")
)
_ENDINGS: Final = (
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "secretkey",
    "accesskey",
    "authkey",
)
# fmt: off
_BEFORE_KEY: Final = frozenset((
    "access", "account", "api", "app", "application", "auth", "client", "consumer", "deploy", "encryption", "license",
    "master", "private", "secret", "service", "session", "shared", "signing", "storage", "subscription",
))
# fmt: on
_SHORT_FLAGS: Final = {
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlcheck"), ("-p", False)),
    **dict.fromkeys(("mariadb", "mariadb-dump", "mariadb-admin", "mariadb-import", "mycli"), ("-p", False)),
    "sshpass": ("-p", True),
    "redis-cli": ("-a", True),
}
"""Program → the flag that takes a password, and whether the password may be the next word."""

_HINT: Final = re.compile(
    r"pass|pwd|pw\b|secret|token|key|auth|bearer|cookie|://|curl|AKIA|ASIA|gh[pousr]_|glpat-|xox|sk[-_]|AIza|eyJ|redis-cli"
    r"|mysql|mariadb|mycli",
    re.IGNORECASE,
)
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NAME: Final = r"(?<![\w.\-])-{0,2}(?P<name>[A-Za-z_][\w.\-]*)"
_SHELL_WORD: Final = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s&;|])+"""
_QUOTED: Final = r"""(?:\\".*?\\"|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""

_WHOLE: Final = re.compile(rf"(?P<before>\s*{_NAME}(?:\s*=|\s*:(?!//)\s*))(?P<value>.+)", re.DOTALL)
_EQUALS: Final = re.compile(rf"(?P<before>{_NAME}=)(?P<value>{_SHELL_WORD})", re.DOTALL)
_COLON: Final = re.compile(
    rf"""(?P<before>{_NAME}(?:\\?["'])?\s*:(?!//)\s*)(?P<value>{_QUOTED}|[^\s,}}&;|]+)""", re.DOTALL
)
_FLAG: Final = re.compile(rf"(?P<before>(?=-){_NAME}\s+)(?P<value>(?!-){_SHELL_WORD})", re.DOTALL)
_LONE_FLAG: Final = re.compile(r"--?(?P<name>[A-Za-z_][\w.\-]+)")

_SCHEMES: Final = r"(?:basic|bearer|token|digest|negotiate|apikey|bot)"
_WHOLE_HEADER: Final = re.compile(
    rf"(?P<before>\s*(?:proxy-)?authorization\s*[:=]\s*(?:{_SCHEMES}\s+)?|\s*(?:set-)?cookie\s*:\s*)(?P<value>.+)",
    re.IGNORECASE | re.DOTALL,
)
_HEADER: Final = re.compile(
    rf"""(?P<before>\b(?:authorization\\?["']?\s*[:=]\s*\\?["']?(?:{_SCHEMES}\s+)?|cookie:\s*))(?P<value>[^"'\\\n]+)""",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"(?P<before>\bbearer\s+)(?P<value>[^\s\"',;]{6,})", re.IGNORECASE)
_URL: Final = re.compile(
    r"(?P<before>(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{0,30}://[^\s/:@]*:)(?P<value>[^\s/?#]+)(?=@)"
)
_CURL_USER: Final = re.compile(
    rf"(?P<before>(?:^|\s)(?:-u|--user|--proxy-user|-U)[ =]*[\"']?[^\s:\"']+:)(?P<value>{_SHELL_WORD})"
)
_TOKENS: Final = re.compile(
    r"\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w\-]{16,}|xox[abeoprs]-[\w\-]{10,}"
    r"|sk[-_](?:live|test|ant|proj)[-_][\w\-]{10,}|AIza[\w\-]{30,}|eyJ[\w\-]{8,}\.[\w\-]+\.[\w\-]*)"
)


def mask(words: list[str]) -> list[str]:
    """A command line with :data:`MASK` in the place of each secret. Masking what is masked changes nothing."""
    if not any(map(_HINT.search, words)):
        return words
    masked = [_mask_word(word) for word in words]
    program = posixpath.basename(words[0])
    for index in range(len(words) - 1):
        if _names_next(words[index]) and not words[index + 1].startswith("-"):
            masked[index + 1] = MASK
    if program in _SHORT_FLAGS:
        _mask_short_flag(masked, *_SHORT_FLAGS[program])
    if program == "curl":
        _mask_curl_user(masked)
    return masked


def is_secret(name: str) -> bool:
    """Whether the value of this name is a secret: ``db_password``, ``apiKey``, ``GITHUB_TOKEN``; not ``key_file``."""
    parts = _CAMEL.findall(name)
    words = [part.lower() for part in parts]
    if not words:
        return False
    last, before = words[-1], words[-2:-1]
    if last == "key":
        return bool(before) and (before[0] in _BEFORE_KEY or name.isupper())
    return last in _WORDS or last.endswith(_ENDINGS) or (last == "pwd" and bool(before) and before != ["old"])


def _mask_word(word: str) -> str:
    if not _HINT.search(word):
        return word
    for pattern in (_WHOLE_HEADER, _WHOLE):
        found = pattern.fullmatch(word)
        if found and ("name" not in found.groupdict() or is_secret(found["name"])):
            return found["before"] + MASK
    word = _URL.sub(_hide, word)
    word = _HEADER.sub(_hide, word)
    for pattern in (_EQUALS, _COLON, _FLAG):
        word = pattern.sub(_hide_named, word)
    if "curl" in word:
        word = _CURL_USER.sub(_hide, word)
    return _TOKENS.sub(MASK, _BEARER.sub(_hide, word))


def _hide(found: re.Match[str]) -> str:
    return found["before"] + MASK


def _hide_named(found: re.Match[str]) -> str:
    """The match with its value masked, quotes kept, if its name is that of a secret."""
    if not is_secret(found["name"]):
        return found[0]
    value = found["value"]
    for quote in ('\\"', '"', "'"):
        if len(value) >= 2 * len(quote) and value.startswith(quote) and value.endswith(quote):
            return f"{found['before']}{quote}{MASK}{quote}"
    return found["before"] + MASK


def _names_next(word: str) -> bool:
    """Whether the word is a flag whose value, the next word, is a secret."""
    found = _LONE_FLAG.fullmatch(word)
    return found is not None and is_secret(found["name"])


def _mask_short_flag(words: list[str], flag: str, may_be_apart: bool) -> None:
    for index, word in enumerate(words[1:], 1):
        if word.startswith(flag) and len(word) > len(flag):
            words[index] = flag + MASK
        elif word == flag and may_be_apart and index + 1 < len(words):
            words[index + 1] = MASK


def _mask_curl_user(words: list[str]) -> None:
    for index, word in enumerate(words):
        if word in ("-u", "--user", "-U", "--proxy-user") and index + 1 < len(words):
            user, colon, _ = words[index + 1].partition(":")
            words[index + 1] = user + colon + MASK if colon else user
        elif word.startswith(("-u", "-U", "--user=", "--proxy-user=")) and ":" in word:
            words[index] = word.partition(":")[0] + ":" + MASK
