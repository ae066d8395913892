"""The folder that holds everything Isoscope writes: made for its owner alone; an existing one keeps its mode."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from dashboard.serving.launcher import CannotStart

WRITABLE_BY_OTHERS = 0o022


def make_data_folder(folder: Path) -> None:
    """Make the folder, or check that nobody else may write in the existing one.

    :raises CannotStart: somebody else may, or it is no folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        refuse_shared(folder)


def refuse_shared(folder: Path) -> None:
    """Refuse a folder in which others may write: they could replace the keys and the database in it.

    :raises CannotStart: it is another account's, its group or everybody may write in it, or it is no folder.
    """
    if not folder.is_dir():
        raise CannotStart(f"{folder} is no folder; ISOSCOPE_DATA names the folder that everything is written to.")
    found = folder.stat()
    if found.st_uid != os.geteuid():
        owner, advice = name_of(found.st_uid), "start it as that account, or choose another folder with ISOSCOPE_DATA"
        raise CannotStart(f"{folder} belongs to {owner}, and this is {name_of(os.geteuid())}: {advice}.")
    if found.st_mode & WRITABLE_BY_OTHERS:
        advice = f"chmod go-w {folder}, or choose another folder with ISOSCOPE_DATA"
        raise CannotStart(f"Others may write in {folder} (mode {found.st_mode & 0o7777:04o}): {advice}.")


def name_of(uid: int) -> str:
    """An account's name; its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
