"""Deleting a host with all of its history, in small steps beside writers."""

from __future__ import annotations

from typing import Any, Final

from inspector.history.rows import TABLES
from inspector.history.sql import among
from inspector.history.throttle import Pace
from inspector.models import Cut, Host, Hour, Keyframe, Mark, Snapshot, Vitals, Watch

OF_HOST: Final = (*TABLES, Keyframe, Snapshot, Hour, Vitals, Mark, Watch, Cut)
"""Every table whose rows belong to a host, those with the most rows first."""


def forget_host(host: Host, pace: Pace) -> None:
    """Delete everything of a host, and at last the host.

    :raises inspector.history.throttle.Stopped: it was asked to end. Call it again for the rest.
    """
    for model in OF_HOST:
        pace.repeat(lambda rows, model=model: _delete_some(model, host, rows))  # type: ignore[misc]
    pace.step(lambda rows: host.delete()[0])


def _delete_some(model: Any, host: Host, rows: int) -> int:
    found = list(model._default_manager.filter(host=host).values_list("pk", flat=True)[:rows])
    among(model._default_manager.all(), found).delete()
    return len(found)
