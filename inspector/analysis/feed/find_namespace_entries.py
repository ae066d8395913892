"""Entries about namespaces that did not come or go with a container. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from inspector.analysis.compare.find_namespaces import find_namespaces
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.feed.entries import Entry, Kind, entry_from, types_of
from inspector.facts.types import Key

_KINDS: Final[dict[str, Kind]] = {
    "appeared": "namespace-created",
    "disappeared": "namespace-left",
    "recreated": "namespace-recreated",
}


def find_changes_of_namespaces(pair: Pair) -> list[Finding]:
    if pair.rebooted or pair.old.spaces is pair.new.spaces:
        return []
    return [finding for finding in find_namespaces(pair) if finding.kind in _KINDS]


def find_namespace_entries(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Entry]:
    """Namespaces that did not come or go with a container. One entry for all of one kind and container."""
    groups: dict[tuple[str, Key | None], list[Finding]] = {}
    for finding in spaces:
        if finding.kind == "recreated" or finding.container not in pair.explained:
            groups.setdefault((finding.kind, finding.container), []).append(finding)
    for (kind, container), findings in groups.items():
        first, noise = findings[0], container in pair.explained or _has_another_home(pair, container)
        facts = {"types": types_of(findings), "times": len(findings), "noise": noise}
        yield entry_from(pair, first, _KINDS[kind], **facts)


def _has_another_home(pair: Pair, container: Key | None) -> bool:
    """Whether a container has another home process. Its namespaces follow from that."""
    old, new = (side.homes.get(container or "") for side in (pair.old, pair.new))
    return (old and old.key) != (new and new.key)
