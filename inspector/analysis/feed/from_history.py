"""The feed of a stretch of history. Entries are made from the intervals, and stored nowhere.

A stretch is read from its end, some thousands of rows at a time, until enough entries are found. ``candidates`` finds
the snapshots that may have entries. ``replay`` makes the two sides of a comparison for those snapshots alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db.models import Max, Min

from inspector.analysis.compare.noise import PATTERNS, Matcher
from inspector.analysis.feed import candidates
from inspector.analysis.feed.candidates import Candidates
from inspector.analysis.feed.completion import complete, described_in, is_complete
from inspector.analysis.feed.entries import Entry, Kind, in_order, make_ran
from inspector.analysis.feed.find_entries import find_entries
from inspector.analysis.feed.replay import Replay, Step
from inspector.analysis.feed.tally import Tally
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Fact, Key
from inspector.history import absences
from inspector.history.hourly import hour_of
from inspector.history.rows import CONTAINERS
from inspector.history.snapshots import first_kept
from inspector.history.sql import chunks
from inspector.models import ContainerInterval, Host, Hour, NamespaceInterval, ProcessInterval

ROWS: Final = 4000
"""About this many rows that began are read at a time."""

STEPS: Final = 100
"""This many snapshots are replayed at a time."""

MOST_PARTS: Final = 3
"""An answer reads at most this many parts. It then says where to continue."""

MOST: Final = 500  # entries of one answer, about

_OF_AGENT: Final[frozenset[Kind]] = frozenset(("agent-away", "agent-back"))
_OF_PROCESSES: Final[frozenset[Kind]] = frozenset(
    ("exec", "ran", "sharing-began", "sharing-ended", "capabilities-gained", "namespace-joined", "namespace-orphaned")
)


class Wanted(NamedTuple):
    """Which entries are asked for; ``None`` and empty mean any. Seqs are included."""

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
        """Whether an entry is asked for, apart from when it happened."""
        return (
            (not self.kinds or entry.kind in self.kinds)
            and self.container in (None, entry.container, entry.where)
            and (self.type is None or self.type in entry.types)
            and (not self.text or self.text.casefold() in _text_of(entry))
        )


class FeedPage(Fact, frozen=True):
    """Entries, newest first. ``earlier`` is where to continue (as ``before``); ``None``: these are the first."""

    entries: tuple[Entry, ...]
    earlier: int | None


def read(host: Host, wanted: Wanted, now: datetime) -> FeedPage:
    """The newest entries that are wanted.

    An answer holds all entries of a snapshot or none, so it may be somewhat longer than ``limit``. It may also be
    shorter, if many rows hold few entries. It then says where to continue.

    Cost: some 50 ms for each :data:`ROWS` rows of processes, and 2 ms for each snapshot with entries.
    """
    lowest, highest = _bounds(host, wanted)
    tally, parts = Tally(wanted.fold), 0
    of_agent = _agent_entries(host, now) if not wanted.kinds or wanted.kinds & _OF_AGENT else []
    processes = not wanted.kinds or bool(wanted.kinds & _OF_PROCESSES)
    while highest > lowest and parts < MOST_PARTS:
        first, entries = _read_part(host, max(lowest, _part(host, highest, processes)), highest, processes)
        entries += [item for item in of_agent if first < item.seq <= highest]
        for seq, together in _newest_first(item for item in entries if _is_within(item, wanted)):
            for entry in filter(wanted.fits, together):
                tally.add(entry)
            if len(tally) >= min(wanted.limit, MOST):
                return FeedPage(tally.entries(), seq if seq > lowest + 1 else None)
        highest, parts = first, parts + 1
    return FeedPage(tally.entries(), highest + 1 if highest > lowest else None)


def entries_between(host: Host, first: int, last: int) -> list[Entry]:
    """Everything that happened after snapshot ``first``, up to ``last``; oldest first.

    For each snapshot these are the entries that
    :func:`inspector.analysis.feed.find_entries.find_entries` finds in it and the one before.
    """
    oldest = first_kept(host)
    first = max(first, oldest)
    return _read_entries(host, first, candidates.find(host, first, last, oldest)) if last > first else []


def _read_part(host: Host, first: int, last: int, processes: bool) -> tuple[int, list[Entry]]:
    """The entries at the end of a stretch, and the snapshot after which they begin."""
    oldest = first_kept(host)
    if last <= oldest:
        return first, []
    start = max(first, oldest)
    found = candidates.find(host, start, last, oldest, processes)
    seqs = sorted(found.compared)
    if len(seqs) > STEPS:
        first = start = seqs[-STEPS] - 1
    return first, _read_entries(host, start, found.after(start))


def _read_entries(host: Host, first: int, found: Candidates) -> list[Entry]:
    """The entries of all candidates after snapshot ``first``, oldest first."""
    if not found.seqs:
        return []
    replay, matcher = Replay(host, first), Matcher(PATTERNS)
    told = [entry for step in replay.steps(found) for entry in entries_of_step(step, matcher)]
    return _complete_all(host, told, replay)


def entries_of_step(step: Step, matcher: Matcher) -> Iterator[Entry]:
    """The entries of one step."""
    if step.pair is not None:
        yield from find_entries(step.pair, matcher, step.returned, step.settled)
    yield from _short_lived_entries(step)


def _complete_all(host: Host, entries: Iterable[Entry], replay: Replay) -> list[Entry]:
    """The entries with the names and images of their containers, also those that were reported after the stretch."""
    told = [complete(entry, replay.descriptions) for entry in entries]
    lacking = {entry.container for entry in told if entry.container and not is_complete(entry)}
    later = described_in(_read_all(host, lacking)) if lacking else {}
    return [complete(entry, later) for entry in told] if later else told


def _read_all(host: Host, containers: Iterable[Key]) -> Iterator[Container]:
    """What history holds of these containers, oldest first."""
    table, leads = CONTAINERS.model._default_manager.filter(host=host), list(CONTAINERS.leads(containers))
    for some in chunks(sorted(leads)):
        yield from CONTAINERS.read(table.filter(key__in=some).order_by("opened", "pk")).values()


def _bounds(host: Host, wanted: Wanted) -> tuple[int, int]:
    """The snapshots between which the entries lie: after the first, up to the second. Moments are cut to hours."""
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
    return max(lowest, first_kept(host) - 1), highest


def _is_within(entry: Entry, wanted: Wanted) -> bool:
    """Whether an entry lies between the moments asked for. The bounds are whole hours only."""
    moment = datetime.fromisoformat(entry.at)
    after = not isinstance(wanted.since, datetime) or wanted.since <= moment
    return after and (not isinstance(wanted.until, datetime) or moment <= wanted.until)


def _newest_first(entries: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    """The entries of each snapshot together. The agent comes back before the others, and goes away after them."""
    groups: dict[int, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.seq, []).append(entry)
    for seq in sorted(groups, reverse=True):
        yield seq, sorted(groups[seq], key=lambda entry: -in_order(entry)[1])


def _part(host: Host, highest: int, processes: bool) -> int:
    """The snapshot after which the next part of rows begins; the part ends at ``highest``."""
    tables: list[Any] = [ContainerInterval, NamespaceInterval]
    if processes:
        tables.append(ProcessInterval)
    return max(_far(table.objects.filter(host=host, opened__lte=highest), highest) for table in tables)


def _far(rows: Any, highest: int) -> int:
    """The snapshot before the newest of these rows; always lower than ``highest``."""
    opened = rows.order_by("-opened").values_list("opened", flat=True)[ROWS : ROWS + 1]
    return min(next(iter(opened), 0), highest - 1)


def _short_lived_entries(step: Step) -> Iterator[Entry]:
    for name in sorted(step.short_lived, key=lambda name: (name.container or "", name.comm)):
        times = step.short_lived[name]
        yield make_ran(step.seq, step.at, name.container, step.title(name.container), name.comm, times)


def _agent_entries(host: Host, now: datetime) -> list[Entry]:
    """When the agent went away and when it came back."""
    found = []
    for gap in absences.all_absences(host, now):
        away, back = format_instant(gap.since), format_instant(gap.until)
        found.append(Entry(gap.since_seq, away, "agent-away", first_seq=gap.since_seq, first_at=away))
        if gap.until_seq is not None:
            facts = {"before": away, "first_seq": gap.until_seq, "first_at": back}
            found.append(Entry(gap.until_seq, back, "agent-back", **facts))  # type: ignore[arg-type]
    return found


def _text_of(entry: Entry) -> str:
    told = (entry.name, entry.where, entry.container, entry.key, entry.field, entry.before, entry.after)
    return " ".join((*filter(None, told), *entry.types, str(entry.pid or ""))).casefold()
