"""Coverage: what one side could not see. It is unknown, and is never counted as gone. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from inspector.analysis.compare.find_containers import LIFE, describe_container, is_known, is_undescribed, say_chain
from inspector.analysis.compare.find_namespaces import about_namespace, seen_on_one_side
from inspector.analysis.compare.find_processes import is_unread
from inspector.analysis.compare.findings import Finding, about_container, about_process, command_of, text_of
from inspector.analysis.compare.pair import Pair
from inspector.facts.types import Container, Gap


def find_coverage(pair: Pair) -> Iterator[Finding]:
    """What one side could not see. It may have been there nevertheless."""
    yield from _unread_links(pair)
    yield from _unread_fields(pair)
    yield from _unseen_spaces(pair)
    yield from _undescribed_containers(pair)
    yield from _undescribed_fields(pair)
    yield from _uncounted_processes(pair)
    yield from _find_gaps(pair)


def _seen(before: Any) -> str:
    return "unseen" if before is not None else "seen-again"


def _unread_links(pair: Pair) -> Iterator[Finding]:
    for _, new, kind, before, after in pair.half_read:
        texts = {"before": pair.old.describe(before), "after": pair.new.describe(after)}
        keys = {"before_key": before, "after_key": after, "type": kind}
        yield about_process(new, pair.title(new.container), "coverage", _seen(before), **texts, **keys)


def _unread_fields(pair: Pair) -> Iterator[Finding]:
    for old, new in pair.stayed:
        for name in ("uid", "cgroup", "container"):
            first, second = getattr(old, name), getattr(new, name)
            if first != second and is_unread(old, new, name):
                texts = {"field": name, "before": text_of(first), "after": text_of(second)}
                kind = _seen(old.uid if name == "uid" else old.cgroup)
                yield about_process(new, pair.title(new.container), "coverage", kind, **texts)


def _unseen_spaces(pair: Pair) -> Iterator[Finding]:
    again, unseen = seen_on_one_side(pair)
    for key in sorted(unseen & pair.old.spaces.keys()):
        yield about_namespace(pair, "unseen", pair.old.spaces[key], None, group="coverage")
    for key in sorted(again & pair.new.spaces.keys()):
        yield about_namespace(pair, "seen-again", None, pair.new.spaces[key], group="coverage")


def _undescribed_containers(pair: Pair) -> Iterator[Finding]:
    """Containers, and their descriptions, where no engine answered on one side."""
    old, new = pair.old.containers, pair.new.containers
    for key in sorted(old.keys() ^ new.keys()):
        before, after = old.get(key), new.get(key)
        if is_undescribed(pair, before, after):
            container = after or before
            assert container is not None
            texts = {"before": describe_container(before), "after": describe_container(after)}
            yield about_container(container, "coverage", _seen(before), **texts)
    for first, second in pair.lived_on:
        if (first.declared is None) != (second.declared is None):
            told = [describe_container(item if item.declared is not None else None) for item in (first, second)]
            texts = {"before": told[0], "after": told[1]}
            yield about_container(second, "coverage", _seen(first.declared), field="declared", **texts)


def _undescribed_fields(pair: Pair) -> Iterator[Finding]:
    """What only one side knows of a container that neither began nor ended: its state, its init, its chain."""
    for first, second in pair.lived_on:
        for name in LIFE if first != second and second.id not in pair.explained else ():
            values = [getattr(item, name) for item in (first, second)]
            if is_known(values[0]) != is_known(values[1]):
                yield _half_known(second, name, *(text_of(value) or None for value in values))
    old, new = pair.old.own_chains, pair.new.own_chains
    for key in sorted((old.keys() ^ new.keys()) - pair.explained):
        chains = [say_chain(side[key]) if key in side else None for side in (old, new)]
        if key in pair.new.containers:
            yield _half_known(pair.new.containers[key], "chain", *chains)


def _half_known(container: Container, name: str, before: str | None, after: str | None) -> Finding:
    kind = "unseen" if before is not None else "seen-again"
    return about_container(container, "coverage", kind, field=name, before=before, after=after)


def _uncounted_processes(pair: Pair) -> Iterator[Finding]:
    """Processes of one side, where the other side could not count its processes."""
    for process in pair.came if pair.lacks(pair.old, "proc") else ():
        facts = {"after": command_of(process)}
        yield about_process(process, pair.title(process.container), "coverage", "seen-again", **facts)
    for process in pair.went if pair.lacks(pair.new, "proc") else ():
        facts = {"before": command_of(process)}
        yield about_process(process, pair.title(process.container), "coverage", "unseen", **facts)
    surplus = (pair.new.seen - pair.old.seen) - (len(pair.came) - len(pair.went))
    if surplus:
        kind = "regained" if surplus > 0 else "lost"
        yield Finding("coverage", kind, name="processes", before=str(pair.old.seen), after=str(pair.new.seen))


def _find_gaps(pair: Pair) -> Iterator[Finding]:
    """Gaps that began and ended, by kind. A gap of a process that came or went belongs to that process."""
    passing = {process.pid for process in (*pair.came, *pair.went)}
    lost, regained = (_count_gaps(side.own_gaps, passing) for side in (pair.new, pair.old))
    for (what, why, scope), number in sorted(lost.items()):
        yield Finding("coverage", "lost", name=what, field=why, after=scope.format(number))
    for (what, why, scope), number in sorted(regained.items()):
        yield Finding("coverage", "regained", name=what, field=why, before=scope.format(number))


def _count_gaps(gaps: Iterable[Gap], passing: Collection[int]) -> Counter[tuple[str, str, str]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for gap in gaps:
        if gap.pid is None or gap.pid not in passing:
            counts[gap.what, gap.why, "of the host" if gap.pid is None else "processes: {}"] += 1
    return counts
