"""``manage.py serve``: the server alone, in this process, for a service manager or a container."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from dashboard.accounts.secrets import keep_secret_key
from dashboard.serving.data_folder import make_data_folder
from dashboard.serving.launcher import ROOT, CannotStart, server_command
from inspector.management.base import FAILED, IsoscopeCommand


class Command(IsoscopeCommand):
    help = (
        "Serve the page, the HTTP interface and the websockets, without an agent. Of several server processes on one "
        "database each is started so; “manage.py run” starts a server and an agent on one machine."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1", help="the address to listen on (default %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen on (default %(default)s)")
        parser.add_argument(
            "--migrate",
            action="store_true",
            help="first make the database one of this version; no other server may use it meanwhile",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            make_data_folder(settings.DATA_DIR)
        except CannotStart as error:
            raise CommandError(str(error), returncode=FAILED) from None
        if not os.environ.get("ISOSCOPE_SECRET_KEY"):
            keep_secret_key(settings.DATA_DIR)
        if options["migrate"]:
            os.umask(0o077)
            call_command("migrate", interactive=False, verbosity=0)
        connections.close_all()
        become_server(options["bind"], options["port"])


def become_server(address: str, port: int) -> None:
    """Replace this process by the server: signals then reach it directly."""
    command = server_command("--bind", address, "--port", str(port))
    os.environ["ISOSCOPE_DATA"] = str(settings.DATA_DIR)  # it may be relative to the folder we started in
    os.chdir(ROOT)  # Python imports from the current folder
    os.execv(command[0], command)  # noqa: S606
