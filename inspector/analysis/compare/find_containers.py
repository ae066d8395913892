"""Containers: which of them started, stopped, restarted or changed, and which have other limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from inspector.analysis.compare.findings import Finding, about_container, text_of
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.container_events import event_between, is_settled, is_up, state_of
from inspector.facts.ports import say_ports
from inspector.facts.types import Chain, Container, Declared, Key, Limits

LIFE: Final = ("state", "init_pid", "shim_pid")
RUN: Final = ("exit_code", "oom_killed", "restarts", "health")
LIMITS: Final = ("memory_bytes", "cpu_cores", "pids")
MODES: Final = tuple(name for name in Declared.__struct_fields__ if name != "source")
IMAGE_UNKNOWN: Final = "image unknown"


def find_containers(pair: Pair) -> Iterator[Finding]:
    """Containers started, stopped, restarted, created, removed, renamed, reconfigured or changed otherwise."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() | new.keys(), key=lambda key: (pair.title(key), key)):
        before, after = old.get(key), new.get(key)
        if not is_undescribed(pair, before, after):
            yield from _find_event(pair, key, before, after)
        if before is not None and after is not None and before != after:
            yield from _compare_containers(pair, before, after)
    yield from _find_chains(pair)


def is_undescribed(pair: Pair, before: Container | None, after: Container | None) -> bool:
    """Whether a stopped container is missing on a side that could not ask an engine."""
    if (before is not None and after is not None) or is_up(before) or is_up(after):
        return False
    return pair.lacks(pair.old if before is None else pair.new, "docker")


def _find_event(pair: Pair, key: Key, before: Container | None, after: Container | None) -> Iterator[Finding]:
    container, event = after or before, event_between(before, after, key in pair.restarted)
    if event is None or container is None:
        return
    image = next((one.image for one in (after, before) if one is not None and one.image), "")
    facts: dict[str, Any] = {"before": describe_container(before, image), "after": describe_container(after, image)}
    if event == "stopped" and after is not None:
        facts |= {"exit_code": after.exit_code, "oom_killed": after.oom_killed}
    if event == "restarted" and before is not None and after is not None:
        facts = {"before": str(before.init_pid), "after": str(after.init_pid), "field": "init_pid"}
    yield about_container(container, "containers", event, **facts)


def describe_container(container: Container | None, image: str = "") -> str | None:
    """Image and state of a container as text; ``None`` for no container.

    :param image: its image where this side does not know it: it is the same for all of a container's life.
    """
    if container is None:
        return None
    return f"{container.image or image or IMAGE_UNKNOWN} ({state_of(container) or 'state unknown'})"


def _compare_containers(pair: Pair, before: Container, after: Container) -> Iterator[Finding]:
    yield from _reconfigured(before, after)
    if before.declared is not None and after.declared is not None:
        yield from _redeclared(after, before.declared, after.declared)
    if after.id not in pair.explained:
        yield from _fields(before, after, (*LIFE, *RUN), "changed")
    yield from _compare_ports(before, after)


def is_described(container: Container) -> bool:
    """Whether an engine described the container. Its cgroup and its shim do not know its image."""
    return container.image != ""


def _reconfigured(before: Container, after: Container) -> Iterator[Finding]:
    """What the engine reported differently before. What it reported late is no difference: it was unknown."""
    if before.name != after.name and before.name and after.name:
        yield about_container(after, "containers", "renamed", field="name", before=before.name, after=after.name)
    yield from _fields(before, after, ("image", "engine", "health_check"), "reconfigured")
    both = is_described(before) and is_described(after)
    for label in sorted(before.labels.keys() | after.labels.keys()) if both else ():
        first, second = before.labels.get(label), after.labels.get(label)
        if first != second:
            facts = {"field": f"labels.{label}", "before": first, "after": second}
            yield about_container(after, "containers", "reconfigured", **facts)


def _redeclared(container: Container, before: Declared, after: Declared) -> Iterator[Finding]:
    for name in MODES if before != after else ():
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            facts = {"field": f"declared.{name}", "before": text_of(first), "after": text_of(second)}
            yield about_container(container, "containers", "reconfigured", **facts)


def _compare_ports(before: Container, after: Container) -> Iterator[Finding]:
    """Ports published elsewhere. A container that does not run publishes none, which is no news."""
    if before.ports is None or after.ports is None or not (is_up(before) and is_up(after)):
        return
    first, second = (say_ports(one.ports or ()) or "none" for one in (before, after))
    if first != second:
        yield about_container(after, "containers", "reconfigured", field="ports", before=first, after=second)


def _fields(before: Container, after: Container, names: Iterable[str], kind: str) -> Iterator[Finding]:
    """The fields that both sides know, and that differ."""
    for name in names:
        first, second = getattr(before, name), getattr(after, name)
        if first != second and is_known(first) and is_known(second):
            facts = {"field": name, "before": text_of(first), "after": text_of(second)}
            yield about_container(after, "containers", kind, **facts)


def is_known(value: object) -> bool:
    """Whether the value of a container's field is known: its name, image, engine, state, init, shim or chain."""
    return value is not None and value != ""


def _find_chains(pair: Pair) -> Iterator[Finding]:
    """The chains that both sides know, and that differ."""
    old, new = pair.old.own_chains, pair.new.own_chains
    for key in sorted((old.keys() & new.keys()) - pair.explained):
        title = pair.title(key)
        yield Finding(
            group="containers",
            kind="changed",
            container=key,
            where=title,
            key=key,
            name=title,
            field="chain",
            before=say_chain(old[key]),
            after=say_chain(new[key]),
        )


def say_chain(chain: Chain) -> str:
    """Its links: "shim 812 → init 840"."""
    return " → ".join(f"{link.role} {link.pid}" for link in chain.links)


def find_limits(pair: Pair) -> Iterator[Finding]:
    """Cgroup limits that changed; ``None`` where none is set. Both sides must know them."""
    for before, after in pair.lived_on:
        if before.limits != after.limits and have_limits(pair.old, before) and have_limits(pair.new, after):
            yield from compare_limits(after, before.limits)


def have_limits(side: Side, container: Container) -> bool:
    """Whether a side knows the limits of a container. They are not read while it is set up or does not run."""
    return is_settled(container, side.homes.get(container.id))


def compare_limits(container: Container, before: Limits) -> Iterator[Finding]:
    """The limits of a container that changed."""
    for name in LIMITS:
        first, second = getattr(before, name), getattr(container.limits, name)
        if first != second:
            facts = {"field": name, "before": text_of(first), "after": text_of(second)}
            yield about_container(container, "limits", "changed", **facts)
