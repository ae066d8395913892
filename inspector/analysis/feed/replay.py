"""Going through history snapshot by snapshot: the two sides of a comparison of each with the one before it.

What names and explains the rest is carried along, so that a step reads little.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

import msgspec

from inspector.analysis.compare import from_history as evidence
from inspector.analysis.compare.findings import HOST
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side, is_up
from inspector.facts.types import Container, Gap, HostInfo, Key, Namespace, Process
from inspector.history import intervals
from inspector.history.rows import CONTAINERS, GAPS, NAMESPACES, PROCESSES, Translator
from inspector.history.shared_values import CHUNK, among, chunks
from inspector.models import Host, HostInterval

KINDS: Final[tuple[Translator[Any], ...]] = (PROCESSES, NAMESPACES, CONTAINERS, GAPS)


LOOKED_BACK: Final = 8
"""So many rows of a container are looked at to see whether it had an init before."""


class Change(NamedTuple):
    """The facts of one kind that ended and those that began at a snapshot."""

    ended: list[Any]
    began: list[Any]


Changes = Mapping[Translator[Any], Mapping[int, Change]]


class Walk:
    """A host at a snapshot, as far as it names and explains what differs from there on.

    Cost: what is carried is read at the first step: all containers, all namespaces, the init of each container.
    """

    def __init__(self, host: Host, seq: int) -> None:
        self.host = host
        self.seq = seq
        self.containers: dict[Key, Container] = _by_key(intervals.holding_at(CONTAINERS, host.pk, seq))
        self.names = _names_of(self.containers.values())  # the last of each container that was met
        self.returned: set[Key] = set()  # containers that the last step found with an init again, see _find_returned
        self._holders: tuple[Mapping[Key, Process], dict[Key, list[Key]]] | None = None  # of these homes

    @cached_property
    def spaces(self) -> dict[Key, Namespace]:
        """The namespaces at the snapshot we stand at."""
        return _by_key(intervals.holding_at(NAMESPACES, self.host.pk, self.seq))

    @cached_property
    def homes(self) -> dict[Key, Process]:
        """The process that stands for each running container."""
        return evidence.read_homes(self.host, self.seq, self.containers, {})

    @cached_property
    def infos(self) -> list[tuple[int, HostInfo]]:
        """Who the host said it was from which snapshot on, the newest first."""
        rows = HostInterval.objects.filter(host=self.host).order_by("-opened").values_list("opened", "facts")
        return [(opened, msgspec.json.decode(bytes(facts), type=HostInfo)) for opened, facts in rows]

    def title(self, container: Key | None) -> str:
        """What a container is called now."""
        if container is None:
            return HOST
        known = self.containers.get(container)
        return known.title if known else container[:12]

    def step(self, seq: int, at: str, changes: Changes) -> Pair:
        """Go on to a later snapshot at which something changed; how it differs from the one before it."""
        parts = {kind: changes[kind].get(seq) or Change([], []) for kind in KINDS}
        processes, gaps = _differing(parts[PROCESSES]), parts[GAPS]
        old = self._side(at, processes.ended, gaps.ended)
        self.returned = self._find_returned(seq, parts[CONTAINERS])
        homes, self.spaces = self.homes, _moved(self.spaces, parts[NAMESPACES])
        self.containers, self.seq = _moved(self.containers, parts[CONTAINERS]), seq
        self.names |= _names_of(parts[CONTAINERS].began)
        self.homes = self._find_homes(homes, parts[CONTAINERS], processes)
        return Pair(old, self._side(at, processes.began, gaps.began))

    def _side(self, at: str, own: Iterable[Process], gaps: Iterable[Gap]) -> Side:
        side = Side(
            seq=self.seq,
            taken_at=at,
            host=next(info for opened, info in self.infos if opened <= self.seq),
            seen=0,
            containers=self.containers,
            spaces=self.spaces,
            homes=self.homes,
            own=_by_key(own),
            own_chains={},
            own_gaps=frozenset(gaps),
        )
        if self._holders is not None and self._holders[0] is side.homes:
            vars(side)["holders"] = self._holders[1]
        elif side.own:
            self._holders = side.homes, side.holders
        return side

    def _find_returned(self, seq: int, change: Change) -> set[Key]:
        """The containers that were up without an init, have one now, and had one before: they were restarted."""
        before = {item.id for item in change.ended if item.init_pid is None and is_up(item)}
        came = [container.id for container in change.began if container.init_pid is not None]
        return {key for key in came if key in before and self._had_init(key, seq)}

    def _had_init(self, key: Key, seq: int) -> bool:
        """Whether a container had an init before this snapshot, and was not down since."""
        table = CONTAINERS.model._default_manager
        leads = list(CONTAINERS.leads([key]))
        rows = table.filter(host=self.host, key__in=leads, opened__lt=seq).order_by("-opened")
        for fact in _in_order(rows.values_list("pk", flat=True)[:LOOKED_BACK]):
            if fact.init_pid is not None or not is_up(fact):
                return fact.init_pid is not None
        return False

    def _find_homes(self, homes: dict[Key, Process], containers: Change, processes: Change) -> dict[Key, Process]:
        """Read again only where the container was touched, or its home may be another process now."""
        touched = {fact.key for facts in containers for fact in facts}
        ended, began = {process.key for process in processes.ended}, _by_key(processes.began)
        newcomers: dict[Key, list[Process]] = {}
        for process in processes.began:
            newcomers.setdefault(process.container, []).append(process)
        kept, doubtful = {}, {}
        for key, container in self.containers.items():
            home = homes.get(key)
            if home is not None and home.key in ended:
                home = began.get(home.key)
                if home is None or home.container != key:
                    doubtful[key] = container
                    continue
            if key in touched or any(_takes_over(new, home, container) for new in newcomers.get(key, ())):
                doubtful[key] = container
            elif home is not None and is_up(container):
                kept[key] = home
        found = kept | (evidence.read_homes(self.host, self.seq, doubtful, {}) if doubtful else {})
        return homes if found == homes else found


def _in_order(rows: Iterable[int]) -> Iterator[Container]:
    """The containers of these rows, one after the other."""
    wanted = list(rows)
    facts = CONTAINERS.read(among(CONTAINERS.model._default_manager.all(), wanted))
    return (facts[row] for row in wanted if row in facts)


def read_changes(host: Host, seqs: Collection[int]) -> Changes:
    """What ended and began at each of these snapshots, all read at once."""
    return {kind: _changes_of(kind, host, seqs) for kind in KINDS}


def _changes_of(kind: Translator[Any], host: Host, seqs: Collection[int]) -> dict[int, Change]:
    table = kind.model._default_manager
    spans: dict[int, tuple[int, int | None]] = {}
    for some in chunks(sorted(seqs), CHUNK):
        for column in ("opened", "closed"):
            rows = table.filter(**{"host": host, f"{column}__in": some})
            spans |= {row: (opened, closed) for row, opened, closed in rows.values_list("pk", "opened", "closed")}
    found: dict[int, Change] = {seq: Change([], []) for seq in seqs}
    for row, fact in kind.read(among(table.all(), spans)).items() if spans else ():
        opened, closed = spans[row]
        if opened in found:
            found[opened].began.append(fact)
        if closed is not None and closed in found:
            found[closed].ended.append(fact)
    return found


def _takes_over(process: Process, home: Process | None, container: Container) -> bool:
    """Whether a process that came stands for the container now: its init, or where that is unseen an older one."""
    if home is None or process.pid == container.init_pid:
        return home is None or process.key != home.key
    before = process.start_ticks, process.pid
    return home.pid != container.init_pid and before < (home.start_ticks, home.pid)


def _names_of(containers: Iterable[Container]) -> dict[Key, str]:
    return {container.id: container.name for container in containers if container.name}


def _by_key(facts: Iterable[Any]) -> dict[Key, Any]:
    return {fact.key: fact for fact in facts}


def _moved(facts: dict[Key, Any], change: Change) -> dict[Key, Any]:
    if not change.ended and not change.began:
        return facts
    gone = {fact.key for fact in change.ended}
    return {key: fact for key, fact in facts.items() if key not in gone} | _by_key(change.began)


def _differing(change: Change) -> Change:
    """Without what was written anew as it was."""
    ended, began = _by_key(change.ended), _by_key(change.began)
    same = {key for key, fact in ended.items() if began.get(key) == fact}
    return Change(*([fact for fact in facts if fact.key not in same] for facts in change))
