"""``manage.py import``: import an exported stretch of history, as a host of its own."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from inspector.analysis.text.escape import plain
from inspector.history.transfer import importing
from inspector.management.base import IsoscopeCommand
from inspector.owned_folder import open_given


class Command(IsoscopeCommand):
    help = "Import what manage.py export wrote, as a host that is marked as imported and takes no frames."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the exported file; - is standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["file"] == "-":
            host = importing.bring_in(sys.stdin.buffer)
        else:
            with open_given(Path(options["file"])) as file:
                host = importing.bring_in(file)
        self.stdout.write(f"{plain(str(host))}, up to snapshot {host.last_seq}, is here as {plain(host.machine_id)}")
