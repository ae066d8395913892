"""Daphne as the launcher's child: takes Daphne's arguments, and ends with its parent."""

from __future__ import annotations

from daphne.cli import CommandLineInterface

from inspector.lifetime import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    CommandLineInterface.entrypoint()
