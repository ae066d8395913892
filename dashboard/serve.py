"""Daphne as the launcher's child: takes Daphne's arguments, keeps history in bounds, and ends with its parent."""

from __future__ import annotations

import os

from daphne.cli import CommandLineInterface

from inspector.lifetime import end_with_parent


def main() -> None:
    """Serve until the end; the thread that does retention ends first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    import django

    django.setup()
    from dashboard.keeper import Keeper

    keeper = Keeper()
    keeper.start()
    try:
        CommandLineInterface.entrypoint()
    finally:
        keeper.stop()


if __name__ == "__main__":
    end_with_parent()
    main()
