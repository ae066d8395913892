"""What keeps a namespace alive, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from inspector.analysis.text.escape import escape
from inspector.facts.holders import find_children, find_orphans, say_holder
from inspector.facts.types import Holder, HolderKind, HostState, Key, Namespace, Pid

MOST: int = 3
"""So many of a kind are named."""


class HolderWords:
    """Writes what holds the namespaces of one state."""

    def __init__(self, state: HostState, ellipsis: str = "…") -> None:
        self._names: Mapping[Pid, str] = {process.pid: process.comm for process in state.processes}
        self._spaces: Mapping[Key, Namespace] = {space.key: space for space in state.namespaces}
        self._children = find_children(state.namespaces)
        self._viewers = {process.namespaces.mnt: process.pid for process in reversed(state.processes)}
        self._ellipsis = ellipsis

    def say(self, space: Namespace) -> str:
        """``bind mount /run/netns/x, descriptor 5 of dockerd(812)``; empty where nothing is known to hold it."""
        return ", ".join(self._phrases(space))

    def _phrases(self, space: Namespace) -> Iterator[str]:
        for one in space.holders:
            some = one.some[:MOST]
            yield from (self._phrase(one.kind, holder) for holder in some)
            if one.count > len(some):
                yield f"{one.count - len(some)} more {one.kind.replace('_', ' ')}{'' if '_' in one.kind else 's'}"
        children = self._children.get(space.key, ())
        yield from (f"{name_of(child)} inside" for child in children[:MOST])
        if len(children) > MOST:
            yield f"{len(children) - MOST} more namespaces inside"

    def _phrase(self, kind: HolderKind, holder: Holder) -> str:
        name = escape(holder.name, ellipsis=self._ellipsis)
        place = self._place(holder.mount_namespace) if kind == "mount" else ""
        return f"{say_holder(kind, name, self._process(holder.pid))}{place}"

    def _process(self, pid: Pid | None) -> str:
        return f"{escape(self._names.get(pid or 0, ''), ellipsis=self._ellipsis)}({pid})"

    def _place(self, key: Key | None) -> str:
        """Where a mount is, unless in the host's own mount namespace."""
        space = self._spaces.get(key or "")
        if space is None or space.initial:
            return ""
        viewer = self._viewers.get(space.key)
        return f" in {name_of(space)}" if viewer is None else f" seen by {self._process(viewer)}"


def name_of(space: Namespace) -> str:
    """As its link is written: ``net:[4026532184]``."""
    return f"{space.type}:[{space.inode}]"


def say_orphans(state: HostState, ellipsis: str = "…") -> list[str]:
    """A line for each namespace that no process lives in."""
    words = HolderWords(state, ellipsis)
    return [
        f"{name_of(space)} held by {words.say(space) or 'something that could not be seen'}"
        for space in find_orphans(state.namespaces)
    ]
