"""What happened in a stretch of history, as entries of the feed: read from the intervals, stored nowhere else.

A stretch is read from its end, some thousands of rows at a time, until enough entries are found. Which snapshots have
anything to tell is seen from rows that began or ended there; for those alone the two sides of a comparison are put
together, by carrying what names and explains the rest (see :mod:`inspector.sides`) from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Max, Min, Q

from inspector import evidence, hosts, instants, intervals, values, watches
from inspector.differences import Pair
from inspector.feed import Entry, Feed, Kind, Tally, make_ran, tell
from inspector.findings import HOST
from inspector.folding import PATTERNS, SHORT_S, Matcher
from inspector.frames import Diff
from inspector.models import (
    ContainerInterval,
    GapInterval,
    Host,
    HostInterval,
    Hour,
    NamespaceInterval,
    ProcessInterval,
    Snapshot,
)
from inspector.moments import format_instant
from inspector.rollup import hour_of
from inspector.rows import CONTAINERS, GAPS, NAMESPACES, PROCESSES, ROLES, Translator
from inspector.sides import Side, is_up
from inspector.types import Fact, Gap, Key, Process
from inspector.values import CHUNK, among, chunks

ROWS: Final = 4000
"""So many rows are read at a time, about: as many as began."""

MOST_PARTS: Final = 5
"""So many times that many at most; an answer then says from where to go on."""

MOST: Final = 500  # entries of one answer, about
SHORT: Final = timedelta(seconds=SHORT_S)

_EXEC, _INIT = ROLES.index("exec"), ROLES.index("init")
_PASSING: Final = (None, ROLES.index("child"))  # roles of processes that may come and go without being told of
_OF_AGENT: Final[frozenset[Kind]] = frozenset(("agent-away", "agent-back"))
_OF_PROCESSES: Final[frozenset[Kind]] = frozenset(
    ("exec", "ran", "sharing-began", "sharing-ended", "namespace-joined")
)


class Wanted(NamedTuple):
    """Which entries are asked for; ``None`` and empty leave it open. Seqs are included."""

    since: int | datetime | None = None
    until: int | datetime | None = None
    before: int | None = None  # only what happened at snapshots before this one
    kinds: frozenset[Kind] = frozenset()
    container: str | None = None  # a full id, or the title
    type: str | None = None
    text: str = ""
    fold: bool = True  # noise that is alike is one entry
    limit: int = 100

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is asked for, leaving aside when it happened."""
        return (
            (not self.kinds or entry.kind in self.kinds)
            and self.container in (None, entry.container, entry.where)
            and (self.type is None or self.type in entry.types)
            and (not self.text or self.text.casefold() in _text_of(entry))
        )


class Told(Fact, frozen=True):
    """Entries, newest first. ``earlier`` is where to go on (as ``before``); ``None``: there are none before these."""

    entries: tuple[Entry, ...]
    earlier: int | None


class Row(NamedTuple):
    """A row of a process, as far as it tells whether there is something to tell; texts are numbers of values."""

    opened: int
    closed: int | None
    boot: int
    pid: int
    start_ticks: int
    role: int | None
    comm: int
    container: int | None
    spaces: int

    @property
    def process(self) -> tuple[int, int, int]:
        """Which process it is."""
        return self[2:5]


class Change(NamedTuple):
    """The facts of one kind that ended and those that began at a snapshot."""

    ended: list[Any]
    began: list[Any]


def read(host: Host, wanted: Wanted, now: datetime) -> Told:
    """The newest entries that are wanted.

    An answer never holds a part of a snapshot's entries only, so it may be somewhat longer than ``limit``; and it may
    be shorter, and say from where to go on, where much had to be read for little.

    Cost: some 40 ms for each :data:`ROWS` rows of processes, for :data:`MOST_PARTS` times that at most.
    """
    lowest, highest = _bounds(host, wanted)
    tally, parts = Tally(wanted.fold), 0
    looks = _looks(host, now) if not wanted.kinds or wanted.kinds & _OF_AGENT else []
    while highest > lowest and parts < MOST_PARTS:
        first = max(lowest, _part(host, highest, wanted.kinds))
        entries = [*tell_between(host, first, highest), *(item for item in looks if first < item.seq <= highest)]
        for seq, together in _newest_first(item for item in entries if _is_within(item, wanted)):
            for entry in filter(wanted.fits, together):
                tally.add(entry)
            if len(tally) >= min(wanted.limit, MOST):
                return Told(tally.entries(), seq if seq > lowest + 1 else None)
        highest, parts = first, parts + 1
    return Told(tally.entries(), highest + 1 if highest > lowest else None)


