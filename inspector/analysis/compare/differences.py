"""Differences: how two sides differ, as findings. Each question a person asks has a module of its own. Pure.

What one side could not see is unknown. It is listed under "coverage", and never counted as gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from inspector.analysis.compare.find_containers import find_containers, find_limits
from inspector.analysis.compare.find_coverage import find_coverage
from inspector.analysis.compare.find_left import find_left
from inspector.analysis.compare.find_namespaces import find_isolated, find_moves, find_namespaces, find_orphaned
from inspector.analysis.compare.find_processes import find_processes
from inspector.analysis.compare.find_sharing import find_sharing
from inspector.analysis.compare.findings import Finding
from inspector.analysis.compare.pair import Pair


def find_all(pair: Pair) -> Iterator[Finding]:
    """Every finding, in the order of the report."""
    yield from find_host(pair)
    yield from find_containers(pair)
    yield from find_limits(pair)
    yield from find_sharing(pair)
    yield from find_left(pair)
    yield from find_moves(pair)
    spaces = list(find_namespaces(pair))
    yield from find_isolated(pair, spaces)
    yield from spaces
    yield from find_orphaned(pair)
    yield from find_processes(pair)
    yield from find_coverage(pair)


def find_host(pair: Pair) -> Iterator[Finding]:
    """Another boot, kernel or name."""
    old, new = pair.old.host, pair.new.host
    for name in ("boot_id", "hostname", "kernel", "machine_id"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            kind = "booted" if name == "boot_id" else "changed"
            yield Finding("host", kind, name=new.hostname, field=name, before=before, after=after)
