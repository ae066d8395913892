"""Daphne's command line, with our server."""

from __future__ import annotations

from daphne.cli import CommandLineInterface

from dashboard.sockets.backpressure import Server
from dashboard.sockets.daphne_answers import install


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line, with our server."""

    server_class = Server

    @classmethod
    def entrypoint(cls) -> None:
        install()
        super().entrypoint()
