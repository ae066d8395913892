"""Comparison of two moments of one host: grouped findings, with counts on top and noise folded. Pure.

What one side could not see is listed, and never counted as gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from inspector.analysis.compare.differences import find_all
from inspector.analysis.compare.findings import TITLES, Finding, Fold, Group, GroupName, Passed
from inspector.analysis.compare.headlines.find_headlines import find_headlines
from inspector.analysis.compare.headlines.headline import Headline
from inspector.analysis.compare.headlines.runs import Runs
from inspector.analysis.compare.noise import Folding, fold
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.search import EVERYTHING, Search, searcher_of
from inspector.analysis.compare.sides import Side
from inspector.facts.types import Count, Fact, Key

SCHEMA: Final = 1


class Which(Fact, frozen=True):
    """The host that is compared."""

    id: Key
    hostname: str


class Moment(Fact, frozen=True):
    """One of the two moments."""

    seq: int
    taken_at: str  # ISO 8601 with zone
    boot_id: str
    processes: Count
    containers: Count


class Comparison(Fact, frozen=True, rename={"before": "from", "after": "to"}):
    """What ``compare/report`` and ``manage.py compare --json`` give: see ``docs/protocol.md``."""

    schema: int
    host: Which
    before: Moment
    after: Moment
    rebooted: bool
    changed: bool  # whether anything differs, folded or not
    headlines: tuple[Headline, ...]  # what a person should read first
    counts: dict[str, dict[str, int]]  # group → kind → number, with what is folded
    groups: tuple[Group, ...]
    folded: tuple[Fold, ...]
    passed: Passed
    folding: Folding
    search: str = ""  # what was searched for: other differences are left out

    def __bool__(self) -> bool:
        return self.changed


def compare(
    before: Side,
    after: Side,
    folding: Folding | None = None,
    short: Collection[Key] = (),
    passed: Passed | None = None,
    runs: Mapping[Key, Runs] | None = None,
    search: Search = EVERYTHING,
) -> Comparison:
    """Compare two sides.

    :param short: the processes that were seen for less than ``folding.short_s``; history says which.
    :param passed: processes that came and went between the two, which neither side shows.
    :param runs: how often containers restarted in between; history says it.
    :param search: which differences are asked for; the others are as if they were not there.

    Cost: by the number of differences; 2,000 changed processes with 13,000 links take some 50 ms.
    """
    folding = folding or Folding()
    pair = Pair(before, after)
    everything, searcher = list(find_all(pair)), searcher_of(pair, search)
    found = [finding for finding in everything if searcher.finds(finding)] if search.terms else everything
    listed, folded = fold(found, pair, folding, short)
    return Comparison(
        schema=SCHEMA,
        host=Which(after.host.machine_id, after.host.hostname),
        before=_moment(before),
        after=_moment(after),
        rebooted=pair.rebooted,
        changed=bool(found),
        headlines=searcher.headlines(find_headlines(pair, everything, runs or {}), found),
        counts=_count(found),
        groups=tuple(_group(listed)),
        folded=folded,
        passed=passed or Passed(),
        folding=folding,
        search=search.text,
    )


def shorten(comparison: Comparison) -> Comparison:
    """The comparison in brief: headlines and counts, without findings, folds and groups of passed processes."""
    passed = msgspec.structs.replace(comparison.passed, groups=())
    return msgspec.structs.replace(comparison, groups=(), folded=(), passed=passed)


def findings_of(comparison: Comparison) -> Iterable[Finding]:
    """The findings that are listed, group by group."""
    return (finding for group in comparison.groups for finding in group.findings)


def _moment(side: Side) -> Moment:
    return Moment(side.seq, side.taken_at, side.host.boot_id, side.seen, len(side.containers))


def _count(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for (group, kind), count in Counter((finding.group, finding.kind) for finding in findings).items():
        counts.setdefault(group, {})[kind] = count
    return counts


def _group(findings: Iterable[Finding]) -> Iterable[Group]:
    groups: dict[GroupName, list[Finding]] = {name: [] for name in TITLES}
    for finding in findings:
        groups[finding.group].append(finding)
    return (Group(name, TITLES[name], tuple(items)) for name, items in groups.items() if items)
