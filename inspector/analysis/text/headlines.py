"""Headlines as sentences, one line for each, under the projects that they belong to. Pure.

``static/dashboard/model/report/headlines.js`` says the same; ``tests/fixtures/headlines.json`` holds both to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from inspector.analysis.compare.headlines.headline import KINDS, Clause, ClauseKind, Headline, Part
from inspector.analysis.compare.sides import enumerate_titles
from inspector.analysis.text.escape import Rule
from inspector.analysis.text.left import say_left
from inspector.analysis.text.values import LIMITS, NONE, say_value

CLAUSES: Final[Mapping[ClauseKind, tuple[str, str]]] = {
    "exposed": ("is newly exposed", "are newly exposed"),
    "shared": ("is no longer isolated", "are no longer isolated"),
    "left": ("is left behind", "are left behind"),
    "unhealthy": ("is unhealthy", "are unhealthy"),
    "restarted": ("restarted {count} times", "restarted {count} times"),
    "stopped": ("stopped", "stopped"),
    "gone": ("is gone", "are gone"),
    "recreated": ("was recreated", "were recreated"),
    "new": ("is new", "are new"),
    "started": ("started", "started"),
    "joined": ("is not isolated", "are not isolated"),
    "limits": ("has other limits", "have other limits"),
    "isolated": ("is better isolated", "are better isolated"),
    "mended": ("is no longer left behind", "are no longer left behind"),
    "changed": ("changed", "changed"),
}
"""What each clause says of one container, and of several."""

COUNTS: Final[Mapping[ClauseKind, str]] = {
    "exposed": "{count} newly exposed",
    "shared": "{count} no longer isolated",
    "left": "{count} left behind",
    "unhealthy": "{count} unhealthy",
    "restarted": "{count} restarted",
    "stopped": "{count} stopped",
    "gone": "{count} gone",
    "recreated": "{count} recreated",
    "new": "{count} new",
    "started": "{count} started",
    "joined": "{count} new and not isolated",
    "limits": "{count} with other limits",
    "isolated": "{count} better isolated",
    "mended": "{count} no longer left behind",
    "changed": "{count} changed otherwise",
}
"""How many containers each kind of clause is said of."""

TYPES: Final[Mapping[str, str]] = {
    "mnt": "mount",
    "uts": "UTS",
    "ipc": "IPC",
    "pid": "PID",
    "net": "network",
    "user": "user",
    "cgroup": "cgroup",
    "time": "time",
}
"""The namespace types as they stand in a sentence."""

FIELDS: Final[Mapping[str, str]] = {
    **LIMITS,
    "declared.network": "network mode",
    "declared.pid": "PID mode",
    "declared.ipc": "IPC mode",
    "declared.uts": "UTS mode",
    "declared.userns": "user mode",
    "declared.cgroupns": "cgroup mode",
    "declared.privileged": "privileged",
    "declared.cap_add": "capabilities added",
    "declared.cap_drop": "capabilities dropped",
    "ports": "published ports",
}
"""What the fields that can change are called; others go by their own name."""

MOST_NAMES: Final = 3
MOST: Final = 16  # lines


class Line(NamedTuple):
    """One line of the first screen."""

    text: str
    heading: bool = False  # the name of a project
    keys: tuple[str, ...] = ()  # the containers that it is about


def sum_up_headlines(headlines: Sequence[Headline]) -> str:
    """How many containers each kind is said of: "1 newly exposed, 2 recreated, 3 new"; empty for none."""
    counts = Counter(kind for headline in headlines for kind in counted_kinds(headline))
    return ", ".join(COUNTS[kind].format(count=counts[kind]) for kind in KINDS if counts[kind])


def counted_kinds(headline: Headline) -> set[ClauseKind]:
    """The kinds that a headline is counted under: what else changed is counted only where nothing graver did."""
    kinds = set(headline.kinds)
    return kinds - {"changed"} if len(kinds) > 1 else kinds


def say_headlines(headlines: Sequence[Headline], rule: Rule, most: int | None = MOST) -> list[Line]:
    """The lines, at most ``most``: containers of which the same is said share one, with fewer details if need be."""
    lines = _write(headlines, _exactly, rule)
    if most is None or len(lines) <= most:
        return lines
    lines = _write(headlines, _roughly, rule)
    return lines if len(lines) <= most else _cut(lines, most)


def say_headline(headlines: Sequence[Headline], rule: Rule) -> str:
    """One sentence about one container, or about several of which the same is said."""
    name = enumerate_titles([rule(item.name) for item in headlines], MOST_NAMES)
    alike = len({item.clauses for item in headlines}) == 1
    clauses = (say_clause(clause, len(headlines), rule, alike) for clause in headlines[0].clauses)
    return f"{name} {'; '.join(clauses)}"


def say_clause(clause: Clause, count: int, rule: Rule, alike: bool = True) -> str:
    """What happened to ``count`` containers. Where it is not alike for all of them, the details are left out."""
    text = CLAUSES[clause.kind][count > 1]
    if clause.kind == "restarted":
        times = clause.times if alike else None
        text = "restarted" if times in (None, 1) else text.format(count=times)
    parts = ", ".join(say_part(part, rule) for part in clause.parts) if alike else ""
    return f"{text}: {parts}" if parts else text


def say_part(part: Part, rule: Rule) -> str:
    """One detail of a clause."""
    types = enumerate_titles([TYPES[kind] for kind in part.types], len(TYPES)) if part.types else ""
    names = enumerate_titles([rule(name) for name in part.names], MOST_NAMES) if part.names else ""
    match part.what:
        case "host":
            return f"{types} shared with the host"
        case "others":
            return f"{types} shared with {names}"
        case "not-host":
            return f"{types} no longer shared with the host"
        case "not-others":
            return f"{types} no longer shared with {names}"
        case "left":
            return say_left(next(iter(part.types), None), next(iter(part.names), ""), rule)
        case "ports":
            return f"{names} published"
        case "privileged":
            return "privileged"
        case "capabilities":
            return f"capabilities {names}"
        case "exit":
            return f"exit {names}"
        case "oom":
            return "out of memory"
        case "idle":
            return "not running"
        case "more":
            return f"and {names} more"
        case "field":
            return _say_difference(part, rule)


def _say_difference(part: Part, rule: Rule) -> str:
    field = part.field or ""
    outer, _, name = field.partition(".")
    called = f"label {rule(name)}" if outer == "labels" else FIELDS.get(field, field)
    ends = (say_value(field, text, rule, NONE) if text != "" else "default" for text in (part.before, part.after))
    return f"{called} {' → '.join(ends)}"


def _exactly(headline: Headline) -> object:
    return headline.clauses


def _roughly(headline: Headline) -> object:
    return headline.kinds


def _write(headlines: Sequence[Headline], alike: Callable[[Headline], object], rule: Rule) -> list[Line]:
    lines: list[Line] = []
    for project, members in groupby(headlines, key=lambda item: item.project):
        if project or lines:
            lines.append(Line(rule(project) if project else "no project", heading=True))
        sets: dict[object, list[Headline]] = {}
        for headline in members:
            sets.setdefault(alike(headline), []).append(headline)
        lines += (
            Line(say_headline(some, rule), False, tuple(one.container for one in some)) for some in sets.values()
        )
    return lines


def _cut(lines: list[Line], most: int) -> list[Line]:
    """The first lines, and how many containers the others are about."""
    kept = lines[: most - 1]
    while kept and kept[-1].heading:
        kept.pop()
    rest = sum(len(line.keys) for line in lines[len(kept) :])
    return [*kept, Line(f"and {rest} more container{'s' * (rest > 1)}")]