def tell_between(host: Host, first: int, last: int) -> list[Entry]:
    """Everything that happened after snapshot ``first``, up to ``last``; oldest first.

    For every snapshot that is what :func:`inspector.feed.tell` finds between it and the one before.
    """
    first = max(first, _first_kept(host))
    began, ended = _rows(host, first, last)
    notable = _notable(host, first, last, began, ended)
    passed = _passed(host, first, began, ended)
    if not notable and not passed:
        return []
    moments = instants.taken(host.pk, notable | passed.keys())
    walk, matcher = Walk(host, first), Matcher(PATTERNS)
    changes = _changes(host, notable)
    told: list[Entry] = []
    for seq in sorted(notable | passed.keys()):
        at = format_instant(moments[seq])
        titles = [walk.title]
        if seq in notable:
            pair = walk.step(seq, at, changes(seq))
            titles = [pair.title]
            told += tell(pair, matcher)
        told += _tell_passed(seq, at, passed.get(seq, {}), titles[0])
    return told


def tell_diff(diff: Diff) -> Feed | None:
    """What happened at the snapshot that a frame has just made; ``None`` for nothing. Cost: some 10 ms."""
    if not diff:
        return None
    entries = tell_between(hosts.get(diff.host), diff.base, diff.seq)
    return Feed(diff.seq, tuple(entries)) if entries else None


class Walk:
    """What names and explains the rest of a state, carried from snapshot to snapshot."""

    def __init__(self, host: Host, seq: int) -> None:
        """Stand at a snapshot. Cost: all containers and namespaces, and the init of each running container."""
        self.host = host
        self.containers = _by_key(intervals.holding_at(CONTAINERS, host.pk, seq))
        self.spaces = _by_key(intervals.holding_at(NAMESPACES, host.pk, seq))
        self.homes: dict[Key, Process] = evidence.read_homes(host, seq, self.containers, {})
        self.info = evidence.info_at(host, seq)

    def title(self, container: Key | None) -> str:
        """What a container is called now."""
        if container is None:
            return HOST
        known = self.containers.get(container)
        return known.title if known else container[:12]

    def step(self, seq: int, at: str, changes: Mapping[Translator[Any], Change]) -> Pair:
        """Go on to a snapshot; what differs from where we stood."""
        processes, gaps = _differing(changes[PROCESSES]), changes[GAPS]
        old = self._side(seq, at, processes.ended, gaps.ended)
        self.containers = _moved(self.containers, changes[CONTAINERS])
        self.spaces = _moved(self.spaces, changes[NAMESPACES])
        self.homes = self._homes(seq, changes[CONTAINERS], processes)
        self.info = evidence.info_at(self.host, seq)
        new = self._side(seq, at, processes.began, gaps.began)
        return Pair(old, new)

    def _side(self, seq: int, at: str, own: Iterable[Process], gaps: Iterable[Gap]) -> Side:
        return Side(
            seq=seq,
            taken_at=at,
            host=self.info,
            seen=0,
            containers=self.containers,
            spaces=self.spaces,
            homes=self.homes,
            own=_by_key(own),
            own_chains={},
            own_gaps=frozenset(gaps),
        )

    def _homes(self, seq: int, containers: Change, processes: Change) -> dict[Key, Process]:
        """Looked up again only where the container, its home, or a process that could become it was touched."""
        touched = {fact.key for change in (containers, processes) for facts in change for fact in facts}
        disturbed = {process.container for facts in processes for process in facts}
        kept, doubtful = {}, {}
        for key, container in self.containers.items():
            home = self.homes.get(key)
            settled = home is not None and home.pid == container.init_pid and home.key not in touched
            if key in touched or (key in disturbed and not settled):
                doubtful[key] = container
            elif home is not None and is_up(container):
                kept[key] = home
        return kept | (evidence.read_homes(self.host, seq, doubtful, {}) if doubtful else {})


