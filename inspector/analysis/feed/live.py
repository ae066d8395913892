"""The feed as it happens: the entries of a frame, from the facts that it ended and began.

They are the entries that :func:`inspector.analysis.feed.from_history.entries_between` gives of that snapshot. A
:class:`LiveFeed` holds between frames what a replay holds, so it reads nothing from history but the history of
containers that were touched.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from inspector.analysis.compare.noise import PATTERNS, Matcher
from inspector.analysis.feed.candidates import Name, is_short, read_births
from inspector.analysis.feed.completion import complete, learned
from inspector.analysis.feed.entries import Entry, Feed
from inspector.analysis.feed.from_history import entries_of_step
from inspector.analysis.feed.inhabitants import Inhabitants
from inspector.analysis.feed.replay import Replay
from inspector.facts.moments import format_instant, parse_instant
from inspector.facts.types import NamespaceSet, Process
from inspector.history import hosts
from inspector.history.intervals import Change
from inspector.history.queries.inhabited import count_inhabited
from inspector.history.record import Recorded
from inspector.history.rows import CONTAINERS, PROCESSES, Translator
from inspector.history.snapshots import first_kept
from inspector.protocol.frames import Diff

MOST_HOSTS: Final = 500
"""Feeds kept in memory; each holds the containers, namespaces and inits of one host."""

_PASSING: Final = (None, "child")  # roles of processes that may come and go without an entry


class LiveFeed:
    """The feed of one host from a snapshot on."""

    def __init__(self, machine_id: str, seq: int) -> None:
        host = hosts.get(machine_id)
        self._replay = Replay(host, seq)
        self._matcher = Matcher(PATTERNS)
        self._births = read_births(host, seq, first_kept(host))
        self._inhabitants = Inhabitants(count_inhabited(host, seq))

    @property
    def seq(self) -> int:
        """The last snapshot whose entries were made."""
        return self._replay.seq

    def entries_of(self, diff: Diff, changes: Mapping[Translator[Any], Change]) -> list[Entry]:
        """The entries of the next snapshot: a stored diff, and the facts that it ended and began."""
        if diff.host_info is not None:
            self._replay.__dict__.pop("infos", None)
        moment = parse_instant(diff.taken_at)
        processes = changes.get(PROCESSES, Change())
        short_lived = self._follow(processes, moment)
        deserted = self._inhabitants.move(*(map(_spaces, facts) for facts in (processes.ended, processes.began)))
        step = self._replay.compare(diff.seq, format_instant(moment), changes, short_lived, deserted)
        return [complete(entry, self._replay.descriptions) for entry in entries_of_step(step, self._matcher)]

    def _follow(self, change: Change, moment: datetime) -> Counter[Name]:
        """Note which processes began, and count those that ended after a short time."""
        stayed = {process.key for process in change.began} & {process.key for process in change.ended}
        short_lived: Counter[Name] = Counter()
        for process in change.ended:
            if process.key in stayed:
                continue
            born = self._births.pop(process.key, None)
            if born is not None and process.role in _PASSING and is_short(born, moment):
                short_lived[Name(process.container, process.comm)] += 1
        fresh = {process.key: moment for process in change.began if process.key not in stayed}
        self._births = {key: born for key, born in self._births.items() if is_short(born, moment)} | fresh
        return short_lived


def _spaces(process: Process) -> NamespaceSet:
    return process.namespaces


_feeds: Final[OrderedDict[int, LiveFeed]] = OrderedDict()


def feed_of(recorded: Recorded) -> Feed | None:
    """The feed of a frame that was just stored; ``None``: it has no entries."""
    diff = recorded.diff
    if diff is None or not diff or not diff.base:
        return None
    feed = _feeds.pop(recorded.host, None)  # no other caller uses it meanwhile; dropped if anything fails
    if feed is None or feed.seq != diff.base:
        feed = LiveFeed(diff.host, diff.base)
    entries = feed.entries_of(diff, recorded.changes)
    _feeds[recorded.host] = feed
    while len(_feeds) > MOST_HOSTS:
        _feeds.popitem(last=False)
    change = recorded.changes.get(CONTAINERS, Change())
    late = learned(change.ended, change.began, diff.completed)
    names = {key: told.name for key, told in late.items() if told.name}
    images = {key: told.image for key, told in late.items() if told.image}
    return Feed(diff.seq, tuple(entries), names, images) if entries or late else None


def feeds_of(stored: Iterable[Recorded]) -> list[Feed]:
    """The feeds of frames that were stored one after the other; those without an entry are left out."""
    return [feed for feed in map(feed_of, stored) if feed is not None]


def forget() -> None:
    """Drop all feeds: the database was replaced."""
    _feeds.clear()
