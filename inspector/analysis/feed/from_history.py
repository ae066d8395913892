"""What happened in a stretch of history, as entries of the feed: read from the intervals, stored nowhere else.

A stretch is read from its end, some thousands of rows at a time, until enough entries are found. Which snapshots have
anything to tell is seen from rows that began or ended there; for those alone the two sides of a comparison are put
together, by carrying what names and explains the rest from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
from django.db.models import Max, Min

from inspector.analysis.compare.noise import PATTERNS, Matcher
from inspector.analysis.feed import candidates as notable
from inspector.analysis.feed.candidates import Notable, Passed
from inspector.analysis.feed.entries import Entry, Feed, Kind, Tally, make_ran, tell
from inspector.analysis.feed.replay import Walk, read_changes
from inspector.facts.moments import format_instant
from inspector.facts.types import Fact, Key
from inspector.history import absences as watches
from inspector.history import hosts
from inspector.history import shared_values as values
from inspector.history import snapshots as instants
from inspector.history.hourly import hour_of
from inspector.models import ContainerInterval, Host, Hour, NamespaceInterval, ProcessInterval, Snapshot
from inspector.protocol.frames import Diff

ROWS: Final = 4000
"""So many rows are looked at in one go, about: as many as began."""

STEPS: Final = 100
"""So many snapshots are told of in one go."""

MOST_PARTS: Final = 3
"""So many goes make an answer at most; it then says from where to go on."""

MOST: Final = 500  # entries of one answer, about

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


def read(host: Host, wanted: Wanted, now: datetime) -> Told:
    """The newest entries that are wanted.

    An answer never holds a part of a snapshot's entries only, so it may be somewhat longer than ``limit``; and it may
    be shorter, and say from where to go on, where much had to be read for little.

    Cost: some 50 ms for each :data:`ROWS` rows of processes, and 2 ms for each snapshot of which something is told.
    """
    lowest, highest = _bounds(host, wanted)
    tally, parts = Tally(wanted.fold), 0
    looks = _looks(host, now) if not wanted.kinds or wanted.kinds & _OF_AGENT else []
    processes = not wanted.kinds or bool(wanted.kinds & _OF_PROCESSES)
    while highest > lowest and parts < MOST_PARTS:
        first, entries = _tell_part(host, max(lowest, _part(host, highest, processes)), highest, processes)
        entries += [item for item in looks if first < item.seq <= highest]
        for seq, together in _newest_first(item for item in entries if _is_within(item, wanted)):
            for entry in filter(wanted.fits, together):
                tally.add(entry)
            if len(tally) >= min(wanted.limit, MOST):
                return Told(tally.entries(), seq if seq > lowest + 1 else None)
        highest, parts = first, parts + 1
    return Told(tally.entries(), highest + 1 if highest > lowest else None)


def tell_between(host: Host, first: int, last: int) -> list[Entry]:
    """Everything that happened after snapshot ``first``, up to ``last``; oldest first.

    For every snapshot that is what :func:`inspector.analysis.feed.entries.tell` finds between it and the one before.
    """
    first_kept = _first_kept(host)
    first = max(first, first_kept)
    return _tell(host, first, notable.find(host, first, last, first_kept)) if last > first else []


def _tell_part(host: Host, first: int, last: int, processes: bool) -> tuple[int, list[Entry]]:
    """The end of a stretch, as far as it is told in one go, and after which snapshot that is."""
    first_kept = _first_kept(host)
    if last <= first_kept:
        return first, []
    start = max(first, first_kept)
    found = notable.find(host, start, last, first_kept, processes)
    seqs = sorted(found.seqs)
    if len(seqs) > STEPS:
        first = start = seqs[-STEPS] - 1
    return first, _tell(host, start, found.after(start))


def _tell(host: Host, first: int, found: Notable) -> list[Entry]:
    seqs = sorted(found.seqs | found.passed.keys())
    if not seqs:
        return []
    moments = instants.taken(host.pk, seqs)
    walk, matcher, changes = Walk(host, first), Matcher(PATTERNS), read_changes(host, found.seqs)
    told: list[Entry] = []
    for seq in seqs:
        at, title = format_instant(moments[seq]), walk.title
        if seq in found.seqs:
            pair = walk.step(seq, at, changes)
            told += tell(pair, matcher, walk.returned)
            title = pair.title
        told += _tell_passed(seq, at, found.passed.get(seq, {}), title)
    return [_named(entry, walk.names) for entry in told]


def _named(entry: Entry, names: Mapping[Key, str]) -> Entry:
    """With the name of its container where that was not known yet: an engine tells it after the kernel's news."""
    name, short = names.get(entry.container or ""), (entry.container or "")[:12]
    if name is None or entry.where != short:
        return entry
    return msgspec.structs.replace(entry, where=name, name=name if entry.name == short else entry.name)


def tell_diff(diff: Diff) -> Feed | None:
    """What happened at the snapshot that a frame has just made; ``None`` for nothing. Cost: some 10 ms."""
    if not diff:
        return None
    entries = tell_between(hosts.get(diff.host), diff.base, diff.seq)
    return Feed(diff.seq, tuple(entries)) if entries else None


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


def _part(host: Host, highest: int, processes: bool) -> int:
    """From where on there are so many rows, up to ``highest``, as are read at a time."""
    tables: list[Any] = [ContainerInterval, NamespaceInterval]
    if processes:
        tables.append(ProcessInterval)
    return max(_far(table.objects.filter(host=host, opened__lte=highest), highest) for table in tables)


def _far(rows: Any, highest: int) -> int:
    """The snapshot before those at which the newest of these rows began; always one that is lower than the last."""
    opened = rows.order_by("-opened").values_list("opened", flat=True)[ROWS : ROWS + 1]
    return min(next(iter(opened), 0), highest - 1)


def _first_kept(host: Host) -> int:
    return Snapshot.objects.filter(host=host).order_by("seq").values_list("seq", flat=True).first() or 0


def _tell_passed(seq: int, at: str, counts: Passed, title: Callable[[Key | None], str]) -> Iterator[Entry]:
    known: dict[Any, Any] = {None: None}
    known |= values.load({number for pair in counts for number in pair if number is not None}) if counts else {}
    for (container, comm), times in sorted(counts.items(), key=lambda item: (item[0][0] or 0, item[0][1])):
        yield make_ran(seq, at, known[container], title(known[container]), known[comm], times)


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


def _text_of(entry: Entry) -> str:
    told = (entry.name, entry.where, entry.container, entry.key, entry.field, entry.before, entry.after)
    return " ".join((*filter(None, told), *entry.types, str(entry.pid or ""))).casefold()
