"""Containers: which of them started, stopped, restarted or changed, and which have other limits. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.analysis.compare.findings import Finding, about_container, text_of
from inspector.analysis.compare.pair import Pair
from inspector.facts.container_events import event_between, is_up
from inspector.facts.types import Chain, Container, Declared, Key

_LIFE: Final = ("state", "init_pid", "shim_pid")


def find_containers(pair: Pair) -> Iterator[Finding]:
    """Containers started, stopped, restarted, created, removed, renamed, reconfigured or changed otherwise."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() | new.keys(), key=lambda key: (pair.title(key), key)):
        before, after = old.get(key), new.get(key)
        if not is_untold(pair, before, after):
            yield from _find_event(pair, key, before, after)
        if before is not None and after is not None and before != after:
            yield from _compare_containers(pair, before, after)
    yield from _find_chains(pair)


def is_untold(pair: Pair, before: Container | None, after: Container | None) -> bool:
    """Whether a stopped container is missing on a side that could not ask an engine."""
    if (before is not None and after is not None) or is_up(before) or is_up(after):
        return False
    return pair.lacks(pair.old if before is None else pair.new, "docker")


def _find_event(pair: Pair, key: Key, before: Container | None, after: Container | None) -> Iterator[Finding]:
    container, event = after or before, event_between(before, after, key in pair.restarted)
    if event is None or container is None:
        return
    facts = {"before": describe_container(before), "after": describe_container(after)}
    if event == "restarted" and before is not None and after is not None:
        facts = {"before": str(before.init_pid), "after": str(after.init_pid), "field": "init_pid"}
    yield about_container(container, "containers", event, **facts)


def describe_container(container: Container | None) -> str | None:
    """Image and state of a container as text; ``None`` for no container."""
    if container is None:
        return None
    return f"{container.image or 'image unknown'} ({container.state or 'state unknown'})"


def _compare_containers(pair: Pair, before: Container, after: Container) -> Iterator[Finding]:
    if (before.declared is None) == (after.declared is None):
        yield from _reconfigured(before, after)
    if after.id not in pair.explained:
        yield from _fields(before, after, _LIFE, "changed")


def _reconfigured(before: Container, after: Container) -> Iterator[Finding]:
    if before.name != after.name:
        yield about_container(after, "containers", "renamed", field="name", before=before.name, after=after.name)
    yield from _fields(before, after, ("image", "engine"), "reconfigured")
    for label in sorted(before.labels.keys() | after.labels.keys()):
        first, second = before.labels.get(label), after.labels.get(label)
        if first != second:
            facts = {"field": f"labels.{label}", "before": first, "after": second}
            yield about_container(after, "containers", "reconfigured", **facts)
    for name in Declared.__struct_fields__ if before.declared != after.declared else ():
        first, second = getattr(before.declared, name), getattr(after.declared, name)
        if first != second:
            facts = {"field": f"declared.{name}", "before": text_of(first), "after": text_of(second)}
            yield about_container(after, "containers", "reconfigured", **facts)


def _fields(before: Container, after: Container, names: Iterable[str], kind: str) -> Iterator[Finding]:
    for name in names:
        first, second = getattr(before, name), getattr(after, name)
        if first != second:
            facts = {"field": name, "before": text_of(first), "after": text_of(second)}
            yield about_container(after, "containers", kind, **facts)


def _find_chains(pair: Pair) -> Iterator[Finding]:
    old, new = pair.old.own_chains, pair.new.own_chains
    for key in sorted((old.keys() | new.keys()) - pair.explained):
        title = pair.title(key)
        yield Finding(
            group="containers",
            kind="changed",
            container=key,
            where=title,
            key=key,
            name=title,
            field="chain",
            before=_chain(old.get(key)),
            after=_chain(new.get(key)),
        )


def _chain(chain: Chain | None) -> str | None:
    return " → ".join(f"{link.role} {link.pid}" for link in chain.links) if chain is not None else None


def find_limits(pair: Pair) -> Iterator[Finding]:
    """Cgroup limits that changed; ``None`` where none is set or it could not be read."""
    for before, after in pair.lived_on:
        if before.limits != after.limits:
            for name in after.limits.__struct_fields__:
                first, second = getattr(before.limits, name), getattr(after.limits, name)
                if first != second:
                    facts = {"field": name, "before": text_of(first), "after": text_of(second)}
                    yield about_container(after, "limits", "changed", **facts)
