"""Reading history: the whole state at a seq, and the changes between two.

The laws: the state at a seq is the one that was recorded under it; the changes between two seqs are the difference
of their states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from inspector.facts.diff import Changes, diff
from inspector.facts.moments import format_instant
from inspector.facts.types import Coverage, Gap, HostInfo, HostState, gap_order, make_state
from inspector.history import hosts, intervals, shared_values
from inspector.history.rows import GAPS, KEYED, decode_info
from inspector.history.snapshots import holding
from inspector.models import ContainerInterval, Host, HostInterval, Snapshot
from inspector.protocol.frames import Diff


def state_at(host: Host | str, seq: int | None = None) -> HostState:
    """The whole state at ``seq``, or the newest. Between two stored frames the earlier one holds.

    :raises NoSuchSnapshot: unknown host, or a seq outside of what history holds.
    """
    host = hosts.get(host)
    snapshot = holding(host, host.last_seq if seq is None else seq)
    seq = snapshot.seq
    read = intervals.holding_now if seq >= host.last_seq else intervals.holding_at
    facts = {kind.section: read(kind, host.pk, seq) for kind in KEYED}
    gaps: list[Gap] = read(GAPS, host.pk, seq)
    taken = format_instant(snapshot.taken_at)
    state = make_state(info_at(host, seq), taken, snapshot.duration_ms, gaps=gaps, **facts)
    return msgspec.structs.replace(state, coverage=Coverage(snapshot.processes, state.coverage.gaps))


def container_ids(machine_id: str) -> frozenset[str]:
    """The full ids of the containers that the newest state holds."""
    rows = ContainerInterval.objects.filter(host__machine_id=machine_id, closed=None)
    keys = {key for key in rows.values_list("key", flat=True) if key is not None}
    return frozenset(shared_values.load(keys).values())


def changes_between(host: Host | str, before: int, after: int) -> Changes:
    """What differs between the states at two seqs, in either order; reads only what began or ended in between.

    :raises NoSuchSnapshot: as :func:`state_at`.
    """
    host = hosts.get(host)
    first, second = (holding(host, seq) for seq in sorted((before, after)))
    sides = _sides(host, first, second)
    return diff(*sides) if before <= after else diff(*reversed(sides))


def diff_between(host: Host | str, before: int, after: int) -> Diff:
    """:func:`changes_between` as the message for a receiver that is at ``before``."""
    host = hosts.get(host)
    snapshot = holding(host, after)
    changes = changes_between(host, before, after)
    fields = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return Diff(
        host=host.machine_id,
        base=before,
        seq=after,
        taken_at=format_instant(snapshot.taken_at),
        duration_ms=snapshot.duration_ms,
        **fields,
    )


def info_at(host: Host, seq: int) -> HostInfo:
    """The host's description of itself at ``seq``."""
    rows = HostInterval.objects.filter(host=host, opened__lte=seq).order_by("-opened")
    return decode_info(rows.values_list("facts", flat=True)[0])


def _sides(host: Host, first: Snapshot, second: Snapshot) -> tuple[HostState, HostState]:
    """The two states, as far as they differ: what they share would cancel out."""
    parts = {kind.section: intervals.touched(kind, host.pk, first.seq, second.seq) for kind in KEYED}
    gaps = intervals.touched(GAPS, host.pk, first.seq, second.seq)
    return _side(host, first, parts, gaps, 0), _side(host, second, parts, gaps, 1)


def _side(host: Host, snapshot: Snapshot, parts: Mapping[str, Any], gaps: Any, side: int) -> HostState:
    facts: dict[str, Any] = {section: tuple(both[side]) for section, both in parts.items()}
    return HostState(
        taken_at="",
        duration_ms=0.0,
        host=info_at(host, snapshot.seq),
        coverage=Coverage(snapshot.processes, tuple(sorted(gaps[side], key=gap_order))),
        **facts,
    )
