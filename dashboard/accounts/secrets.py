"""Secrets: Django's key, in a file that only its owner can read, and tokens, of which only a digest is stored."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def read_secret_key(folder: Path) -> str:
    """The key stored in ``folder``, or one for this process alone if there is none or it cannot be read."""
    try:
        return (folder / "secret-key").read_text().strip()
    except OSError:
        return get_random_secret_key()


def keep_secret_key(folder: Path) -> None:
    """Make the key of this installation, unless there is one."""
    if not (folder / "secret-key").exists():
        write_private(folder / "secret-key", get_random_secret_key())


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely or not at all."""
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def make_token() -> str:
    """256 random bits, fit for a URL and a header."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The digest of a token. A token holds 256 random bits, so one round of SHA-256 cannot be reversed."""
    return hashlib.sha256(token.encode()).hexdigest()