def _bounds(host: Host, wanted: Wanted) -> tuple[int, int]:
    """After which snapshot, and up to which, the entries lie; by hours where moments are given."""
    lowest, highest = 0, host.last_seq
    if isinstance(wanted.since, int):
        lowest = wanted.since - 1
    if isinstance(wanted.until, int):
        highest = min(highest, wanted.until)
    hours = Hour.objects.filter(host=host)
    if isinstance(wanted.since, datetime):
        hours = hours.filter(at__gte=hour_of(wanted.since))
    if isinstance(wanted.until, datetime):
        hours = hours.filter(at__lte=wanted.until)
    if isinstance(wanted.since, datetime) or isinstance(wanted.until, datetime):
        ends = hours.aggregate(first=Min("first_seq"), last=Max("last_seq"))
        lowest = max(lowest, (ends["first"] or 1) - 1)
        highest = min(highest, ends["last"] or 0)
    if wanted.before is not None:
        highest = min(highest, wanted.before - 1)
    return max(lowest, _first_kept(host) - 1), highest


def _is_within(entry: Entry, wanted: Wanted) -> bool:
    """The bounds are of whole hours; the moments asked for are not."""
    moment = datetime.fromisoformat(entry.at)
    after = not isinstance(wanted.since, datetime) or wanted.since <= moment
    return after and (not isinstance(wanted.until, datetime) or moment <= wanted.until)


def _newest_first(entries: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    """The entries of each snapshot together; the agent came back before the others, and went away after them."""
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.seq, []).append(entry)
    for seq in sorted(groups, reverse=True):
        yield seq, sorted(groups[seq], key=lambda entry: -in_order(entry)[1])


def in_order(entry: Entry) -> tuple[int, int]:
    """Sorts entries oldest first; of one snapshot the agent came back first, and went away last."""
    return entry.seq, {"agent-back": 0, "agent-away": 2}.get(entry.kind, 1)


def _part(host: Host, highest: int, kinds: Collection[Kind]) -> int:
    """From where on there are so many rows, up to ``highest``, as are read at a time."""
    tables: list[Any] = [ContainerInterval, NamespaceInterval]
    if not kinds or _OF_PROCESSES & set(kinds):
        tables.append(ProcessInterval)
    return max(_far(table.objects.filter(host=host, opened__lte=highest), highest) for table in tables)


def _far(rows: Any, highest: int) -> int:
    """The snapshot before those at which the newest of these rows began; always one that is lower than the last."""
    opened = rows.order_by("-opened").values_list("opened", flat=True)[ROWS : ROWS + 1]
    return min(next(iter(opened), 0), highest - 1)


def _first_kept(host: Host) -> int:
    return Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True).first() or 0


def _rows(host: Host, first: int, last: int) -> tuple[list[Row], list[Row]]:
    """The rows of processes that began in the stretch, and those that ended in it or a short time before."""
    table = ProcessInterval.objects.filter(host=host)
    reach = min(first, evidence.seq_before(host, _taken(host, first) - SHORT))
    began = table.filter(opened__gt=first, opened__lte=last).values_list(*Row._fields)
    ended = table.filter(closed__gt=reach, closed__lte=last).values_list(*Row._fields)
    return [Row(*row) for row in began], [Row(*row) for row in ended]


def _taken(host: Host, seq: int) -> datetime:
    rows = Snapshot.objects.filter(host=host, seq__lte=seq).order_by("-seq")
    return rows.values_list("taken_at", flat=True)[0]


def _notable(host: Host, first: int, last: int, began: list[Row], ended: list[Row]) -> set[int]:
    """At which snapshots there may be something to tell that is no mere coming and going of processes."""
    found = set(_notable_processes(host, first, began, ended))
    tables = (ContainerInterval.objects, NamespaceInterval.objects, HostInterval.objects)
    for rows in (*(table.all() for table in tables), GapInterval.objects.filter(pid=-1)):
        for column in ("opened", "closed"):
            within = rows.filter(**{"host": host, f"{column}__gt": first, f"{column}__lte": last})
            found.update(within.values_list(column, flat=True).distinct())
    return found


def _notable_processes(host: Host, first: int, began: list[Row], ended: list[Row]) -> Iterator[int]:
    before = {(row.process, row.closed): row for row in ended}
    at_home, headed = _usual(host, [*began, *ended])
    for row in began:
        old = before.get((row.process, row.opened))
        moved = old is not None and old.spaces != row.spaces
        named = row.role == _EXEC and (old is None or old.role != _EXEC or old.comm != row.comm)
        strange = old is None and (row.container, row.spaces) not in at_home
        if moved or named or strange or row.role == _INIT or row.container not in headed:
            yield row.opened
    for row in ended:
        if row.closed is not None and row.closed > first and (row.role == _INIT or row.container not in headed):
            yield row.closed


