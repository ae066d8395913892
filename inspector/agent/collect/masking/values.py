"""Secrets within one word, found by a name, a scheme or a URL. Pure, linear in the length of the word.

What is found: the value of a secret's name (``api_key=x``, ``"clientSecret": "x"``, ``?token=x``,
``X-Auth-Token: x``), the password of a URL, what follows ``Authorization:``, ``Cookie:`` and ``Bearer``, and
passwords in SQL. Where it is unclear how far a secret goes, more is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from inspector.agent.collect.masking.names import is_secret_property
from inspector.agent.collect.masking.words import Word

IsSecret = Callable[[str], bool]

_NAME: Final = re.compile(
    r"""(?:(?<![\w.\-])|(?<=\]\.))-{0,2}+(?P<name>[A-Za-z_][\w.\-]*+)(?P<quote>\\?["'])?+\]?+"""
    r"""(?P<sign>\s{0,4}+=(?!=)>?\s{0,4}+|\s{0,4}+:(?!//|=)\s{0,4}+)"""
)
_QUOTES: Final = ('\\"', '"', "'")
_AFTER_EQUALS: Final = re.compile(r"""(?:[^\s&;|"',]|,(?![A-Za-z_][\w.\-]*+=))++""")
_AFTER_COLON: Final = re.compile(r"""[^\s,}&;|"']++""")
_VERSION: Final = re.compile(r"v?\d[\d.]*(?:-\w+)?|latest|stable")
_NO_SECRET: Final = re.compile(
    r"true|false|yes|no|on|off|none|null|nil|undefined|auto|prompt|stdin|-|<[^<>]{0,40}>|\*+|%[sd]|\{\{.*\}\}"
    r"|(?:env|file|fd)(?::\S*)?|@\.{0,2}/\S*",
    re.IGNORECASE,
)
_KEY_FILE: Final = re.compile(r"(?:~|\.{0,2})/[\w.@%+\-/]*\.\w{1,8}|[\w.\-]+\.(?:pem|key|crt|json|ya?ml|txt|p12|jks)")

_VARIABLE: Final = re.compile(r"\$(?:\w+|\{[^}]*\}|\(.*)")

_SCHEMES: Final = r"(?:basic|bearer|token|digest|negotiate|apikey|bot|genie\s*key|aws4-hmac-sha256)"
_WHOLE_HEADER: Final = re.compile(
    rf"\s*+(?:proxy-)?authorization\s*+[:=]\s*+(?:{_SCHEMES}\s++)?+(?P<secret>.+)|\s*+(?:set-)?cookie\s*+:\s*+(?P<cookie>.+)",
    re.IGNORECASE | re.DOTALL,
)
_HEADER: Final = re.compile(
    rf"""\b(?:authorization\\?["']?\s*+[:=]\s*+\\?["']?(?:{_SCHEMES}\s++)?+|cookie:\s*+)(?P<secret>[^"'\\\n]+)""",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\bbearer\s++(?P<secret>[^\s\"',;$]{6,})", re.IGNORECASE)
_URL: Final = re.compile(
    r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{0,30}+://(?:[^\s/:@]*+:(?P<secret>[^\s/?#]+)|(?P<user>[\w\-]{16,}))(?=@)"
)
_QUERY: Final = re.compile(
    r"[?&](?:sig|signature|key(?==[^&\s]{0,80}\d)|auth|pass|x-amz-signature|x-amz-security-token|x-goog-signature)=(?P<secret>[^&\s\"'#]+)",
    re.IGNORECASE,
)
_DSN: Final = re.compile(r"(?<![\w.\-])[\w.\-]{1,64}+:(?P<secret>[^\s:/@]{1,256})@(?:tcp|unix)\(")
_SQL: Final = re.compile(
    r"(?:\bidentified\s++(?:with\s++\S++\s++)?by|\bpassword)\s++(?P<quote>\\?[\"'])(?P<secret>[^\"'\\]+)",
    re.IGNORECASE,
)
_SHORT_DSN: Final = re.compile(
    r"(?:^|[\s,])(?:[A-Za-z]=[^,\s]*,)*?(?:[hu]=[^,\s]*,(?:[A-Za-z]=[^,\s]*,)*?p|p)=(?P<secret>[^,\s]+)(?=,|\Z)"
)
_USER_AT_HOST: Final = re.compile(
    r"(?<![^\s'\"=])(?:[\w.\-]+[/\\])?[\w.\-]{1,64}+:(?P<secret>(?=[^@\s]*[\d!#$%&*+?^~])(?!v?[\d.]+@)[^\s:/@]{4,128}+)"
    r"@(?!sha256:)[A-Za-z][\w.\-]*(?=[\s:/'\"]|\Z)"
)
_QEMU: Final = re.compile(r"\Asecret,(?:[^,]*,)*?data=(?P<secret>[^,]+)")
_NAMED: Final = re.compile(
    r"""["']?(?:name|key)["']?\s*[:=]\s*["']?(?P<name>[\w.\-]+)["']?\s*,\s*["']?value["']?\s*[:=]\s*["']?(?P<secret>[^"',}\]]+)""",
    re.IGNORECASE,
)
"""A variable as interfaces take it: ``{"name": "DB_PASSWORD", "value": "x"}``, ``Name=DB_PASSWORD,Value=x``."""

_PATTERNS: Final = (
    ("secret,", _QEMU),
    ("p=", _SHORT_DSN),
    ("@", _USER_AT_HOST),
    ("auth", _HEADER),
    ("cookie", _HEADER),
    ("bearer", _BEARER),
    ("@", _URL),
    ("@", _DSN),
    ("?", _QUERY),
    ("identified", _SQL),
    ("password", _SQL),
)


def hide_values(word: Word, is_secret: IsSecret, *, in_pairs: bool = False) -> bool:
    """Hide what is secret in a word. True: the whole word was the value of a name, and nothing is left.

    :param in_pairs: the word is a list of pairs, ``a=b,c=d``.
    """
    text = word.text
    if "=" in text or ":" in text:
        if not in_pairs and (header := _WHOLE_HEADER.match(text)):
            start = header.start("secret" if header["secret"] else "cookie")
            if not _VARIABLE.fullmatch(text, start):
                word.hide(start)
            return True
        if not _hide_named(word, is_secret, in_pairs):
            return True
    lowered = text.lower()
    if "value" in lowered:
        for found in _NAMED.finditer(text):
            if is_secret(found["name"]):
                word.hide(*found.span("secret"))
    for hint, pattern in _PATTERNS:
        if hint in lowered:
            for found in pattern.finditer(text):
                group = "secret" if found["secret"] else "user"
                if not _VARIABLE.fullmatch(found[group]):
                    word.hide(*found.span(group))
    return False


def is_value(word: Word, start: int = 0) -> bool:
    """Whether a word, from ``start`` on, may be the value of a secret's name: not a switch's word, not a variable."""
    return start < len(word.text) and not word.is_reference(start) and not _NO_SECRET.fullmatch(word.text, start)


def is_key_file(name: str, value: str) -> bool:
    """Whether a key is a file's name: ``--api-key=/etc/app/api.key``."""
    if not name.lower().endswith("key"):
        return False
    is_path = value.startswith(("/", "./", "../", "~/")) and re.search("(?i)private|ssh|tls", name) is not None
    return is_path or _KEY_FILE.fullmatch(value) is not None


def _hide_named(word: Word, is_secret: IsSecret, in_pairs: bool) -> bool:
    """Hide the values of names. False: the whole word was one, and nothing is left."""
    text, at = word.text, 0
    while found := _NAME.search(text, at):
        at = found.end()
        if not is_secret(found["name"]) and not (found[0].startswith("-") and is_secret_property(found["name"])):
            continue
        if not in_pairs and found.start() == 0 and not found["quote"] and _is_whole(text, found):
            if _is_told(word, found["name"], text[at:]):
                word.hide(at)
            return False
        start, at = _extent(text, found)
        if _is_told(word, found["name"], text[start:at]):
            word.hide(start, at)
    return True


def _is_whole(text: str, found: re.Match[str]) -> bool:
    """Whether the value goes to the end of the word: ``name=…``, or ``Name: …`` as a header."""
    value = text[found.end() :]
    return "=" in found["sign"] or (":" in found["sign"] and found["sign"].endswith(" ")) or " " not in value


def _is_told(word: Word, name: str, value: str) -> bool:
    """Whether this is a secret, and not the name of a file, a version or a variable."""
    if not value or _NO_SECRET.fullmatch(value) or is_key_file(name, value):
        return False
    if value.startswith("/") and f"/{name}:{value}" in word.text:
        return False  # a file that is mounted: /etc/passwd:/etc/passwd
    if value.startswith("$") and not word.is_quoted and (value[1:2] in "({" or value[1:].isidentifier()):
        return False
    if f"/{name}:{value}" in word.text and _VERSION.fullmatch(value):
        return False  # an image and its tag
    return _VERSION.fullmatch(value) is None or not name.islower() or "=" in word.text


def _extent(text: str, found: re.Match[str]) -> tuple[int, int]:
    """Where the value begins and ends: at its closing quote, or where a shell, a URL or a list would end it."""
    start = found.end()
    for quote in _QUOTES:
        if text.startswith(quote, start):
            end = _closing(text, quote, start + len(quote))
            return start + len(quote), len(text) if end < 0 else end
    pattern = _AFTER_EQUALS if "=" in found["sign"] else _AFTER_COLON
    value = pattern.match(text, start)
    end = value.end() if value else start
    if text.endswith("//", 0, found.start("name")) and "@" in text[start:end]:
        end = text.rfind("@", start, end)  # the user of a URL has a secret's name
    return start, end


def _closing(text: str, quote: str, at: int) -> int:
    """Where the quote is closed; -1 if nowhere."""
    end = text.find(quote, at)
    while end > at and len(quote) == 1 and text[end - 1] == "\\" and text[end - 2 : end] != "\\\\":
        end = text.find(quote, end + 1)
    return end
