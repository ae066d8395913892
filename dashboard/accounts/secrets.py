"""Secrets: Django's key, in a file that only its owner can read, and tokens, of which only a digest is stored."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from inspector.owned_folder import open_folder


def read_secret_key(folder: Path) -> str:
    """The key stored in ``folder``, or one for this process alone if there is none or it cannot be read."""
    with contextlib.suppress(OSError), open_folder(folder) as opened:
        return opened.read("secret-key").strip()
    return get_random_secret_key()


def keep_secret_key(folder: Path) -> None:
    """Make the key of this installation, unless there is one."""
    if not (folder / "secret-key").exists():
        write_private(folder / "secret-key", get_random_secret_key())


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, completely or not at all."""
    with open_folder(path.parent) as folder:
        folder.write(path.name, text)


def make_token() -> str:
    """256 random bits, fit for a URL and a header."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The digest of a token. A token holds 256 random bits, so one round of SHA-256 cannot be reversed."""
    return hashlib.sha256(token.encode()).hexdigest()