def _usual(host: Host, rows: list[Row]) -> tuple[set[tuple[int | None, int]], set[int | None]]:
    """Where processes of each container, and of the host, are at home: in the namespaces of its init. Who has one."""
    table = ProcessInterval.objects.filter(host=host)
    containers = sorted({row.container for row in rows if row.container is not None})
    found: set[Any] = {(None, spaces) for spaces in table.filter(pid=1).values_list("spaces", flat=True)}
    for some in chunks(containers, CHUNK):
        found.update(table.filter(container__in=some, role=_INIT).values_list("container", "spaces"))
    return found, {None, *(container for container, _ in found)}


def _passed(
    host: Host, first: int, began: list[Row], ended: list[Row]
) -> dict[int, dict[tuple[int | None, int], int]]:
    """Snapshot → how many processes ended there after a short time, by container and name."""
    before = {(row.process, row.closed): row for row in ended}
    after = {(row.process, row.opened) for row in began}
    first_kept = _first_kept(host)
    gone = [(row, _birth(row, before)) for row in ended if (row.closed or 0) > first and row.role in _PASSING]
    gone = [(row, birth) for row, birth in gone if (row.process, row.closed) not in after]
    times = instants.taken(host.pk, {seq for row, birth in gone for seq in (row.closed or 0, birth)})
    found: dict[int, dict[tuple[int | None, int], int]] = {}
    for row, birth in gone:
        assert row.closed is not None
        if timedelta(0) <= times[row.closed] - times[birth] < SHORT and birth > first_kept:
            counts = found.setdefault(row.closed, {})
            counts[row.container, row.comm] = counts.get((row.container, row.comm), 0) + 1
    return found


def _birth(row: Row, before: Mapping[tuple[tuple[int, int, int], int | None], Row]) -> int:
    """When the process was first seen, as far back as is of interest."""
    while older := before.get((row.process, row.opened)):
        row = older
    return row.opened


def _tell_passed(
    seq: int, at: str, counts: Mapping[tuple[int | None, int], int], title: Callable[[Key | None], str]
) -> Iterator[Entry]:
    known: dict[Any, Any] = {None: None} | values.load({number for pair in counts for number in pair if number})
    for (container, comm), times in sorted(counts.items(), key=lambda item: (item[0][0] or 0, item[0][1])):
        yield make_ran(seq, at, known[container], title(known[container]), known[comm], times)


def _changes(host: Host, seqs: Collection[int]) -> Callable[[int], Mapping[Translator[Any], Change]]:
    """What ended and began at each of these snapshots, all read at once."""
    found = {kind: _changes_of(kind, host, seqs) for kind in (PROCESSES, NAMESPACES, CONTAINERS, GAPS)}
    return lambda seq: {kind: changes.get(seq) or Change([], []) for kind, changes in found.items()}


def _changes_of(kind: Translator[Any], host: Host, seqs: Collection[int]) -> dict[int, Change]:
    table = kind.model._default_manager
    found: dict[int, Change] = {seq: Change([], []) for seq in seqs}
    spans: dict[int, tuple[int, int | None]] = {}
    for some in chunks(sorted(seqs), CHUNK):
        rows = table.filter(Q(opened__in=some) | Q(closed__in=some), host=host)
        spans |= {row: (opened, closed) for row, opened, closed in rows.values_list("pk", "opened", "closed")}
    for row, fact in kind.read(among(table.all(), spans)).items():
        opened, closed = spans[row]
        if opened in found:
            found[opened].began.append(fact)
        if closed is not None and closed in found:
            found[closed].ended.append(fact)
    return found


def _looks(host: Host, now: datetime) -> list[Entry]:
    """When the agent went away and came back."""
    found = []
    for gap in watches.breaks(host, now):
        away, back = format_instant(gap.since), format_instant(gap.until)
        found.append(Entry(gap.since_seq, away, "agent-away", first_seq=gap.since_seq, first_at=away))
        if gap.until_seq is not None:
            facts = {"before": away, "first_seq": gap.until_seq, "first_at": back}
            found.append(Entry(gap.until_seq, back, "agent-back", **facts))  # type: ignore[arg-type]
    return found


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


def _text_of(entry: Entry) -> str:
    told = (entry.name, entry.where, entry.container, entry.key, entry.field, entry.before, entry.after)
    return " ".join((*filter(None, told), *entry.types, str(entry.pid or ""))).casefold()
