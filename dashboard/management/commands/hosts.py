"""``manage.py hosts``: list the hosts of this history."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from inspector.models import Host
from inspector.version import age_of


class Command(BaseCommand):
    help = "List the hosts there is history of, with the id that other commands take."

    def handle(self, *args: Any, **options: Any) -> None:
        for host in Host.objects.filter(importing=False).order_by("hostname"):
            seen = host.seen_at.isoformat(timespec="seconds") if host.seen_at else "never"
            origin = (
                f"imported {host.imported_at.isoformat(timespec='seconds')}" if host.imported_at else _agent(host)
            )
            self.stdout.write(f"{host.machine_id}  {host.hostname}  seq {host.last_seq}  seen {seen}  {origin}")


def _agent(host: Host) -> str:
    """The version of the host's agent, and whether it is another one than the server's."""
    age = age_of(host.agent_version)
    return f"agent {host.agent_version or 'of an unknown version'}{'' if age == 'same' else f' ({age})'}"
