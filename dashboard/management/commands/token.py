"""``manage.py token``: make the token of an agent on another machine, list those there are, and revoke them."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.utils import timezone

from dashboard.accounts import audit
from dashboard.management.find_token import find_token
from dashboard.models import AgentToken, AuditEvent
from inspector.analysis.text.escape import plain
from inspector.errors import IsoscopeError
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact, is_machine_id
from inspector.management.base import IsoscopeCommand


class Line(Fact, frozen=True):
    """One token, as ``--list --json`` prints it: never its text, which is not stored. Moments are ISO 8601 in UTC."""

    number: int
    name: str
    host: str | None  # None: it speaks for the first host that uses it
    made_at: str
    used_at: str | None
    revoked_at: str | None


class Command(IsoscopeCommand):
    help = (
        "Make a token for an agent and print it, once. It speaks for the first host that uses it, or for --host. "
        "--list shows the tokens there are, --revoke ends one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("name", nargs="?", help="what to call it, for example the host's name")
        what.add_argument("--list", action="store_true", help="list the tokens, those that are revoked too")
        what.add_argument(
            "--revoke", metavar="TOKEN", help="by number or name; its agent is disconnected at its next frame"
        )
        parser.add_argument("--host", default="", help="the machine id it is valid for (see /etc/machine-id there)")
        parser.add_argument("--json", action="store_true", help="with --list: as a JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.list_all(options["json"])
        elif options["revoke"] is not None:
            self.revoke(find_token(AgentToken, options["revoke"]))
        else:
            if options["host"] and not is_machine_id(options["host"]):
                raise IsoscopeError(f"{options['host']!r} is no machine id; “manage.py hosts” lists them")
            token, text = AgentToken.make(options["name"], options["host"])
            audit.note(None, AuditEvent.What.TOKEN_MADE, token.name, "token of an agent")
            self.stdout.write(text)

    def list_all(self, as_json: bool) -> None:
        lines = [make_line(token) for token in AgentToken.objects.order_by("pk")]
        if as_json:
            self.print_json(lines)
            return
        for line in lines:
            self.stdout.write(describe(line))

    def revoke(self, token: AgentToken) -> None:
        AgentToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
        audit.note(None, AuditEvent.What.TOKEN_REVOKED, token.name, "token of an agent")
        self.stdout.write(f"Token {token.pk} ({plain(token.name)}) is revoked.")


def make_line(token: AgentToken) -> Line:
    return Line(
        number=token.pk,
        name=token.name,
        host=token.machine_id or None,
        made_at=format_instant(token.created_at.replace(microsecond=0)),
        used_at=_instant(token.used_at),
        revoked_at=_instant(token.revoked_at),
    )


def describe(line: Line) -> str:
    """One line: number, name, host, and whether it is used or revoked."""
    host = plain(line.host) if line.host else "the first host that uses it"
    state = f"revoked {line.revoked_at}" if line.revoked_at else f"used {line.used_at or 'never'}"
    return f"{line.number}  {plain(line.name)}  for {host}  made {line.made_at}  {state}"


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else format_instant(moment.replace(microsecond=0))
