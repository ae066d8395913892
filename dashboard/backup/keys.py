"""The secrets of the data folder that belong to a backup."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from django.conf import settings

from dashboard.accounts.secrets import write_private
from dashboard.config.environment import read_text
from inspector.owned_folder import open_folder

NAMES: Final = ("secret-key", "url")
"""Django's key, and the address that links are made for."""


def read_keys(folder: Path) -> dict[str, str]:
    """The files that are there. A key in the environment is used instead of the file, as by the server."""
    found = _read(folder)
    if read_text("ISOSCOPE_SECRET_KEY", ""):
        found["secret-key"] = settings.SECRET_KEY
    return found


def differing(folder: Path, keys: dict[str, str]) -> list[str]:
    """The files that are there and hold something else."""
    return [name for name, text in _read(folder).items() if name in keys and text.strip() != keys[name].strip()]


def write_keys(folder: Path, keys: dict[str, str]) -> None:
    """Write the files, each for the owner of the folder alone."""
    for name, text in keys.items():
        write_private(folder / name, text)


def _read(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    with open_folder(folder) as opened:
        for name in NAMES:
            with contextlib.suppress(FileNotFoundError):
                found[name] = opened.read(name)
    return found
