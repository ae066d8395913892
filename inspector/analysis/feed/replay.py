"""Replay: going through history step by step, each step with the two sides of its comparison.

Containers, namespaces and home processes are kept between steps, so each step reads only the rows that changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from inspector.analysis.compare.findings import HOST
from inspector.analysis.compare.homes import lists_all, read_homes
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Holders, Side
from inspector.analysis.feed.candidates import Candidates, Name
from inspector.analysis.feed.completion import described_in
from inspector.facts.container_events import RUNNING_STATES, has_init_again, is_up
from inspector.facts.left import lists_containers
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Gap, HostInfo, Key, Namespace, Process, short_id
from inspector.history import intervals, snapshots
from inspector.history.intervals import Change
from inspector.history.rows import CONTAINERS, GAPS, NAMESPACES, PROCESSES, Translator, decode_info
from inspector.history.sql import among, chunks
from inspector.models import Host, HostInterval

KINDS: Final[tuple[Translator[Any], ...]] = (PROCESSES, NAMESPACES, CONTAINERS, GAPS)

LOOKED_BACK: Final = 8
"""This many earlier rows of a container are read to find what it was when it ran before."""


NOTHING: Final = Change()
Changes = Mapping[Translator[Any], Change]


@dataclass(frozen=True, slots=True)
class Step:
    """One snapshot of a replay."""

    seq: int
    at: str  # ISO 8601 with zone
    title: Callable[[Key | None], str]  # the title of a container at that snapshot
    pair: Pair | None  # how it differs from the snapshot before; None: only short-lived processes ended
    returned: Mapping[Key, Container]  # those that have an init again after a time without, as with the earlier one
    settled: Mapping[Key, Container]  # those that run again, as they were when they ran before
    short_lived: Counter[Name]  # processes that ended after a short time


class Replay:
    """A host from one snapshot on. It holds what names and explains the differences of the next steps.

    Cost: creation and the first step read all containers, all namespaces and the init of each container.
    """

    def __init__(self, host: Host, seq: int) -> None:
        self.host = host
        self.seq = seq
        self.containers: dict[Key, Container] = _by_key(intervals.holding_at(CONTAINERS, host.pk, seq))
        self.descriptions = described_in(self.containers.values())  # the newest of each container

    def steps(self, candidates: Candidates) -> Iterator[Step]:
        """One step for each candidate, oldest first."""
        moments = snapshots.taken(self.host.pk, candidates.seqs)
        changes = read_changes(self.host, candidates.compared)
        for seq in candidates.seqs:
            at, short_lived = format_instant(moments[seq]), candidates.short_lived.get(seq, Counter())
            if seq in candidates.compared:
                deserted = candidates.deserted.get(seq, frozenset())
                yield self.compare(seq, at, {kind: changes[kind][seq] for kind in KINDS}, short_lived, deserted)
            else:
                yield Step(seq, at, self.title, None, {}, {}, short_lived)

    @cached_property
    def spaces(self) -> dict[Key, Namespace]:
        """The namespaces at the current snapshot."""
        return _by_key(intervals.holding_at(NAMESPACES, self.host.pk, self.seq))

    @cached_property
    def homes(self) -> dict[Key, Process]:
        """The process that stands for each running container."""
        return read_homes(self.host, self.seq, self.containers, {})

    @cached_property
    def holders(self) -> Holders:
        """The containers in each namespace, for the current homes."""
        return Holders(self.homes)

    @cached_property
    def complete(self) -> bool:
        """Whether an engine listed all containers at the current snapshot."""
        return lists_all(self.host, self.seq)

    @cached_property
    def infos(self) -> list[tuple[int, HostInfo]]:
        """The host's descriptions of itself, each with its first snapshot; the newest first."""
        rows = HostInterval.objects.filter(host=self.host).order_by("-opened").values_list("opened", "facts")
        return [(opened, decode_info(facts)) for opened, facts in rows]

    def title(self, container: Key | None) -> str:
        """The title of a container now."""
        if container is None:
            return HOST
        known = self.containers.get(container)
        return known.title if known else short_id(container)

    def compare(
        self, seq: int, at: str, changes: Changes, short_lived: Counter[Name], deserted: frozenset[Key]
    ) -> Step:
        """The step to a snapshot at which something changed; where nothing did of a kind, it is left out.

        :param deserted: the namespaces whose last process left.
        """
        processes, gaps = _differing(changes.get(PROCESSES, NOTHING)), changes.get(GAPS, NOTHING)
        containers, namespaces = changes.get(CONTAINERS, NOTHING), changes.get(NAMESPACES, NOTHING)
        old = self._side(at, processes.ended, gaps.ended)
        returned, settled = self._find_returned(seq, containers), self._find_settled(seq, containers)
        self._move(seq, containers, namespaces, processes)
        self.complete = _lists_all(self.complete, gaps)
        pair = Pair(old, self._side(at, processes.began, gaps.began, deserted))
        return Step(seq, at, pair.title, pair, returned, settled, short_lived)

    def _move(self, seq: int, containers: Change, namespaces: Change, processes: Change) -> None:
        """Make a later snapshot the current one. Homes that stay the same keep their table of holders."""
        homes, self.spaces = self.homes, _moved(self.spaces, namespaces)
        self.containers, self.seq = _moved(self.containers, containers), seq
        if containers.began:
            self.descriptions = described_in(containers.began, self.descriptions)
        self.homes = self._find_homes(homes, containers, processes)
        if self.homes is not homes:
            self.holders = Holders(self.homes)

    def _side(
        self, at: str, own: Iterable[Process], gaps: Iterable[Gap], deserted: frozenset[Key] = frozenset()
    ) -> Side:
        return Side(
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
            holders=self.holders,
            complete=self.complete,
            deserted=deserted,
        )

    def _find_returned(self, seq: int, change: Change) -> dict[Key, Container]:
        """The containers that have an init again, as they were when they had one before: they were restarted."""
        before = _by_key(change.ended)
        again = (item.id for item in change.began if item.id in before and has_init_again(before[item.id], item))
        found = ((key, self._last(key, seq, lambda one: one.init_pid is not None or not is_up(one))) for key in again)
        return {key: was for key, was in found if was is not None and was.init_pid is not None}

    def _find_settled(self, seq: int, change: Change) -> dict[Key, Container]:
        """The containers that run, as they were when they ran before; none that ran at the snapshot before."""
        before = _by_key(change.ended)
        again = (item.id for item in change.began if item.id in before and _runs(item) and not _runs(before[item.id]))
        found = ((key, self._last(key, seq, _runs)) for key in again)
        return {key: was for key, was in found if was is not None}

    def _last(self, key: Key, seq: int, wanted: Callable[[Container], bool]) -> Container | None:
        """What a container was before this snapshot, when it last met the condition."""
        table = CONTAINERS.model._default_manager
        leads = list(CONTAINERS.leads([key]))
        rows = table.filter(host=self.host, key__in=leads, opened__lt=seq).order_by("-opened")
        facts = _in_order(rows.values_list("pk", flat=True)[:LOOKED_BACK])
        return next(filter(wanted, facts), None)

    def _find_homes(self, homes: dict[Key, Process], containers: Change, processes: Change) -> dict[Key, Process]:
        """The homes now. They are read again only where a container changed, or its home may be another process."""
        touched = {fact.key for fact in (*containers.ended, *containers.began)}
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
        found = kept | (read_homes(self.host, self.seq, doubtful, {}) if doubtful else {})
        return homes if found == homes else found


