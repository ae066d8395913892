"""Which containers came, went, restarted or changed, and whose limits did. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.analysis.compare.findings import Finding, about_container, text_of
from inspector.analysis.compare.pair import Pair, up_first
from inspector.analysis.compare.sides import is_up
from inspector.facts.types import Chain, Container, Declared

_LIFE: Final = ("state", "init_pid", "shim_pid")


def find_containers(pair: Pair) -> Iterator[Finding]:
    """Containers started, stopped, restarted, created, removed, renamed, reconfigured or changed otherwise."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() | new.keys(), key=lambda key: (pair.title(key), key)):
        before, after = old.get(key), new.get(key)
        if before is not None and after is not None:
            yield from _compare_containers(pair, before, after)
        elif not is_untold(pair, before, after):
            yield _container(before, after, *("started", "stopped") if _any_up(before, after) else _STILL)
    yield from _find_chains(pair)


_STILL: Final = ("created", "removed")


def _any_up(before: Container | None, after: Container | None) -> bool:
    return any(container is not None and is_up(container) for container in (before, after))


def is_untold(pair: Pair, before: Container | None, after: Container | None) -> bool:
    """Whether a container that does not run is missing on a side where no engine could be asked."""
    side = pair.old if before is None else pair.new
    return not _any_up(before, after) and pair.lacks(side, "docker")


def _container(before: Container | None, after: Container | None, came: str, went: str) -> Finding:
    container = after or before
    assert container is not None
    kind = came if before is None or up_first(after) else went
    return about_container(
        container, "containers", kind, before=describe_container(before), after=describe_container(after)
    )


def describe_container(container: Container | None) -> str | None:
    if container is None:
        return None
    return f"{container.image or 'image unknown'} ({container.state or 'state unknown'})"


def _compare_containers(pair: Pair, before: Container, after: Container) -> Iterator[Finding]:
    if after.id in pair.restarted:
        pids = {"before": str(before.init_pid), "after": str(after.init_pid), "field": "init_pid"}
        yield about_container(after, "containers", "restarted", **pids)
    elif is_up(before) != is_up(after):
        yield _container(before, after, "started", "stopped")
    if before == after:
        return
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
        before, after, title = _chain(old.get(key)), _chain(new.get(key)), pair.title(key)
        yield Finding(
            "containers", "changed", key, title, key=key, name=title, field="chain", before=before, after=after
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
