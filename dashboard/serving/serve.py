"""Daphne as the launcher's child: takes Daphne's arguments, runs the retention thread, and ends with its parent."""

from __future__ import annotations

import os
import stat

from daphne.cli import CommandLineInterface

from dashboard.sockets.backpressure import Server
from inspector.parent_pipe import end_with_parent


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line, with our server."""

    server_class = Server


def main() -> None:
    """Serve until the process ends. The retention thread is stopped first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    import django

    django.setup()
    from dashboard.serving.retention_thread import RetentionThread

    retention = RetentionThread()
    retention.start()
    try:
        CommandLine.entrypoint()
    finally:
        retention.stop()


if __name__ == "__main__":
    if stat.S_ISFIFO(os.fstat(0).st_mode):  # the launcher's pipe; a service manager gives /dev/null
        end_with_parent()
    main()
