"""What the commands share that take moments on their command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from inspector.facts import moments


class MomentCommand(BaseCommand):
    """A command whose arguments may be moments."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """A moment such as ``-1h`` is not an option, although it begins with a dash, as a negative number does."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser._negative_number_matcher = moments.AGO
        return parser
