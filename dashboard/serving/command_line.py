"""Daphne's command line, with our server."""

from __future__ import annotations

from daphne.cli import CommandLineInterface

from dashboard.sockets.backpressure import Server


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line, with our server."""

    server_class = Server
