"""``manage.py hosts``: list the hosts of this history."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from inspector.analysis.text.escape import plain
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact
from inspector.management.base import IsoscopeCommand
from inspector.models import Host
from inspector.version import Age, age_of


class Line(Fact, frozen=True):
    """One host, as ``--json`` prints it. Moments are ISO 8601 in UTC."""

    id: str
    hostname: str
    seq: int  # its newest snapshot
    seen_at: str | None  # None: its agent has sent nothing
    imported_at: str | None  # None: it has an agent of its own
    agent_version: str | None  # None: the agent did not send it, or there is none
    agent_age: Age | None  # its version against the server's


class Command(IsoscopeCommand):
    help = "List the hosts in history, with the id that other commands take."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print them as a JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [make_line(host) for host in Host.objects.filter(importing=False).order_by("hostname", "machine_id")]
        if options["json"]:
            self.print_json(lines)
            return
        for line in lines:
            self.stdout.write(describe(line))


def make_line(host: Host) -> Line:
    has_agent = host.imported_at is None
    return Line(
        id=host.machine_id,
        hostname=host.hostname,
        seq=host.last_seq,
        seen_at=_instant(host.seen_at),
        imported_at=_instant(host.imported_at),
        agent_version=(host.agent_version or None) if has_agent else None,
        agent_age=age_of(host.agent_version) if has_agent else None,
    )


def describe(line: Line) -> str:
    """One line: id, name, newest snapshot, when it was last seen, and where it comes from."""
    seen = line.seen_at or "never"
    origin = f"imported {line.imported_at}" if line.imported_at else _agent(line)
    return f"{plain(line.id)}  {plain(line.hostname)}  seq {line.seq}  seen {seen}  {origin}"


def _agent(line: Line) -> str:
    """The version of the host's agent, and whether it is another one than the server's."""
    age = "" if line.agent_age == "same" else f" ({line.agent_age})"
    return f"agent {plain(line.agent_version or 'of an unknown version')}{age}"


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment.replace(microsecond=0))
