"""``manage.py invite``: let a person in."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.management.base import CommandError

from dashboard.config.public_url import last_url
from dashboard.models import HostViewer, SignInLink
from inspector.errors import NoSuchSnapshot
from inspector.history.hosts import choose
from inspector.management.base import IsoscopeCommand
from inspector.models import Host


class Command(IsoscopeCommand):
    help = "Make the person's account where there is none, and print a link that signs them in once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--administrator", action="store_true", help="may see every host and manage users and tokens"
        )
        parser.add_argument("--host", action="append", default=[], metavar="ID", help="may see this host; repeatable")
        parser.add_argument("--may-pin", action="store_true", help="may pin bookmarks, so that retention keeps them")
        parser.add_argument(
            "--hours", type=float, default=24.0, help="how long the link is good (default %(default)s)"
        )
        parser.add_argument("--url", help="the address people reach the server at (default: that of the last run)")

    def handle(self, *args: Any, **options: Any) -> None:
        hosts = [find_host(name) for name in options["host"]]
        user, made = get_user_model().objects.get_or_create(username=options["username"])
        if made:
            user.set_unusable_password()
        if options["administrator"]:
            user.is_staff = user.is_superuser = True
        user.save()
        if options["may_pin"]:
            user.user_permissions.add(Permission.objects.get(codename="pin_bookmark"))
        for host in hosts:
            HostViewer.objects.get_or_create(user=user, host=host)
        token = SignInLink.make(user, timedelta(hours=options["hours"]))
        self.stdout.write(f"{(options['url'] or last_url()).rstrip('/')}/sign-in/{token}")
        if not hosts and not user.is_staff:
            self.stderr.write(f"{user.username} sees no host yet: name some with --host, or use --administrator.")


def find_host(name: str) -> Host:
    """By machine id or host name."""
    try:
        return choose(name)
    except NoSuchSnapshot as error:
        raise CommandError(f"{error}; “manage.py hosts” lists them", returncode=2) from None
