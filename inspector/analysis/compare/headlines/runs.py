"""Runs of a container between two moments: how often it restarted, and how its last run ended. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from inspector.analysis.compare.headlines.headline import Clause, ClauseKind, Part
from inspector.facts.container_events import is_up
from inspector.facts.types import Container, Key


class Runs(NamedTuple):
    """What happened between the two moments; ``None`` where nothing is known."""

    restarts: int = 0  # those that were seen
    exit_code: int | None = None  # of the last run that ended
    oom_killed: bool | None = None


def count_restarts(before: Container, after: Container, seen: Mapping[Key, Runs], another_init: bool) -> int:
    """How often it restarted: as its engine counts, or as was seen, whichever is more."""
    told = (after.restarts or 0) - (before.restarts or 0) if None not in (before.restarts, after.restarts) else 0
    return max(told, seen.get(after.id, Runs()).restarts, int(another_init))


def find_life(
    before: Container | None, after: Container | None, kinds: set[str], seen: Mapping[Key, Runs]
) -> Iterator[Clause]:
    """The clauses about the life of a container.

    :param kinds: of its findings; both of them of a container that was recreated.
    """
    if before is not None and after is not None and before.id != after.id:
        yield from _began("recreated", after, seen)
    elif after is None and before is not None and kinds & {"stopped", "removed"}:
        yield Clause("gone", parts=tuple(_end_of(before, seen)))
    elif before is None and after is not None and kinds & {"started", "created"}:
        yield from _began("new", after, seen)
    elif before is not None and after is not None:
        yield from _lived_on(before, after, kinds, seen)


def _began(kind: ClauseKind, container: Container, seen: Mapping[Key, Runs]) -> Iterator[Clause]:
    """A container that was not there before: whether it runs, and how often it has restarted since."""
    end = tuple(_end_of(container, seen))
    yield Clause(kind, parts=() if is_up(container) else end or (Part("idle"),))
    if container.restarts:
        yield Clause("restarted", container.restarts, end if is_up(container) else ())


def _lived_on(before: Container, after: Container, kinds: set[str], seen: Mapping[Key, Runs]) -> Iterator[Clause]:
    times = count_restarts(before, after, seen, "restarted" in kinds)
    waits = after.state == "restarting"
    end = tuple(_end_of(after, seen))
    stopped = "stopped" in kinds and not (times and waits)
    if times:
        yield Clause("restarted", times, () if stopped else (*end, Part("idle")) if waits else end)
    if stopped:
        yield Clause("stopped", parts=end)
    if "started" in kinds and not times:
        yield Clause("started")


def _end_of(container: Container, seen: Mapping[Key, Runs]) -> Iterator[Part]:
    """How its last run ended; nothing for one that was only created."""
    known = seen.get(container.id, Runs())
    code = container.exit_code if container.exit_code is not None else known.exit_code
    if code is not None and container.state != "created":
        yield Part("exit", names=(str(code),))
    if container.oom_killed or known.oom_killed:
        yield Part("oom")
