"""What else differs of a container: its limits, its health, and how it was declared. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inspector.analysis.compare.find_containers import LIMITS, MODES, have_limits, is_described, is_known
from inspector.analysis.compare.findings import text_of
from inspector.analysis.compare.headlines.headline import Clause, Part
from inspector.analysis.compare.pair import Pair
from inspector.facts.compose import PREFIX
from inspector.facts.container_events import is_up
from inspector.facts.ports import say_ports
from inspector.facts.types import Container

MOST_PARTS: Final = 4
_FIELDS: Final = ("name", "image", "engine", "state", "health")
UNHEALTHY: Final = "unhealthy"


def find_changes(pair: Pair, before: Container | None, after: Container | None) -> Iterator[Clause]:
    """Bad health, other limits, and what else differs between a container and what it was before."""
    if after is None:
        return
    if after.health == UNHEALTHY and (before is None or before.health != UNHEALTHY):
        yield Clause("unhealthy")
    if before is None:
        return
    if have_limits(pair.old, before) and have_limits(pair.new, after):
        limits = tuple(_differ(before.limits, after.limits, LIMITS))
        if limits:
            yield Clause("limits", parts=limits)
    parts = [*_fields(before, after), *_declared(before, after), *_labels(before, after), *_ports(before, after)]
    if parts:
        yield Clause("changed", parts=_first(parts))


def _first(parts: list[Part]) -> tuple[Part, ...]:
    more = len(parts) - MOST_PARTS
    return (*parts[:MOST_PARTS], Part("more", names=(str(more),))) if more > 0 else tuple(parts)


def _differ(before: object, after: object, names: tuple[str, ...], outer: str = "") -> Iterator[Part]:
    for name in names:
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            yield Part("field", field=f"{outer}{name}", before=text_of(first), after=text_of(second))


def _fields(before: Container, after: Container) -> Iterator[Part]:
    """The fields that both know. A container that does not run any more says nothing of its state here."""
    lives = is_up(before) and is_up(after)
    for part in _differ(before, after, _FIELDS):
        told = part.field in ("state", "health")
        bad = part.field == "health" and part.after == UNHEALTHY
        if is_known(part.before) and is_known(part.after) and (lives or not told) and not bad:
            yield part


def _declared(before: Container, after: Container) -> Iterator[Part]:
    if before.declared is not None and after.declared is not None:
        yield from _differ(before.declared, after.declared, MODES, "declared.")


def _labels(before: Container, after: Container) -> Iterator[Part]:
    """Labels, without those in which Compose notes how it made the container."""
    if not (is_described(before) and is_described(after)):
        return
    for name in sorted(before.labels.keys() | after.labels.keys()):
        first, second = before.labels.get(name), after.labels.get(name)
        if first != second and not name.startswith(PREFIX):
            yield Part("field", field=f"labels.{name}", before=first, after=second)


def _ports(before: Container, after: Container) -> Iterator[Part]:
    if before.ports is None or after.ports is None or not (is_up(before) and is_up(after)):
        return
    first, second = (say_ports(one.ports or ()) for one in (before, after))
    if first != second:
        yield Part("field", field="ports", before=first or None, after=second or None)
