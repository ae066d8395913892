"""Restoring a backup. The file is checked as a whole before anything is touched."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from dashboard.backup import postgresql, sqlite
from dashboard.backup.archive import Manifest, Reader
from dashboard.backup.backup import DATABASE, KEYS, Say, sync_folder
from dashboard.backup.keys import NAMES, differing, write_keys
from dashboard.backup.progress import Progress
from dashboard.backup.schema import describe, pending, unknown
from dashboard.serving import folder_lock
from inspector.errors import IsoscopeError
from inspector.owned_folder import open_folder


class CannotRestore(IsoscopeError):
    """The backup cannot be restored on this installation, or something prevents it. Nothing was touched."""


def open_checked(path: Path, say: Say) -> Reader:
    """Read the whole file once.

    :raises IsoscopeError: it is damaged, of a later Isoscope, or of another database.
    """
    reader = Reader(path)
    say(summary(reader.manifest))
    refuse_foreign(reader.manifest)
    reader.check(Progress(say, "checked", reader.bytes))
    return reader


def summary(manifest: Manifest) -> str:
    schema = describe(manifest.migrations) or "no migrations"
    return f"Backup of {manifest.made_at}, Isoscope {manifest.isoscope}, {manifest.database}: {schema}"


def refuse_foreign(manifest: Manifest) -> None:
    """:raises CannotRestore: this Isoscope cannot hold it."""
    if later := unknown(manifest.migrations):
        names = ", ".join(f"{app} {name}" for app, name in later)
        raise CannotRestore(f"The backup was made by a later Isoscope ({names} unknown here). Upgrade first.")
    if manifest.database != connection.vendor:
        raise CannotRestore(f"The backup is of {manifest.database}; ISOSCOPE_DATABASE_URL names {connection.vendor}.")


def restore(reader: Reader, replace: bool, say: Say) -> None:
    """Restore database and keys, then migrate to the schema of this Isoscope.

    :raises IsoscopeError: something prevents it; nothing was touched.
    """
    folder: Path = settings.DATA_DIR
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = folder_lock.take(folder)
    if lock is None:
        raise CannotRestore(f"A server is running on {folder}. Stop the server first.")
    with lock, open_folder(folder) as opened, opened.acting():
        keys = keys_of(reader)
        refuse_overwriting(folder, keys, replace)
        restore_database(reader, say)
        write_keys(folder, keys)
        migrate(reader.manifest, say)


def keys_of(reader: Reader) -> dict[str, str]:
    return {name: reader.read(KEYS + name).decode() for name in NAMES if KEYS + name in reader.manifest.members}


def refuse_overwriting(folder: Path, keys: dict[str, str], replace: bool) -> None:
    """:raises CannotRestore: something would be overwritten, and ``replace`` is not set."""
    there = [str(folder / name) for name in differing(folder, keys)]
    if connection.vendor == "sqlite":
        database = database_path()
        there += [str(database)] if database.exists() and database.stat().st_size else []
    elif postgresql.holds_tables():
        there.append("the tables in PostgreSQL")
    if there and not replace:
        raise CannotRestore(f"This would overwrite {', '.join(there)}. To do so, add --replace.")


def restore_database(reader: Reader, say: Say) -> None:
    advance = Progress(say, "restored", reader.bytes)
    if connection.vendor == "sqlite":
        restore_sqlite(reader, advance)
    else:
        postgresql.refuse_company()
        postgresql.load(reader, advance)


def restore_sqlite(reader: Reader, advance: Progress) -> None:
    target = database_path()
    copy = target.with_name(f".{target.name}.restored")
    with open_folder(target.parent) as folder, folder.acting():
        try:
            write_file(copy, reader, advance)
            sqlite.check(copy)
            connection.close()
            sqlite.replace(target, copy)
            sync_folder(target.parent)
        finally:
            copy.unlink(missing_ok=True)


def write_file(path: Path, reader: Reader, advance: Progress) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for piece in reader.pieces(DATABASE):
            file.write(piece)
            advance(len(piece))
        file.flush()
        os.fsync(file.fileno())


def migrate(manifest: Manifest, say: Say) -> None:
    """Bring the restored database up to date."""
    if more := pending(manifest.migrations):
        say(f"Restored. Now it is migrated: {describe(more) or len(more)}")
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def database_path() -> Path:
    return Path(connection.settings_dict["NAME"])
