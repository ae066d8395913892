"""Making a backup: the database and the keys in one file, while servers and agents go on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from dashboard.backup import postgresql, sqlite
from dashboard.backup.archive import PIECE, Manifest, Writer
from dashboard.backup.keys import read_keys
from dashboard.backup.progress import Progress
from inspector.errors import IsoscopeError
from inspector.owned_folder import OwnedFolder, open_folder, owner_of
from inspector.version import VERSION

DATABASE: Final = "database.sqlite3"
KEYS: Final = "keys/"

Say = Callable[[str], object]


class WrongFolder(IsoscopeError):
    """The backup would belong to another account."""


class NothingToBackUp(IsoscopeError):
    """There is no database yet."""


def backup(path: Path, say: Say) -> Manifest:
    """Write a backup that only its owner can read. The file gets its name once it is complete.

    :raises IsoscopeError: there is no database, or it is damaged.
    :raises OSError: the file cannot be written.
    """
    with open_folder(path.absolute().parent) as target:
        refuse_stranger(target)
        with target.acting():
            return write_whole(target, path.name, say)


def refuse_stranger(target: OwnedFolder) -> None:
    """:raises WrongFolder: as root: what is written there would be given to another account."""
    owner = owner_of(settings.DATA_DIR)
    if target.is_foreign and target.owner != owner:
        raise WrongFolder(
            f"{target.path} belongs to another account than the data, and a backup holds secrets. "
            "Name a folder of root's, or of the account that the data folder belongs to."
        )


def write_whole(target: OwnedFolder, name: str, say: Say) -> Manifest:
    """Write a file under a temporary name in its folder, and rename it when it is complete."""
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=target.place("")) as folder:
        part = Path(folder, "part")
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            with Writer(file) as writer:
                manifest = write(writer, Path(folder), say)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target.place(name))
        sync_folder(Path(target.place(".")))
    return manifest


def write(writer: Writer, folder: Path, say: Say) -> Manifest:
    """Write everything; ``folder`` is for temporary files."""
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    found = write_sqlite(writer, folder, say) if connection.vendor == "sqlite" else write_postgresql(writer, say)
    if not found["migrations"]:
        raise NothingToBackUp("There is no database of Isoscope yet: nothing to back up.")
    for name, text in read_keys(settings.DATA_DIR).items():
        writer.add(KEYS + name, [text.encode()])
    return writer.finish(Manifest(isoscope=VERSION, made_at=made_at, **found))


def write_sqlite(writer: Writer, folder: Path, say: Say) -> dict[str, Any]:
    source, copy = Path(connection.settings_dict["NAME"]), folder / DATABASE
    if not source.exists():
        return {"database": "sqlite", "migrations": []}
    sqlite.copy_database(source, copy, Progress(say, "copied", sqlite.size_of(source)))
    writer.add(DATABASE, read_pieces(copy, Progress(say, "packed", copy.stat().st_size)))
    return {"database": "sqlite", "migrations": sqlite.migrations_of(copy)}


def write_postgresql(writer: Writer, say: Say) -> dict[str, Any]:
    migrations, tables = postgresql.dump(writer, Progress(say, "packed"))
    return {"database": "postgresql", "migrations": migrations, "tables": tables}


def read_pieces(path: Path, advance: Progress) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            advance(len(piece))
            yield piece


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power failure; see fsync(2)."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
