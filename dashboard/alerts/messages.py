"""Messages of alerts: what is to be sent, and what was. Stored before they are sent, so a restart loses none."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from dashboard.alerts.rules import AlertRule

MOST_LINES: Final = 100
"""Entries in one message; of more only the number is told."""

MOST_TRIES: Final = 9
"""Then a message is given up, some seven hours after the first try."""

CLAIM: Final = timedelta(minutes=2)
"""A process that sends a message has it for itself so long; longer than sending can take."""

KEPT: Final = timedelta(days=30)
"""How long the log of what was sent is kept."""


def wait_after(tries: int) -> timedelta:
    """The pause after so many failures in a row: 5 s, 20 s, 80 s, … at most two hours."""
    return timedelta(seconds=min(7200, 5 * 4 ** (tries - 1)))


class AlertMessage(models.Model):
    """One message of a rule."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        GIVEN_UP = "given up"

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE)
    lines = models.JSONField(default=list)  # dashboard.alerts.lines.Line as JSON
    more = models.PositiveIntegerField(default=0)  # entries beyond those
    is_test = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(db_index=True)  # the next try; also the end of a claim
    tries = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)  # of the last try

    def __str__(self) -> str:
        return f"{self.rule}: {len(self.lines) + self.more} entries, {self.state}"

    @classmethod
    def add(cls, rule: AlertRule, lines: list[Any], now: datetime) -> None:
        """Send these lines: at once, or with what is held back, by grouping or by quiet hours."""
        with transaction.atomic():
            AlertRule.objects.select_for_update().get(pk=rule.pk)  # one at a time for each rule
            mine = AlertMessage.objects.filter(rule=rule, is_test=False)
            held = mine.filter(state=cls.State.WAITING, tries=0, due_at__gt=now).order_by("pk").last()
            if held is None:
                newest = mine.order_by("pk").last()
                free = now if newest is None else newest.created_at + timedelta(seconds=rule.group_s)
                held = AlertMessage(rule=rule, created_at=now, due_at=rule.quiet_until(max(now, free)))
            room = MOST_LINES - len(held.lines)
            held.lines, held.more = held.lines + lines[:room], held.more + len(lines[room:])
            held.save()

    @classmethod
    def claim_due(cls, now: datetime, busy: set[int]) -> list[AlertMessage]:
        """The messages that are due, which no other process sends then. Of each rule one at a time, the oldest."""
        due = cls.objects.select_related("rule").filter(state=cls.State.WAITING, due_at__lte=now).order_by("pk")
        first: dict[int, AlertMessage] = {}
        for message in due.exclude(rule_id__in=busy)[:200]:
            first.setdefault(message.rule_id, message)
        return [message for message in first.values() if message._claim(now)]

    def _claim(self, now: datetime) -> bool:
        mine = AlertMessage.objects.filter(pk=self.pk, state=self.State.WAITING, due_at=self.due_at)
        return mine.update(due_at=now + CLAIM, tries=F("tries") + 1) == 1

    def note_sent(self) -> None:
        """It arrived."""
        now = timezone.now()
        AlertMessage.objects.filter(pk=self.pk).update(state=self.State.SENT, sent_at=now, error="")

    def note_failure(self, error: str) -> None:
        """It did not arrive: try again later, or give up. A test is tried once."""
        tries = self.tries + 1
        over = self.is_test or tries >= MOST_TRIES
        state = self.State.GIVEN_UP if over else self.State.WAITING
        told = {"state": state, "error": error[:300], "due_at": timezone.now() + wait_after(tries)}
        AlertMessage.objects.filter(pk=self.pk).update(**told)


def thin(now: datetime) -> None:
    """Delete the log of what was sent long ago."""
    AlertMessage.objects.filter(created_at__lt=now - KEPT).exclude(state=AlertMessage.State.WAITING).delete()
