"""``manage.py run``: server and agent on one machine."""

from __future__ import annotations

import getpass
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from dashboard.accounts.secrets import keep_secret_key, write_private
from dashboard.models import AgentClaim, AgentToken, SignInLink
from dashboard.serving.data_folder import make_data_folder
from dashboard.serving.folder_lock import hold_lock
from dashboard.serving.launcher import CannotStart, Launcher, as_account, listen
from dashboard.serving.privileges import Account, account_behind
from inspector.agent.collect.docker.socket import find_socket
from inspector.management.base import IsoscopeCommand, add_docker_socket
from inspector.owned_folder import UnsafeFile

DEFAULT_PORT = 8000


class Command(IsoscopeCommand):
    help = "Start the server and the local agent, and print a link that signs you in once. Ctrl-C stops both."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="the port to listen on (default 8000, or the next free one)")
        parser.add_argument("--bind", default="127.0.0.1", help="the address to listen on (default %(default)s)")
        parser.add_argument("--no-agent", action="store_true", help="start the server alone; agents connect to it")

        add_docker_socket(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["docker_socket"]:
            os.environ["DOCKER_HOST"] = f"unix://{options['docker_socket']}"  # the agent inherits it
        if not options["no_agent"]:
            find_socket(options["docker_socket"], os.environ)
        try:
            status = self.run(options["bind"], options["port"], not options["no_agent"])
        except CannotStart as error:
            raise CommandError(str(error), returncode=2) from None
        if status:
            raise SystemExit(status)

    def run(self, address: str, port: int | None, with_agent: bool) -> int:
        account = self.find_account()
        as_account(account, prepare_folder)
        lock = take_lock(settings.DATA_DIR / "lock")
        if lock is None:
            as_account(account, self.greet_again)
            return 0
        listener = listen(address, port or DEFAULT_PORT, exact=port is not None)
        if port is None and listener.getsockname()[1] != DEFAULT_PORT:
            self.say(f"Port {DEFAULT_PORT} is taken; using {listener.getsockname()[1]}.")
        launcher = Launcher(listener, account, self.say)
        token = as_account(account, lambda: self.prepare(launcher.url))
        launcher.take_signals()
        if with_agent:
            launcher.start_agent(agent_arguments(account), token)
        launcher.give_root_up()
        launcher.start_server()
        return launcher.run()

    def find_account(self) -> Account | None:
        """The account that the server runs as; prints a warning where it is not a good choice."""
        try:
            account = account_behind(os.environ, settings.DATA_DIR)
        except KeyError:
            raise CannotStart(
                f"ISOSCOPE_USER is {os.environ['ISOSCOPE_USER']!r}, and there is no such account."
            ) from None
        except UnsafeFile as error:
            raise CannotStart(f"{error.filename} is not used: {error.strerror}.") from None
        if account is not None:
            self.say(f"The agent runs as root, the server as {account.name}.")
        elif os.geteuid() == 0:
            self.say(
                "Everything runs as root. Start with sudo from your own account, or set ISOSCOPE_USER, to give it up."
            )
        else:
            self.say("Without root the agent sees only what the kernel shows you; “sudo make run” sees everything.")
        return account

    def prepare(self, url: str) -> str:
        """Bring database and static files up to date, and print a link for the person; the token for the agent."""
        os.umask(0o077)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        end_stale_claims()
        token = local_token()
        write_private(settings.DATA_DIR / "url", public_address(url))
        self.print_link(public_address(url))
        self.say("  Ctrl-C stops.\n")
        connections.close_all()
        return token

    def greet_again(self) -> None:
        """Another process runs on this data folder: print a new link to it."""
        url = (settings.DATA_DIR / "url").read_text().strip()
        self.say(f"Isoscope is running already, at {url}")
        self.print_link(url)
        connections.close_all()

    def print_link(self, url: str) -> None:
        token = SignInLink.make(local_administrator())
        self.say(f"\n  Sign in, once, within the hour:\n\n    {url}/sign-in/{token}\n")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def prepare_folder() -> None:
    """The data folder with its lock and its key."""
    folder: Path = settings.DATA_DIR
    make_data_folder(folder)
    keep_secret_key(folder)


def take_lock(path: Path) -> IO[bytes] | None:
    """The lock of the data folder; ``None`` where it runs already.

    :raises CannotStart: the lock is no plain file, or its folder another account's.
    """
    try:
        return hold_lock(path)
    except OSError as error:
        raise CannotStart(f"{error.filename or path} is not used: {error.strerror}.") from None


def public_address(url: str) -> str:
    """Where people reach a server at ``url``: ``ISOSCOPE_URL``, or the first trusted origin behind TLS."""
    if settings.PUBLIC:
        return str(settings.PUBLIC.url)
    return settings.CSRF_TRUSTED_ORIGINS[0] if settings.BEHIND_TLS and settings.CSRF_TRUSTED_ORIGINS else url


def local_administrator() -> Any:
    """The person at this machine: an administrator without a password, who signs in by links."""
    user, made = get_user_model().objects.get_or_create(
        username=getpass.getuser(), defaults={"is_staff": True, "is_superuser": True}
    )
    if made:
        user.set_unusable_password()
        user.save()
    return user


def end_stale_claims() -> None:
    """Release the claims of a killed server at once: on SQLite no other server runs, because we hold its lock."""
    if connection.vendor == "sqlite":
        AgentClaim.objects.all().delete()


def local_token() -> str:
    """A fresh token for the local agent; the one of the last run is no longer valid."""
    AgentToken.objects.filter(name="local").delete()
    return AgentToken.make("local")[1]


def agent_arguments(account: Account | None) -> list[str]:
    data: Path = settings.DATA_DIR
    owner = [] if account is None else ["--owner", f"{account.uid}:{account.gid}"]
    spool = ["--data", str(data / "agent"), "--server-name", "local"]  # the same one, whatever port is free
    return [*spool, *owner]
