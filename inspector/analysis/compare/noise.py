"""Noise of a comparison: counted instead of listed, unless the reader asks for everything. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from fnmatch import translate
from typing import Final

from inspector.analysis.compare.find_sharing import is_usual_start
from inspector.analysis.compare.findings import HOST, Finding, Fold, GroupName, Why
from inspector.analysis.compare.pair import Pair
from inspector.facts.types import Fact, Key, Process

PATTERNS: Final = (
    "*healthcheck*",
    "*health-check*",
    "*health_check*",
    "*/health",
    "*/healthz*",
    "*/livez*",
    "*/readyz*",
    "*pg_isready*",
    "*redis-cli*ping*",
    "*mysqladmin*ping*",
)
"""Command lines of health checks, as images and Compose files commonly have them."""

SHORT_S: Final = 10.0
MOST_PATTERNS: Final = 50
LONGEST_PATTERN: Final = 200
LONGEST_SHORT_S: Final = 86400.0

_FOLDABLE: Final[frozenset[GroupName]] = frozenset(("processes", "moved", "coverage"))
_ANEW: Final[frozenset[GroupName]] = frozenset(("processes", "namespaces", "isolated"))

Reason = tuple[Why, str | None]
Place = tuple[Why, str, Key | None, str, str]


class Folding(Fact, frozen=True):
    """What is folded. fnmatch patterns, matched case-sensitively against the full command line."""

    patterns: tuple[str, ...] = PATTERNS
    short_s: float = SHORT_S  # seconds
    all: bool = False  # nothing is folded

    @property
    def short(self) -> timedelta:
        """What counts as a short time."""
        return timedelta(seconds=self.short_s)

    @classmethod
    def make(cls, patterns: Iterable[str], short_s: float = SHORT_S, all: bool = False) -> Folding:
        """From options: no pattern means the default ones, an empty pattern means none.

        :raises ValueError: too many or too long patterns, or no length of time.
        """
        given = list(patterns)
        if len(given) > MOST_PATTERNS or any(len(pattern) > LONGEST_PATTERN for pattern in given):
            raise ValueError(f"at most {MOST_PATTERNS} patterns of at most {LONGEST_PATTERN} characters")
        if not 0 <= short_s <= LONGEST_SHORT_S:
            raise ValueError(f"a short time is from 0 to {LONGEST_SHORT_S:g} seconds")
        return cls(tuple(filter(None, given)) if given else PATTERNS, short_s, all)


class Pattern:
    """One pattern of command lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rule = re.compile(translate(text))
        self.literal = "" if "[" in text else max(re.split(r"[*?]", text), key=len)

    def match(self, command: str) -> bool:
        """Whether the pattern matches the full command line. The longest literal part is tried first."""
        return self.literal in command and self.rule.match(command) is not None


class Matcher:
    """Which of several patterns a command line is of."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = [Pattern(text) for text in patterns if text]
        self.known: dict[tuple[str, ...], str | None] = {}

    def match(self, process: Process) -> str | None:
        """The first pattern that fits. Cost: one look-up for a command line that was seen before."""
        command = process.cmdline or (process.comm,)
        if command not in self.known:
            text = " ".join(command)
            self.known[command] = next((item.text for item in self.patterns if item.match(text)), None)
        return self.known[command]


def fold(
    findings: Iterable[Finding], pair: Pair, folding: Folding, short: Collection[Key] = ()
) -> tuple[list[Finding], tuple[Fold, ...]]:
    """Split findings into those that are listed and those that are counted.

    :param short: the processes that were seen for a short time only.
    """
    if folding.all:
        return list(findings), ()
    reasons = {} if pair.rebooted else _find_reasons(pair, folding, short)
    listed: list[Finding] = []
    counts: dict[Place, Counter[str]] = {}
    for finding in findings:
        reason = _reason(finding, pair, reasons)
        if reason is None:
            listed.append(finding)
            continue
        place = _place(finding, *reason)
        counts.setdefault(place, Counter())[finding.kind] += 1
    return listed, tuple(_fold(*item) for item in sorted(counts.items(), key=_fold_order))


def _place(finding: Finding, why: Why, pattern: str | None) -> Place:
    """What a finding is counted with: with others of its container and name, or of its type on the whole host."""
    if why == "usual":
        return why, "", None, HOST, f"{finding.type} namespace"
    name = finding.group if why == "rebooted" else finding.name
    return why, pattern or "", finding.container, finding.where, name


def _find_reasons(pair: Pair, folding: Folding, short: Collection[Key]) -> Mapping[Key, Reason]:
    matcher = Matcher(folding.patterns)
    found: dict[Key, Reason] = dict.fromkeys(short, ("short-lived", None))
    alone = ((process, process) for process in (*pair.came, *pair.went))
    for before, after in (*alone, *pair.stayed):
        pattern = matcher.match(after)
        if pattern is not None and matcher.match(before) is not None:
            found[after.key] = "pattern", pattern
    return found


def _reason(finding: Finding, pair: Pair, reasons: Mapping[Key, Reason]) -> Reason | None:
    if finding.group == "sharing":
        return ("usual", None) if is_usual_start(pair, finding) else None
    if pair.rebooted:
        return ("rebooted", None) if finding.group in _ANEW else None
    return reasons.get(finding.key) if finding.group in _FOLDABLE else None


def _fold_order(item: tuple[Place, Counter[str]]) -> tuple[str, str, bool, str, str]:
    why, pattern, container, where, name = item[0]
    return why, pattern, container is not None, where + (container or ""), name


def _fold(place: Place, counts: Counter[str]) -> Fold:
    why, pattern, container, where, name = place
    return Fold(why, pattern or None, container, where, name, dict(sorted(counts.items())))
