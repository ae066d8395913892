"""Entries about what is isolated without a container: services and sandboxes that began or ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inspector.analysis.compare.find_namespaces import Isolated, isolated_between
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.feed.entries import Entry, Kind, make_entry
from inspector.facts.types import Key

_KINDS: Final[dict[str, Kind]] = {"began": "isolate-began", "ended": "isolate-ended"}


def find_isolate_entries(pair: Pair, spaces: Iterable[Finding]) -> tuple[list[Entry], set[Key]]:
    """The entries, and the namespaces that they tell of.

    :param spaces: the changes of namespaces.
    """
    found = list(isolated_between(pair, spaces))
    return [_entry(pair, item) for item in found], {key for item in found for key in item.spaces}


def _entry(pair: Pair, item: Isolated) -> Entry:
    first, isolate = item.processes[0], item.isolate
    facts = {"key": first.key, "pid": first.pid, "name": isolate.name, "field": isolate.kind, "types": isolate.types}
    return make_entry(pair.new, _KINDS[item.kind], noise=item.prepares, **facts)
