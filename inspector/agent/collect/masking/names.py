"""Names whose value is a secret: ``db_password``, ``apiKey``, ``GITHUB_TOKEN``. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# fmt: off
_WORDS: Final = frozenset((
    "pass", "pw", "passcode", "masterauth", "masteruser", "rootpw", "bindpw", "requirepass", "userpass", "dbpass",
    "psk", "pat", "jwt", "otp", "cred", "creds", "bearer", "sas", "authenticator", "cookie", "auth", "pin",
))
_LONELY: Final = frozenset(("cookie", "auth", "pin", "pat", "sas", "bearer"))  # secrets with a word before them only
_ENDINGS: Final = (
    "password", "passwd", "passphrase", "passwort", "secret", "token", "apikey", "secretkey", "accesskey", "authkey",
    "privatekey", "authpass",
)
_BEFORE_KEY: Final = frozenset((
    "access", "account", "admin", "api", "apis", "app", "application", "auth", "client", "consumer", "deploy",
    "encryption", "ingest", "integration", "license", "master", "private", "registration",
    "secret", "service", "session", "setup",
    "shared", "signing", "storage", "subscription", "webhook", "write",
))
_BEFORE_OTHER_KEYS: Final = frozenset((
    "cache", "foreign", "group", "host", "lock", "order", "partition", "primary", "public", "redis", "routing",
    "sort", "ssh",
))
_BEFORE_SWITCH: Final = frozenset((
    "allow", "ask", "check", "disable", "enable", "existing", "force", "generate", "has", "no", "old", "prompt",
    "require", "show", "stdin", "skip", "use", "with", "without",
))
# fmt: on
_BEHIND: Final = frozenset(("base", "plain", "string", "text", "value"))  # secret_key_base, --secret-string
_FILES: Final = frozenset((("auth", "user", "pass"),))  # OpenVPN's: its value is a file
_GLUED: Final = re.compile(
    r"(?:account|admin|api|app|auth|become|bind|cert|client|db|default|ftp|git|http|imap|jdbc|keystore|ldap|login|mail|"
    r"mongo|mqtt|mysql|net|pg|pop|proxy|rabbit|redis|remote|repo|root|rpc|server|sftp|site|smtp|sql|ssh|store|sudo|svn|"
    r"truststore|user|vnc|web|wifi|wpa)(?:pass|passwd|pwd|pw)"
)
"""Names that are written as one word: ``SSHPASS``, ``remotepass``."""
_CAMEL: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether the value of this name is a secret: ``db_password``, ``apiKey``, ``GITHUB_TOKEN``; not ``key_file``.

    The last word of the name decides. A switch such as ``--ask-pass`` has no value.
    """
    words = [part.lower() for part in _CAMEL.findall(name[-128:])]
    if not words or (len(words) > 1 and words[0] in _BEFORE_SWITCH) or tuple(words) in _FILES:
        return False
    while len(words) > 1 and words[-1] in _BEHIND:
        words.pop()
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if name.startswith(("_auth", "--_auth")) and words == ["auth"]:
        return True  # npm's
    if words[-2:] == ["api", "hash"]:
        return True  # Telegram's
    if before == "existing":  # the name of a secret, not one
        return False
    if last == "key":
        return before in _BEFORE_KEY or (name.isupper() and bool(before) and before not in _BEFORE_OTHER_KEYS)
    if last in _WORDS:
        return bool(before) or last not in _LONELY
    return (
        last.endswith(_ENDINGS)
        or _GLUED.fullmatch(last) is not None
        or (last == "pwd" and (bool(before) or not name.isupper()))
    )


def is_secret_property(name: str) -> bool:
    """Like :func:`is_secret`, of a name behind ``-D`` or ``-P``, as ``java`` and ``gradle`` take properties."""
    return is_secret(name) or (name[:1] in ("D", "P") and is_secret(name[1:]))
