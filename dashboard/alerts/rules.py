"""Rules of alerts: which entries of the feed are told, to whom and when."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy

from dashboard.accounts.secrets import make_token
from inspector.analysis.feed.entries import Entry, Kind
from inspector.analysis.feed.from_history import Wanted

ENDS: Final[dict[Kind, Kind]] = {
    "sharing-ended": "sharing-began",
    "gap-ended": "gap-began",
    "joined-again": "left-behind",
    "container-started": "container-stopped",
    "isolate-ended": "isolate-began",
    "namespace-released": "namespace-orphaned",
    "agent-back": "agent-away",
}
"""Kinds that end what another kind began."""


class AlertRule(models.Model):
    """One rule. Its target may hold a secret, so it is shown to administrators only, and noted nowhere."""

    class Way(models.TextChoices):
        WEBHOOK = "webhook", gettext_lazy("Webhook")
        ALERTMANAGER = "alertmanager", gettext_lazy("Alertmanager")
        EMAIL = "email", gettext_lazy("E-mail")

    name = models.CharField(max_length=100, unique=True)
    enabled = models.BooleanField(default=True)
    hosts = models.JSONField(default=list, blank=True)  # machine ids; empty: all
    kinds = models.JSONField(default=list, blank=True)  # of entries; empty: all but noise
    container = models.CharField(max_length=200, blank=True)  # a pattern of names, such as *-prod; empty: any
    type = models.CharField(max_length=16, blank=True)  # of namespace; empty: any
    text = models.CharField(max_length=200, blank=True)  # as the feed is searched
    away_minutes = models.PositiveIntegerField(null=True, blank=True)  # the agent is away for so long
    way = models.CharField(max_length=16, choices=Way.choices, default=Way.WEBHOOK)
    target = models.CharField(max_length=1000)  # a URL, or addresses of e-mail
    once = models.BooleanField(default=True)  # until it ends
    group_s = models.PositiveIntegerField(default=30)  # what follows within so many seconds is one message
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, default="UTC")  # of the quiet hours
    salt = models.CharField(max_length=64, default=make_token, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The key of the signature of its webhooks. Derived from the server's secret key, and stored nowhere."""
        return salted_hmac("isoscope.alerts.webhook", self.salt, algorithm="sha256").hexdigest()

    def concerns(self, machine_id: str) -> bool:
        return not self.hosts or machine_id in self.hosts

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is told, or ends what was told."""
        kind = ENDS.get(entry.kind, entry.kind)
        if self.kinds and not {entry.kind, kind} & set(self.kinds):
            return False
        if not self.kinds and (entry.noise or self.away_minutes is not None):
            return False
        wanted = Wanted(type=self.type or None, text=self.text)
        return self._fits_container(entry) and wanted.fits(entry)

    def _fits_container(self, entry: Entry) -> bool:
        pattern = self.container.casefold()
        return not pattern or (entry.container is not None and fnmatchcase(entry.where.casefold(), pattern))

    def quiet_until(self, now: datetime) -> datetime:
        """The end of the quiet hours that ``now`` lies in; ``now`` where it lies in none."""
        if self.quiet_from is None or self.quiet_to is None or self.quiet_from == self.quiet_to:
            return now
        local = now.astimezone(ZoneInfo(self.zone))
        if not _lies_within(local.time(), self.quiet_from, self.quiet_to):
            return now
        day = local.date() if local.time() < self.quiet_to else local.date() + timedelta(days=1)
        return datetime.combine(day, self.quiet_to, ZoneInfo(self.zone)).astimezone(now.tzinfo)


def _lies_within(moment: time, first: time, last: time) -> bool:
    """Whether a time of day lies between two, also over midnight."""
    return first <= moment < last if first < last else moment >= first or moment < last


def key_of(entry: Entry) -> str:
    """What an entry is about, so that its end is recognised: the kind that begins it, and the thing."""
    kind = ENDS.get(entry.kind, entry.kind)
    container = None if kind == "namespace-orphaned" else entry.container  # which is gone when the namespace goes
    return f"{kind} {container or entry.key or entry.name}"[:300]


class AlertStanding(models.Model):
    """Something that was told and has not ended, so that it is told once."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE)
    machine_id = models.CharField(max_length=128)
    key = models.CharField(max_length=300)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "machine_id", "key"], name="one_standing_alert")]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def begin(cls, rule: AlertRule, machine_id: str, key: str) -> bool:
        """Note it; whether it was not standing yet."""
        return cls.objects.get_or_create(rule=rule, machine_id=machine_id, key=key)[1]

    @classmethod
    def end(cls, rule: AlertRule, machine_id: str, key: str) -> bool:
        """Note its end; whether it was standing."""
        return cls.objects.filter(rule=rule, machine_id=machine_id, key=key).delete()[0] > 0
