"""``manage.py audit``: the audit log as JSON lines, oldest first."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone

from dashboard.accounts.audit import line_of
from dashboard.models import AuditEvent
from inspector.analysis.text import zones
from inspector.errors import MalformedMoment
from inspector.facts import moments
from inspector.management.base import MomentCommand


class Command(MomentCommand):
    help = "Print the audit log as JSON lines, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", metavar="MOMENT", help="for example -2h, yesterday or 2026-11-01")
        parser.add_argument("--what", choices=AuditEvent.What.values, help="only events of this kind")

    def handle(self, *args: Any, **options: Any) -> None:
        events = AuditEvent.objects.order_by("pk")
        if options["since"]:
            events = events.filter(at__gte=parse_since(options["since"]))
        if options["what"]:
            events = events.filter(what=options["what"])
        for event in events.iterator():
            self.stdout.write(line_of(event))


def parse_since(text: str) -> datetime:
    """:raises MalformedMoment: it is no point in time."""
    found = moments.parse(text, timezone.now(), zones.named_zone("UTC"))
    if isinstance(found, int):
        raise MalformedMoment(f"{text!r} is no point in time")
    return found