def _lists_all(before: bool, gaps: Change) -> bool:
    """Whether an engine lists all containers after some gaps ended and others began."""
    return lists_containers(gaps.began) and (before or not lists_containers(gaps.ended))


def _runs(container: Container) -> bool:
    """Whether it runs and its init was seen, so that its limits were read."""
    return container.state in RUNNING_STATES and container.init_pid is not None


def _in_order(rows: Iterable[int]) -> Iterator[Container]:
    """The containers of these rows, one after the other."""
    wanted = list(rows)
    facts = CONTAINERS.read(among(CONTAINERS.model._default_manager.all(), wanted))
    return (facts[row] for row in wanted if row in facts)


def read_changes(host: Host, seqs: Collection[int]) -> dict[Translator[Any], dict[int, Change]]:
    """The facts that ended and began at each of these snapshots, all read at once."""
    return {kind: _changes_of(kind, host, seqs) for kind in KINDS}


def _changes_of(kind: Translator[Any], host: Host, seqs: Collection[int]) -> dict[int, Change]:
    table = kind.model._default_manager
    spans: dict[int, tuple[int, int | None]] = {}
    for some in chunks(sorted(seqs)):
        for column in ("opened", "closed"):
            rows = table.filter(**{"host": host, f"{column}__in": some})
            spans |= {row: (opened, closed) for row, opened, closed in rows.values_list("pk", "opened", "closed")}
    found = {seq: Change() for seq in seqs}
    for row, fact in kind.read(among(table.all(), spans)).items() if spans else ():
        opened, closed = spans[row]
        if opened in found:
            found[opened].began.append(fact)
        if closed is not None and closed in found:
            found[closed].ended.append(fact)
    return found


def _takes_over(process: Process, home: Process | None, container: Container) -> bool:
    """Whether a process that came is the home of the container now: its init, or an older one if that is unseen."""
    if home is None or process.pid == container.init_pid:
        return home is None or process.key != home.key
    before = process.start_ticks, process.pid
    return home.pid != container.init_pid and before < (home.start_ticks, home.pid)


def _by_key(facts: Iterable[Any]) -> dict[Key, Any]:
    return {fact.key: fact for fact in facts}


def _moved(facts: dict[Key, Any], change: Change) -> dict[Key, Any]:
    if not change.ended and not change.began:
        return facts
    gone = {fact.key for fact in change.ended}
    return {key: fact for key, fact in facts.items() if key not in gone} | _by_key(change.began)


def _differing(change: Change) -> Change:
    """The change without facts that were only written again, unchanged."""
    ended, began = _by_key(change.ended), _by_key(change.began)
    same = {key for key, fact in ended.items() if began.get(key) == fact}
    return Change(
        [fact for fact in change.ended if fact.key not in same],
        [fact for fact in change.began if fact.key not in same],
    )
