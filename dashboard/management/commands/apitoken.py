"""``manage.py apitoken``: make an API token of a person or a script, list those there are, and revoke them."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.utils import timezone

from dashboard.accounts import audit
from dashboard.management.find_token import find_token
from dashboard.models import ApiToken, AuditEvent
from inspector.analysis.text.escape import plain
from inspector.errors import IsoscopeError
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact
from inspector.history.hosts import choose
from inspector.management.base import IsoscopeCommand


class Line(Fact, frozen=True):
    """One token, as ``--list --json`` prints it: never its text, which is not stored. Moments are ISO 8601 in UTC."""

    number: int
    name: str
    user: str
    scope: str
    hosts: list[str]  # machine ids; empty: all that the account sees
    made_at: str
    expires_at: str | None
    used_at: str | None
    revoked_at: str | None


class Command(IsoscopeCommand):
    help = (
        "Make a token for the HTTP interface and print it, once. It may do at most what its account may. "
        "--list shows the tokens there are, --revoke ends one. Agents have tokens of their own: manage.py token."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("name", nargs="?", help="what to call it, for example the script's name")
        what.add_argument("--list", action="store_true", help="list the tokens, those that are revoked too")
        what.add_argument("--revoke", metavar="TOKEN", help="by number or name; downloads with it end")
        parser.add_argument("--user", help="the account whose rights it has")
        parser.add_argument("--administer", action="store_true", help="may also change and delete, not only read")
        parser.add_argument("--host", action="append", default=[], metavar="ID", help="only this host; repeatable")
        parser.add_argument("--days", type=float, help="expires after so many days (default: never)")
        parser.add_argument("--json", action="store_true", help="with --list: as a JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.list_all(options["json"])
        elif options["revoke"] is not None:
            token = find_token(ApiToken, options["revoke"])
            token.revoke()
            audit.note(None, AuditEvent.What.TOKEN_REVOKED, token.name, f"API token of {token.user}")
            self.stdout.write(f"API token {token.pk} ({plain(token.name)}) is revoked.")
        else:
            token, text = make(options)
            audit.note(None, AuditEvent.What.TOKEN_MADE, token.name, f"API token of {token.user}, may {token.scope}")
            self.stdout.write(text)

    def list_all(self, as_json: bool) -> None:
        lines = [make_line(token) for token in ApiToken.objects.select_related("user").order_by("pk")]
        if as_json:
            self.print_json(lines)
            return
        for line in lines:
            self.stdout.write(describe(line))


def make(options: dict[str, Any]) -> tuple[ApiToken, str]:
    """:raises IsoscopeError: the account, a host or the number of days cannot be used."""
    user = User.objects.filter(username=options["user"] or "", is_active=True).first()
    if user is None:
        raise CommandError("name the account with --user; “manage.py invite” makes one", returncode=2)
    scope = ApiToken.Scope.ADMINISTER if options["administer"] else ApiToken.Scope.READ
    hosts = [choose(name).machine_id for name in options["host"]]
    return ApiToken.make(user, options["name"], scope=scope, hosts=hosts, expires_at=end_of(options["days"]))


def end_of(days: float | None) -> datetime | None:
    """:raises IsoscopeError: no number of days from now on."""
    if days is None:
        return None
    if not 0 < days <= 36_500:
        raise IsoscopeError(f"--days is {days:g}; it takes a number above 0, at most 36500")
    return timezone.now() + timedelta(days=days)


def make_line(token: ApiToken) -> Line:
    moments = (token.created_at, token.expires_at, token.used_at, token.revoked_at)
    made, expires, used, revoked = (
        None if moment is None else format_instant(moment.replace(microsecond=0)) for moment in moments
    )
    user = token.user.get_username()
    return Line(token.pk, token.name, user, token.scope, list(token.hosts), made or "", expires, used, revoked)


def describe(line: Line) -> str:
    """One line: number, name, account, what it may do, and whether it is used, expires or is revoked."""
    hosts = " and ".join(map(plain, line.hosts)) or "all its hosts"
    state = f"revoked {line.revoked_at}" if line.revoked_at else f"used {line.used_at or 'never'}"
    end = f"  expires {line.expires_at}" if line.expires_at else ""
    return f"{line.number}  {plain(line.name)}  of {plain(line.user)}  may {line.scope} {hosts}{end}  {state}"
