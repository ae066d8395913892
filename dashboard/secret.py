"""Django's secret key: made once per installation, kept in a file only its owner can read."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def secret_key(folder: Path, keep: bool) -> str:
    """Read the key kept in ``folder``, making it at the first start. With ``keep`` false, a key for this run alone."""
    path = folder / "secret-key"
    if path.exists():
        return path.read_text().strip()
    key = get_random_secret_key()
    if keep:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
    return key
