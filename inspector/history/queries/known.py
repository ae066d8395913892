"""What is known of a thing at one moment, and how that differs from what was known before. Pure.

Unknown is not none. A field that is unknown for a while and then has its earlier value has not changed. A field that
is known for the first time was completed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from inspector.facts.container_events import RUNNING_STATES, is_up
from inspector.facts.types import Container, Fact, Namespace, Process

_UNREADABLE: Final[Mapping[type[Fact], frozenset[str]]] = {
    Process: frozenset(("uid", "cgroup")),
    Namespace: frozenset(("ns_id", "owner", "parent")),
    Container: frozenset(("declared", "oom_killed", "restarts", "health", "ports", "health_check", "pod")),
}
"""The fields that are ``None`` where they could not be read."""

_TOLD: Final = ("name", "image", "engine", "state")  # of a container; empty where unknown


class FieldChange(Fact, frozen=True):
    """A field that differs. One inside a field is named by its path: ``limits memory_bytes``."""

    field: str
    before: Any
    after: Any


class Differences(NamedTuple):
    """How the facts of a moment differ from what was known before."""

    changes: list[FieldChange]
    completed: list[str]  # fields that are known for the first time
    unknown: list[str]  # fields that were known, and are not now


def known_of(fact: Process | Namespace | Container) -> dict[str, Any]:
    """The known fields, by their public names. Of the namespaces of a process, only the known ones."""
    said: dict[str, Any] = msgspec.to_builtins(fact)
    said.pop("processes", None)  # derived
    known = {name: value for name, value in said.items() if name not in _unknown(fact)}
    if isinstance(fact, Process):
        known["namespaces"] = {kind: key for kind, key in fact.namespaces if key is not None}
    return known


def _unknown(fact: Process | Namespace | Container) -> Iterator[str]:
    yield from (name for name in _UNREADABLE[type(fact)] if getattr(fact, name) is None)
    if isinstance(fact, Process) and fact.cgroup is None and fact.container is None:
        yield "container"
    if isinstance(fact, Container):
        yield from (name for name in _TOLD if not getattr(fact, name))
        yield from (name for name in ("init_pid", "shim_pid") if is_up(fact) and getattr(fact, name) is None)
        if fact.exit_code is None and not is_up(fact):
            yield "exit_code"
        if not fact.image:
            yield "labels"
        if fact.state not in RUNNING_STATES or fact.init_pid is None:
            yield "limits"


def compare_known(last: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> Differences:
    """How what is known now differs from what was known last.

    :param before: what was known at the entry before.
    """
    changes = [change for name in now if name in last for change in _spread(name, last[name], now[name])]
    completed = [name for name in now if name not in last]
    return Differences(changes, completed, [name for name in before if name not in now])


def join_known(last: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What is known last after this moment."""
    joined = {**last, **now}
    if "namespaces" in last and "namespaces" in now:
        joined["namespaces"] = last["namespaces"] | now["namespaces"]
    return joined


def _spread(name: str, before: Any, after: Any) -> Iterator[FieldChange]:
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if before != after:
            yield FieldChange(name, before, after)
        return
    inner = before.keys() & after.keys() if name == "namespaces" else before.keys() | after.keys()
    for part in sorted(inner):
        if before.get(part) != after.get(part):
            yield FieldChange(f"{name} {part}", before.get(part), after.get(part))
