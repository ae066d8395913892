"""Recreated containers: which new container took the place of which one that is gone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable

from inspector.analysis.compare.pair import Pair
from inspector.facts.compose import place_of
from inspector.facts.types import Container, Key


def find_replaced(pair: Pair, gone: Collection[Key], came: Collection[Key]) -> dict[Key, Key]:
    """New container → the one that it replaced: under the same name, or in the same place of a Compose project."""
    found: dict[Key, Key] = {}
    for rule in (_name_of, place_of):
        old = _sole(rule, (pair.old.containers[key] for key in gone if key not in found.values()))
        new = _sole(rule, (pair.new.containers[key] for key in came if key not in found))
        found |= {new[place]: old[place] for place in new.keys() & old.keys()}
    return found


def _name_of(container: Container) -> Hashable | None:
    return (container.engine, container.name) if container.name else None


def _sole(rule: Callable[[Container], Hashable | None], containers: Iterable[Container]) -> dict[Hashable, Key]:
    """Name or place → the container; without those that several have."""
    found: dict[Hashable, list[Key]] = {}
    for container in containers:
        place = rule(container)
        if place is not None:
            found.setdefault(place, []).append(container.id)
    return {place: keys[0] for place, keys in found.items() if len(keys) == 1}
