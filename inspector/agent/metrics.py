"""Metrics that could not be sent yet, joined with the next ones."""

from __future__ import annotations

import msgspec

from inspector.agent.collect.vitals.process_vitals import aged
from inspector.facts.moments import parse_instant
from inspector.facts.vitals.readings import MOST_READ
from inspector.protocol.frames import Metrics


def joined(unsent: Metrics | None, metrics: Metrics) -> Metrics:
    """The newer metrics, with the processes of the unsent ones that were not read again, as old as they are."""
    if unsent is None:
        return metrics
    passed = (parse_instant(metrics.taken_at) - parse_instant(unsent.taken_at)).total_seconds()
    older = {key: aged(vitals, passed) for key, vitals in unsent.processes.items() if key not in metrics.processes}
    kept = dict(list(older.items())[: MOST_READ - len(metrics.processes)])
    return msgspec.structs.replace(metrics, processes={**kept, **metrics.processes})
