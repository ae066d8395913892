"""Deleting a host on request: it is hidden at once, and its rows go in small steps.

A host that is being deleted looks like an import that was cut short: no list shows it, and no agent speaks for it. So
the next round of retention deletes what a killed process left.
"""

from __future__ import annotations

from time import sleep
from typing import Any, Final

from django.utils import timezone

from inspector.history.forget import OF_HOST, forget_host
from inspector.history.retention.lease import Holder
from inspector.history.retention.policy import Policy
from inspector.history.retention.rounds import LEASE, Round, Rules
from inspector.history.throttle import Pace
from inspector.models import Host

RETRY_S: Final = 0.5


def hide(host: Host) -> None:
    """Hide the host from everybody. Only its rows are left."""
    Host.objects.filter(pk=host.pk).update(importing=True, imported_at=host.imported_at or timezone.now())


def rows_of(host: Host) -> int:
    """How many rows are still there."""
    tables: tuple[Any, ...] = OF_HOST
    return sum(model._default_manager.filter(host=host).count() for model in tables)


def forget(host: Host) -> None:
    """Delete the host with all of its history, once no retention runs beside it.

    :raises inspector.history.throttle.Stopped: it was asked to end.
    """
    holder = Holder(LEASE)
    while not holder.take():
        sleep(RETRY_S)
    try:
        forget_host(host, Pace(between=holder.prolong))
        Round(Rules(Policy()), [], Pace(between=holder.prolong)).clear_up()
    finally:
        holder.leave()
