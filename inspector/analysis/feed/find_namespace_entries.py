"""Entries about namespaces that did not come or go with a container. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.analysis.compare.find_namespaces import find_namespaces, find_orphaned
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.feed.entries import Entry, Kind, entry_from, types_of
from inspector.facts.types import Key

_CHANGES: Final[dict[str, Kind]] = {
    "appeared": "namespace-created",
    "disappeared": "namespace-left",
    "recreated": "namespace-recreated",
}
_KINDS: Final[dict[str, Kind]] = {**_CHANGES, "orphaned": "namespace-orphaned", "released": "namespace-released"}


def find_changes_of_namespaces(pair: Pair) -> list[Finding]:
    """The namespaces that came, went or were re-created."""
    if pair.rebooted or pair.old.spaces is pair.new.spaces:
        return []
    return [finding for finding in find_namespaces(pair) if finding.kind in _CHANGES]


def find_orphan_entries(pair: Pair) -> Iterator[Entry]:
    """Namespaces that something holds after their last process left; it is noise with the end of a container."""
    groups: dict[tuple[Key | None, str | None], list[Finding]] = {}
    for finding in find_orphaned(pair):
        if finding.kind == "orphaned":
            groups.setdefault((finding.container, finding.after), []).append(finding)
    for (container, _), findings in groups.items():
        yield _tell(pair, "orphaned", container, findings)


def find_namespace_entries(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Entry]:
    """Namespaces that did not come or go with a container. One entry for all of one kind and container."""
    groups: dict[tuple[str, Key | None], list[Finding]] = {}
    for finding in spaces:
        if finding.kind == "recreated" or finding.container not in pair.explained:
            kind = "released" if _was_orphaned(pair, finding) else finding.kind
            groups.setdefault((kind, finding.container), []).append(finding)
    for (kind, container), findings in groups.items():
        yield _tell(pair, kind, container, findings)


def _tell(pair: Pair, kind: str, container: Key | None, findings: list[Finding]) -> Entry:
    noise = container in pair.explained or _has_another_home(pair, container)
    facts = {"types": types_of(findings), "times": len(findings), "noise": noise}
    return entry_from(pair, findings[0], _KINDS[kind], **facts)


def _was_orphaned(pair: Pair, finding: Finding) -> bool:
    """Whether something held it that is gone now, and no process: one that had lived there would differ."""
    if finding.kind != "disappeared" or not pair.old.spaces[finding.key].holders:
        return False
    return all(finding.key not in process.namespaces.known() for process in pair.old.own.values())


def _has_another_home(pair: Pair, container: Key | None) -> bool:
    """Whether a container has another home process. Its namespaces follow from that."""
    old, new = (side.homes.get(container or "") for side in (pair.old, pair.new))
    return (old and old.key) != (new and new.key)
