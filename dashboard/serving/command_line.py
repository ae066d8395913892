"""Daphne's command line, with our server."""

from __future__ import annotations

import daphne.server
from daphne.cli import CommandLineInterface

from dashboard.serving.connection_limits import Factory, Server
from dashboard.sockets.daphne_answers import install


class CommandLine(CommandLineInterface):  # type: ignore[misc]
    """Daphne's command line, with our server."""

    server_class = Server

    @classmethod
    def entrypoint(cls) -> None:
        install()
        daphne.server.HTTPFactory = Factory  # Daphne takes no other
        super().entrypoint()
