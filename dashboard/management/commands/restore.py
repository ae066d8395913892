"""``manage.py restore``: replace database and keys by what ``manage.py backup`` wrote."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from dashboard.backup.archive import Reader
from dashboard.backup.faults import FAULTS
from dashboard.backup.restore import keys_of, open_checked, restore
from dashboard.config.environment import read_text
from inspector.management.base import FAILED, IsoscopeCommand


class Command(IsoscopeCommand):
    help = (
        "Bring back what “manage.py backup” wrote, and migrate it to this Isoscope. Stop the servers first. "
        "The file is checked as a whole before anything is touched. The database has to be of the same kind "
        "(SQLite or PostgreSQL); its version does not matter."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="a backup")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite the database and the keys that are here"
        )
        parser.add_argument("--check", action="store_true", help="check the file, say what it holds, and stop there")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            reader = open_checked(options["file"], self.stderr.write)
            if options["check"]:
                self.stdout.write("The backup is complete, and can be restored here.")
                return
            restore(reader, options["replace"], self.stderr.write)
        except FAULTS as error:
            raise CommandError(f"Not restored: {error}", returncode=FAILED) from error
        self.report(reader)

    def report(self, reader: Reader) -> None:
        self.stdout.write(f"Restored. Accounts, tokens, sessions and links are as of {reader.manifest.made_at}:")
        self.stdout.write("what was revoked or used since then is valid again.")
        if read_text("ISOSCOPE_SECRET_KEY", "") not in ("", keys_of(reader).get("secret-key")):
            self.stderr.write("ISOSCOPE_SECRET_KEY replaces the restored key: people have to sign in again.")
