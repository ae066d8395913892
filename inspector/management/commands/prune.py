"""``manage.py prune``: retention by hand. The server does the same by itself."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from inspector.analysis.text.escape import plain
from inspector.analysis.text.zones import local_zone, show_moment
from inspector.errors import IsoscopeError
from inspector.history import hosts
from inspector.history.forget import forget_host
from inspector.history.retention import disk_space, thinning
from inspector.history.retention.lease import Holder
from inspector.history.retention.policy import FORM, Policy, parse_policy
from inspector.history.retention.rounds import LEASE, Round, Rules, estimate, foresee
from inspector.history.throttle import Pace
from inspector.management.base import IsoscopeCommand
from inspector.models import Host


def read_keep(text: str) -> Policy:
    """:raises IsoscopeError: no policy."""
    try:
        return parse_policy(text)
    except (ValueError, OverflowError) as error:
        raise IsoscopeError(f"--keep: {error}") from error


class Command(IsoscopeCommand):
    help = (
        "Delete the snapshots that the policy does not keep (ISOSCOPE_KEEP, ISOSCOPE_KEEP_BYTES), in small steps "
        "beside the running server. Pinned ones, the newest of each host, and imported hosts stay."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what it would free, and change nothing")
        parser.add_argument("--host", help="only this one: hostname, or the start of a machine id")
        parser.add_argument("--keep", help=f"instead of ISOSCOPE_KEEP: {FORM}")
        parser.add_argument(
            "--forget", action="store_true", help="delete the whole host named with --host, live or imported"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rules = Rules(settings.KEEP, 0 if options["host"] else settings.KEEP_BYTES)
        if options["keep"]:
            rules = rules._replace(policy=read_keep(options["keep"]))
        self.work(rules, self.chosen(options), options)

    def chosen(self, options: dict[str, Any]) -> list[Host]:
        if options["forget"] and not options["host"]:
            raise IsoscopeError("--forget needs --host: the host to delete")
        if not options["host"]:
            return thinning.live_hosts()
        host = hosts.choose(options["host"])
        if host.imported_at and not options["forget"]:
            raise IsoscopeError(f"{host} was imported and stays as it is; --forget deletes it")
        return [host]

    def work(self, rules: Rules, chosen: list[Host], options: dict[str, Any]) -> None:
        if options["dry_run"]:
            self.show_estimate(rules, chosen, options["forget"])
            return
        holder = Holder(LEASE)
        if not holder.take():
            raise IsoscopeError("the server, or another prune, is running retention right now; try again in a minute")
        try:
            if options["forget"]:
                self.forget(chosen[0])
            else:
                outcome = Round(rules, chosen, Pace(between=holder.prolong)).run()
                self.stdout.write(f"Freed {outcome}.")
        finally:
            holder.leave()

    def show_estimate(self, rules: Rules, chosen: list[Host], forget: bool) -> None:
        now = timezone.now()
        horizon = None if forget else foresee(rules, chosen, now)
        for host in chosen:
            told = "everything" if forget else str(estimate(rules, [host], now, horizon))
            self.stdout.write(f"{plain(str(host))} ({plain(host.machine_id)}): would free {told}")
        if horizon:
            self.stdout.write(self.size(rules, horizon))

    def size(self, rules: Rules, horizon: datetime) -> str:
        """Why more is deleted than the tiers say."""
        used, most = (f"{number / 2**20:,.1f} MiB" for number in (disk_space.used_bytes(), rules.most_bytes))
        before = show_moment(horizon, local_zone())
        told = f"History takes {used} of at most {most}"
        return f"{told}: what was recorded before {before} is deleted, whatever its tier."

    def forget(self, host: Host) -> None:
        name = plain(str(host))
        forget_host(host, Pace())
        Round(Rules(settings.KEEP), [], Pace()).clear_up()
        self.stdout.write(f"{name} is forgotten.")
