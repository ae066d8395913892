"""The headlines of a comparison: one for each container to which something happened. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from inspector.analysis.compare.findings import Finding, GroupName
from inspector.analysis.compare.headlines.changes import find_changes
from inspector.analysis.compare.headlines.exposure import find_exposure
from inspector.analysis.compare.headlines.headline import KINDS, LIFE, Clause, Headline, Part
from inspector.analysis.compare.headlines.replaced import find_replaced
from inspector.analysis.compare.headlines.runs import Runs, find_life
from inspector.analysis.compare.pair import Pair
from inspector.facts.compose import project_of
from inspector.facts.types import Container, Key

GROUPS: Final[frozenset[GroupName]] = frozenset(("containers", "limits", "sharing", "left"))
"""The groups whose findings are about a container. What has none of them gives no headline."""


def find_headlines(pair: Pair, found: Iterable[Finding], runs: Mapping[Key, Runs]) -> tuple[Headline, ...]:
    """One headline for each container: those of one project together, the gravest first.

    :param found: every finding about a container; a headline says nothing that no finding says.
    :param runs: what history says of containers that restarted.
    """
    about: dict[Key, list[Finding]] = {}
    for finding in found:
        if finding.group in GROUPS and finding.container is not None:
            about.setdefault(finding.container, []).append(finding)
    replaced = _find_replaced(pair, about)
    later = [key for key in about if key not in replaced.values()]
    told = (_headline(pair, key, replaced, about, runs) for key in later)
    return sort_headlines(headline for headline in told if headline.clauses)


def sort_headlines(headlines: Iterable[Headline]) -> tuple[Headline, ...]:
    """The project with the gravest headline first, those without a project last; in each the gravest first."""
    listed = list(headlines)
    ranks: dict[str, int] = {}
    for item in listed:
        ranks[item.project] = min(item.rank, ranks.get(item.project, len(KINDS)))
    return tuple(
        sorted(
            listed,
            key=lambda item: (
                not item.project,
                ranks[item.project],
                item.project,
                item.rank,
                _natural(item.name),
                item.container,
            ),
        )
    )


def _natural(name: str) -> list[str | int]:
    """A key that sorts web-2 before web-10."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]{1,9})", name))]


def _find_replaced(pair: Pair, about: Mapping[Key, list[Finding]]) -> dict[Key, Key]:
    old, new = pair.old.containers, pair.new.containers
    gone = [key for key, items in about.items() if key not in new and _kinds(items) & {"stopped", "removed"}]
    came = [key for key, items in about.items() if key not in old and _kinds(items) & {"started", "created"}]
    return find_replaced(pair, gone, came)


def _kinds(findings: Iterable[Finding]) -> set[str]:
    return {finding.kind for finding in findings if finding.group == "containers"}


def _headline(
    pair: Pair,
    key: Key,
    replaced: Mapping[Key, Key],
    about: Mapping[Key, list[Finding]],
    runs: Mapping[Key, Runs],
) -> Headline:
    earlier = replaced.get(key)
    before, after = pair.old.containers.get(earlier or key), pair.new.containers.get(key)
    items = [*about[key], *about.get(earlier or "", ())]
    clauses = [
        *find_life(before, after, _kinds(items), runs),
        *find_exposure(pair, before, after, replaced),
        *find_changes(pair, before, after),
        *_left(pair, items),
    ]
    known: Container | None = after or before
    return Headline(project_of(known), pair.title(key), key, earlier, tuple(sorted(clauses, key=_clause_order)))


def _left(pair: Pair, findings: Iterable[Finding]) -> Iterator[Clause]:
    for kind, clause in (("began", "left"), ("ended", "mended")):
        parts = [
            Part("left", types=(item.type,) if item.type else (), names=tuple(map(pair.title, item.partners)))
            for item in findings
            if item.group == "left" and item.kind == kind
        ]
        if parts:
            yield Clause(clause, parts=tuple(parts))  # type: ignore[arg-type]


def _clause_order(clause: Clause) -> tuple[bool, int]:
    return clause.kind not in LIFE, KINDS.index(clause.kind)
