"""The secrets of the data folder that belong to a backup."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from django.conf import settings

from dashboard.accounts.secrets import write_private
from dashboard.config.environment import read_text

NAMES: Final = ("secret-key", "agent-token", "url")
"""Django's key, the token of the local agent, and the address that links are made for."""


def read_keys(folder: Path) -> dict[str, str]:
    """The files that are there. A key that the environment gives goes before the file, as it does for the server."""
    found = {name: (folder / name).read_text() for name in NAMES if (folder / name).exists()}
    if read_text("ISOSCOPE_SECRET_KEY", ""):
        found["secret-key"] = settings.SECRET_KEY
    return found


def differing(folder: Path, keys: dict[str, str]) -> list[str]:
    """The files that are there and hold something else."""
    here = {name: (folder / name).read_text() for name in keys if (folder / name).exists()}
    return [name for name, text in here.items() if text.strip() != keys[name].strip()]


def write_keys(folder: Path, keys: dict[str, str]) -> None:
    """Write the files, each for its owner alone."""
    for name, text in keys.items():
        write_private(folder / name, text)
        give_to_owner(folder / name, folder)


def give_to_owner(path: Path, folder: Path) -> None:
    """Where we are root: the file belongs to whom the folder belongs to."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
