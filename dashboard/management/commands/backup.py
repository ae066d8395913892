"""``manage.py backup``: the database and the keys in one file."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dashboard.backup.backup import backup
from dashboard.backup.faults import FAULTS
from dashboard.backup.progress import size_text
from dashboard.backup.schema import describe
from inspector.management.base import FAILED, IsoscopeCommand


class Command(IsoscopeCommand):
    help = (
        "Write the database and the keys of this installation into one file, while servers and agents go on. "
        "Only its owner can read it: it holds secrets. “manage.py restore” brings it back. Beside SQLite's database "
        "the folder of the file needs room for a second copy until the backup is done."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="where to; a file of this name is replaced")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, end)
        path: Path = options["file"].absolute()
        try:
            manifest = backup(path, self.stderr.write)
        except FAULTS as error:
            raise CommandError(f"No backup was made: {error}", returncode=FAILED) from error
        size = size_text(path.stat().st_size)
        self.stdout.write(f"{path}: {size}, {manifest.database}, {describe(manifest.migrations)}")


def end(number: int, frame: object) -> None:
    """End so that unfinished files are removed."""
    raise SystemExit(128 + number)
