"""Comparison from history: the two sides, read without two whole states.

It reads the rows that began or ended between the two moments, all containers and namespaces of one side, and the home
process of each running container. ``sides.py`` makes the same sides from whole states.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from inspector.analysis.compare.comparison import Comparison, compare
from inspector.analysis.compare.headlines.from_history import read_runs
from inspector.analysis.compare.homes import lists_all, read_homes
from inspector.analysis.compare.noise import Folding
from inspector.analysis.compare.passed import read_passed
from inspector.analysis.compare.search import EVERYTHING, Search, Searcher
from inspector.analysis.compare.short_lived import read_short
from inspector.analysis.compare.sides import Holders, Side, held_among
from inspector.facts.moments import format_instant
from inspector.facts.types import Container, Key, Namespace, Process
from inspector.history import hosts, intervals
from inspector.history.queries.inhabited import count_inhabited
from inspector.history.rows import CHAINS, CONTAINERS, GAPS, NAMESPACES, PROCESSES, Translator
from inspector.history.snapshots import holding
from inspector.history.states import info_at
from inspector.models import Host, Snapshot


class Own(NamedTuple):
    """Facts of one kind by identity: those that only one side has, or that differ."""

    sides: tuple[dict[Any, Any], dict[Any, Any]]
    touched: frozenset[Any]  # also those that changed in between and changed back


def compare_between(
    host: Host | str, before: int, after: int, folding: Folding | None = None, search: Search = EVERYTHING
) -> Comparison:
    """Compare the states at two seqs, in either order.

    :param search: which differences are asked for.

    :raises NoSuchSnapshot: history does not hold one of them.

    Cost at 10,000 processes: two moments a busy hour apart (7,200 changes) take some 100 ms, quiet ones 15 ms.
    """
    host, folding = hosts.get(host), folding or Folding()
    first, second = (holding(host, seq) for seq in sorted((before, after)))
    own = read_own(PROCESSES, host.pk, first.seq, second.seq)
    sides = read_sides(host, first, second, own)
    alone = own.sides[0].keys() ^ own.sides[1].keys()
    short = read_short(host, first, second, alone, folding.short) if not folding.all else set()
    passed = read_passed(host, sides, own.touched, folding.short, Searcher(search, sides))
    forward = before <= after
    runs = read_runs(host, *sides) if forward else {}
    return compare(*(sides if forward else sides[::-1]), folding, short, passed, runs, search)


def read_sides(host: Host, first: Snapshot, second: Snapshot, own: Own) -> tuple[Side, Side]:
    """The two sides, the earlier one first. ``own`` holds the processes that differ."""
    span = host.pk, first.seq, second.seq
    chains, gaps = read_own(CHAINS, *span), read_own(GAPS, *span)
    containers, spaces = _both(CONTAINERS, *span), _both(NAMESPACES, *span)
    homes = read_homes(host, first.seq, containers[0], {})
    kept = {key: home for key, home in homes.items() if _stays(key, home, containers, own)}
    dwellings = homes, read_homes(host, second.seq, containers[1], kept)

    def side(place: int, snapshot: Snapshot) -> Side:
        return Side(
            seq=snapshot.seq,
            taken_at=format_instant(snapshot.taken_at),
            host=info_at(host, snapshot.seq),
            seen=snapshot.processes,
            containers=containers[place],
            spaces=spaces[place],
            homes=dwellings[place],
            own=own.sides[place],
            own_chains=chains.sides[place],
            own_gaps=frozenset(gaps.sides[place]),
            holders=Holders(dwellings[place]),
            complete=lists_all(host, snapshot.seq),
            deserted=_deserted(host, snapshot.seq, spaces[place], own.sides[place], own.sides[1 - place]),
        )

    return side(0, first), side(1, second)


def _deserted(
    host: Host, seq: int, spaces: dict[Key, Namespace], own: dict[Key, Process], others: dict[Key, Process]
) -> frozenset[Key]:
    """The held namespaces that processes of the other side lived in, and none does here."""
    here, there = ({key for one in some.values() for key in one.namespaces.known()} for some in (own, others))
    left = held_among(there - here, spaces)
    return left.difference(*(each.known() for each in count_inhabited(host, seq))) if left else left


def read_own(kind: Translator[Any], host: int, first: int, second: int) -> Own:
    """The facts that began or ended in between. A fact that changed back does not differ."""
    ended, began = intervals.touched(kind, host, first, second)
    before, after = ({kind.identity(fact): fact for fact in facts} for facts in (ended, began))
    touched = frozenset(before.keys() | after.keys())
    for key in [key for key in before.keys() & after.keys() if before[key] == after[key]]:
        del before[key], after[key]
    return Own((before, after), touched)


def _both(kind: Translator[Any], host: int, first: int, second: int) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """All facts of a kind on both sides. Those of the second follow from the first and what differs."""
    held = {kind.identity(fact): fact for fact in intervals.holding_at(kind, host, first)}
    gone, new = read_own(kind, host, first, second).sides
    return held, {key: fact for key, fact in held.items() if key not in gone} | new


def _stays(key: Key, home: Process, containers: tuple[dict[Key, Container], dict[Key, Container]], own: Own) -> bool:
    """Whether the home stays the same on the second side: neither container nor process was touched."""
    before, after = containers[0][key], containers[1].get(key)
    return before == after and home.pid == before.init_pid and home.key not in own.touched
