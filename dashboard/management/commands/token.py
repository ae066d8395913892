"""``manage.py token``: create the token of an agent on another machine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.models import AgentToken


class Command(BaseCommand):
    help = "Make a token for an agent and print it, once. It speaks for the first host that uses it, or for --host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what to call it, for example the host's name")
        parser.add_argument("--host", default="", help="the machine id it is good for (see /etc/machine-id there)")

    def handle(self, *args: Any, **options: Any) -> None:
        _, text = AgentToken.make(options["name"], options["host"])
        self.stdout.write(text)
