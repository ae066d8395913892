"""Processes: which of them appeared, ended or changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from inspector.analysis.compare.findings import Finding, about_process, command_of, text_of
from inspector.analysis.compare.pair import Pair
from inspector.facts.types import Process

_PROCESS_FIELDS: Final = (
    "ppid",
    "comm",
    "cmdline",
    "uid",
    "nspid",
    "cgroup",
    "container",
    "role",
    "state",
    "entered",
)


def find_processes(pair: Pair) -> Iterator[Finding]:
    """Processes that appeared, are gone or changed, those of the host first, then by container."""
    unknown = pair.lacks(pair.old, "proc"), pair.lacks(pair.new, "proc")
    told = [
        *(() if unknown[0] else (_came(pair, process) for process in pair.came)),
        *(() if unknown[1] else (_went(pair, process) for process in pair.went)),
        *(finding for old, new in pair.stayed for finding in _changed(pair, old, new)),
    ]
    yield from sorted(told, key=lambda item: (item.container or "", item.kind, item.pid, item.key))


def _came(pair: Pair, process: Process) -> Finding:
    return about_process(process, pair.title(process.container), "processes", "appeared", after=command_of(process))


def _went(pair: Pair, process: Process) -> Finding:
    return about_process(process, pair.title(process.container), "processes", "gone", before=command_of(process))


def _changed(pair: Pair, old: Process, new: Process) -> Iterator[Finding]:
    for name in _PROCESS_FIELDS:
        first, second = getattr(old, name), getattr(new, name)
        if first != second and not is_unread(old, new, name):
            where = pair.title(new.container)
            texts = {"field": name, "before": text_of(first), "after": text_of(second)}
            yield about_process(new, where, "processes", "changed", **texts)


def is_unread(old: Process, new: Process, name: str) -> bool:
    """Whether a field differs because one side could not read it. The container follows from the cgroup."""
    if name == "state":
        return old.state is None or new.state is None
    file = "cgroup" if name == "container" else name
    return file in ("uid", "cgroup") and (getattr(old, file) is None) != (getattr(new, file) is None)
