"""A lease lets one process at a time do a piece of work. The lease of a process that died expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone

from inspector.facts.moments import EPOCH
from inspector.models import Lease

LASTS: Final = timedelta(seconds=60)


class Holder:
    """One candidate for a lease."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.identity = uuid4().hex
        self.taken = 0.0  # when, by the monotonic clock

    def take(self, now: datetime | None = None) -> bool:
        """Take the lease or prolong it; ``False`` while another holds it."""
        now = now or timezone.now()
        Lease.objects.get_or_create(name=self.name, defaults={"holder": "", "until_at": EPOCH})
        free = Q(holder=self.identity) | Q(until_at__lt=now)
        found = Lease.objects.filter(free, name=self.name)
        self.taken = monotonic()
        return bool(found.update(holder=self.identity, until_at=now + LASTS))

    def prolong(self) -> None:
        """Renew the lease while the work lasts. Cheap to call often."""
        if monotonic() - self.taken > LASTS.total_seconds() / 4:
            self.take()

    def leave(self) -> None:
        """Release the lease, so that the next holder need not wait."""
        Lease.objects.filter(name=self.name, holder=self.identity).update(holder="", until_at=EPOCH)
