"""Which findings headlines tell: a reader of the headlines needs those only as a number. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inspector.analysis.compare.findings import Finding, GroupName
from inspector.analysis.compare.headlines.headline import LIFE, ClauseKind, Headline
from inspector.facts.types import Key

_BY_CLAUSE: Final[dict[GroupName, frozenset[ClauseKind]]] = {
    "limits": frozenset(("limits",)),
    "sharing": frozenset(("exposed", "shared", "joined", "isolated")),
}


class Told:
    """What some headlines tell."""

    def __init__(self, headlines: Iterable[Headline]) -> None:
        self._by_key: dict[Key, Headline] = {}
        for headline in headlines:
            for key in (headline.container, headline.earlier):
                if key is not None:
                    self._by_key[key] = headline

    def tells(self, finding: Finding) -> bool:
        """Whether a headline tells this finding, or explains it by the life of its container."""
        headline = self._by_key.get(finding.container or "")
        if headline is None or finding.group == "left":  # the finding says how to mend it
            return False
        if not LIFE.isdisjoint(headline.kinds):
            return True
        if finding.group == "containers":
            if finding.field == "health" and "unhealthy" in headline.kinds:
                return True
            return finding.field in {part.field for clause in headline.clauses for part in clause.parts}
        return not _BY_CLAUSE.get(finding.group, frozenset()).isdisjoint(headline.kinds)
