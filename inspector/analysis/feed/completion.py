"""Completes entries with the name and the image of a container that its engine reported late. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from inspector.analysis.compare.find_containers import IMAGE_UNKNOWN
from inspector.analysis.feed.entries import Entry
from inspector.facts.types import Completion, Container, Key, short_id


class Description(NamedTuple):
    """The name and the image of a container; empty: unknown."""

    name: str = ""
    image: str = ""


def described_in(
    containers: Iterable[Container], before: Mapping[Key, Description] | None = None
) -> dict[Key, Description]:
    """The names and images of containers, added to those known before. Later ones replace earlier ones."""
    known = dict(before or {})
    for container in containers:
        name, image = known.get(container.id, Description())
        if container.name or container.image:
            known[container.id] = Description(container.name or name, container.image or image)
    return known


def learned(
    ended: Iterable[Container], began: Iterable[Container], completed: Iterable[Completion]
) -> dict[Key, Description]:
    """The names and images that became known now, of containers that changed and of those that ended earlier."""
    before = {container.id: container for container in ended}
    late = {item.container: Description(item.name, item.image) for item in completed}
    for container in began:
        was = before.get(container.id)
        if was is not None and ((container.name and not was.name) or (container.image and not was.image)):
            late[container.id] = Description(container.name, container.image)
    return late


def is_complete(entry: Entry) -> bool:
    """Whether the entry holds the name and the image of its container, where it says what that is."""
    return entry.where != _short(entry) and IMAGE_UNKNOWN not in (entry.before or "") + (entry.after or "")


def complete(entry: Entry, known: Mapping[Key, Description]) -> Entry:
    """The entry with the name and the image of its container, where it lacks them and they are known."""
    name, image = known.get(entry.container or "", Description())
    short, facts = _short(entry), dict[str, str | None]()
    if name and entry.where == short:
        facts = {"where": name, "name": name if entry.name == short else entry.name}
    if image and entry.kind.startswith("container-"):
        facts |= {"before": _with_image(entry.before, image), "after": _with_image(entry.after, image)}
    return msgspec.structs.replace(entry, **facts) if facts else entry


def _short(entry: Entry) -> str:
    return short_id(entry.container or "")


def _with_image(text: str | None, image: str) -> str | None:
    known = text is None or not text.startswith(f"{IMAGE_UNKNOWN} (")
    return text if known or text is None else image + text.removeprefix(IMAGE_UNKNOWN)
