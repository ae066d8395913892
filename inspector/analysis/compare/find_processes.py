"""Processes: which of them appeared, ended or changed. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final

from inspector.analysis.compare.findings import Finding, about_process, command_of, text_of
from inspector.analysis.compare.pair import Pair
from inspector.facts import capabilities
from inspector.facts.types import Confinement, Process

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
_values: Final = attrgetter(*_PROCESS_FIELDS)


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
    for name, first, second in zip(_PROCESS_FIELDS, _values(old), _values(new), strict=True):
        if first != second and not is_unread(old, new, name):
            where = pair.title(new.container)
            texts = {"field": name, "before": text_of(first), "after": text_of(second)}
            yield about_process(new, where, "processes", "changed", **texts)
    yield from _confined_otherwise(pair, old, new)


def _confined_otherwise(pair: Pair, old: Process, new: Process) -> Iterator[Finding]:
    """A finding for each part of the confinement, where both sides know it."""
    if old.confinement is None or new.confinement is None or old.confinement == new.confinement:
        return
    for name in Confinement.__struct_fields__:
        first, second = (say_part(name, getattr(side, name)) for side in (old.confinement, new.confinement))
        if first != second and None not in (first, second):
            texts = {"field": f"confinement.{name}", "before": first, "after": second}
            yield about_process(new, pair.title(new.container), "processes", "changed", **texts)


def say_part(name: str, value: Any) -> str | None:
    """A part of a confinement: capabilities by their names."""
    return capabilities.say(value) if name in capabilities.SETS else text_of(value)


def is_unread(old: Process, new: Process, name: str) -> bool:
    """Whether a field differs because one side could not read it. The container follows from the cgroup."""
    if name == "state":
        return old.state is None or new.state is None
    file = "cgroup" if name == "container" else name
    return file in ("uid", "cgroup") and (getattr(old, file) is None) != (getattr(new, file) is None)
