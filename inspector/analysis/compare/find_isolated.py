"""What is isolated without a container: services and sandboxes that began or ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from inspector.analysis.compare.findings import Finding, inner_pid
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.isolated import Isolate, find_isolates
from inspector.facts.types import Key, Process

_RUNTIMES: Final = ("runc", "crun", "youki")


class Isolated(NamedTuple):
    """An isolate that one side has and the other has not."""

    kind: str  # began, ended
    isolate: Isolate
    processes: tuple[Process, ...]  # the topmost first
    spaces: frozenset[Key]  # the namespaces that came or went with it

    @property
    def prepares(self) -> bool:
        """Whether a runtime prepares a container there."""
        return any(process.comm.startswith(_RUNTIMES) for process in self.processes)


def find_isolated(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Finding]:
    """Services and sandboxes that began or ended, without those in which a runtime prepares a container.

    :param spaces: the findings about namespaces.
    """
    for kind, isolate, (first, *_), _ in (found for found in isolated_between(pair, spaces) if not found.prepares):
        types = " ".join(isolate.types)
        ends = {"after": types} if kind == "began" else {"before": types}
        place = {"key": first.key, "pid": first.pid, "inside": inner_pid(first)}
        yield Finding("isolated", kind, name=isolate.name, field=isolate.kind, **place, **ends)  # type: ignore[arg-type]


def isolated_between(pair: Pair, spaces: Iterable[Finding]) -> Iterator[Isolated]:
    """A service or sandbox began where all its namespaces appeared, and ended where all of them disappeared."""
    findings = [finding for finding in spaces if finding.container is None]
    for change, kind, side in (("appeared", "began", pair.new), ("disappeared", "ended", pair.old)):
        keys = {finding.key for finding in findings if finding.kind == change}
        for isolate in _isolates(side, keys) if keys else ():
            processes = tuple(side.own[key] for key in isolate.processes)
            known = {key for process in processes for key in process.namespaces.known()}
            yield Isolated(kind, isolate, processes, frozenset(known & keys))


def _isolates(side: Side, keys: set[Key]) -> tuple[Isolate, ...]:
    """What is isolated by these namespaces alone. A process that shares another one belongs to what was there."""
    initial = {key for key, space in side.spaces.items() if space.initial}
    alone = keys | initial
    members = [process for process in side.own.values() if alone.issuperset(process.namespaces.known())]
    inside = (process for process in side.own.values() if process.container is not None)
    taken = initial.union(*(process.namespaces.known() for process in (*inside, *side.homes.values())))
    return find_isolates(members, taken, {side.spaces[key].type for key in initial})
