"""Which namespaces processes live in at a moment, without reading the processes."""

from __future__ import annotations

from collections import Counter
from typing import Any

from inspector.facts.types import NamespaceSet
from inspector.history import keyframes, shared_values
from inspector.history.rows import PROCESSES
from inspector.history.sql import among, open_at
from inspector.models import Host, ProcessInterval


def count_inhabited(host: Host, seq: int) -> Counter[NamespaceSet]:
    """How many processes live in each combination of namespaces. Cost: some 15 ms at 10,000 processes."""
    base, named = keyframes.newest(PROCESSES, host.pk, seq)
    table = ProcessInterval.objects.filter(open_at(seq))
    since = table.filter(host=host, opened__gt=base, opened__lte=seq)
    found: dict[int, Any] = dict(since.values_list("pk", "spaces"))
    if named:
        found |= dict(among(table, named).values_list("pk", "spaces"))  # one that was thinned may be in both
    counts = Counter(found.values())
    sets = shared_values.load(counts)
    return Counter({sets[number]: count for number, count in counts.items()})
