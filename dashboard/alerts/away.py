"""Agents that do not report: told by a clock, because no frame tells it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import msgspec

from dashboard.alerts.lines import line_of
from dashboard.alerts.messages import AlertMessage
from dashboard.alerts.rules import AlertRule, AlertStanding
from inspector.analysis.feed.entries import Entry, Kind
from inspector.facts.moments import format_instant
from inspector.models import Host

KEY: Final = "agent-away"


def judge(now: datetime) -> None:
    """Tell of agents that are away for as long as a rule says, and of those that came back."""
    rules = list(AlertRule.objects.filter(enabled=True).exclude(away_minutes=None))
    hosts = list(Host.objects.filter(imported_at=None, importing=False)) if rules else []
    for rule in rules:
        standing = set(AlertStanding.objects.filter(rule=rule, key=KEY).values_list("machine_id", flat=True))
        for host in hosts:
            if rule.concerns(host.machine_id):
                _judge_host(rule, host, host.machine_id in standing, now)


def _judge_host(rule: AlertRule, host: Host, is_standing: bool, now: datetime) -> None:
    minutes = rule.away_minutes or 0
    is_away = host.is_away(now) and now - (host.heard_at or host.seen_at) >= timedelta(minutes=minutes)
    if is_away and not is_standing and AlertStanding.begin(rule, host.machine_id, KEY):
        _tell(rule, host, "agent-away", f"the agent has not reported for {minutes} min", now)
    elif is_standing and not host.is_away(now) and AlertStanding.end(rule, host.machine_id, KEY):
        _tell(rule, host, "agent-back", "", now)


def _tell(rule: AlertRule, host: Host, kind: Kind, sentence: str, now: datetime) -> None:
    entry = Entry(host.last_seq, format_instant(now), kind)
    line = line_of(host, entry, KEY, ended=kind == "agent-back", sentence=sentence)
    AlertMessage.add(rule, [msgspec.to_builtins(line)], now)
