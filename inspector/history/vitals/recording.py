"""Keeping the means of what an agent reports: a row for every five minutes of a host."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from inspector.errors import MalformedFrame, MalformedMoment
from inspector.facts.vitals.means import Means
from inspector.history.vitals.means import Cores, Stretch, beginning_of, merge
from inspector.history.vitals.packing import pack_host, pack_parts, unpack_host, unpack_parts
from inspector.models import Host, Vitals
from inspector.protocol.frames import Metrics


class Recorder:
    """Sums up the metrics of one host, and stores them when their five minutes are over.

    Where the process is killed, the means of at most five minutes are lost.
    """

    def __init__(self, machine_id: str) -> None:
        self.machine_id = machine_id
        self._cores = Cores()
        self._stretch: Stretch | None = None

    def take(self, metrics: Metrics) -> None:
        """Add a message; store the stretch before, where this one begins the next.

        :raises MalformedFrame: the message is of no moment.
        """
        try:
            at = beginning_of(metrics.taken_at)
        except MalformedMoment as error:
            raise MalformedFrame(f"the metrics: {error}") from error
        if self._stretch is None or self._stretch.at != at:
            self.store()
            self._stretch = Stretch(at)
        self._stretch.add(metrics, self._cores.since(metrics))

    def store(self) -> None:
        """Store what was summed up. The rest of the same stretch is merged with it."""
        stretch, self._stretch = self._stretch, None
        if stretch is not None and stretch.host.readings:
            keep(self.machine_id, stretch.at, stretch.until, stretch.means())


@transaction.atomic
def keep(machine_id: str, at: datetime, until: datetime, means: Means) -> None:
    """Store the means of a stretch, merged with what is stored of it. A host without history has none."""
    host = Host.objects.filter(machine_id=machine_id, importing=False).first()
    if host is None:
        return
    row = Vitals.objects.select_for_update().filter(host=host, at=at).first()  # type: ignore[misc]
    if row is None:
        row = Vitals(host=host, at=at, recorded_at=timezone.now())
    else:
        means = merge((means_of(row), means))
    fill(row, max(until, row.until_at or until), means).save()


def fill(row: Vitals, until: datetime, means: Means) -> Vitals:
    """Write means into a row."""
    row.until_at, row.readings = until, means.readings
    row.host_means, row.parts = pack_host(means.host), pack_parts(means)
    return row


def means_of(row: Vitals) -> Means:
    """The means of a row; a container is named by the first characters of its id."""
    return Means(row.readings, unpack_host(row.host_means), *unpack_parts(row.parts))
