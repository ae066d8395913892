"""Headlines: what happened to each container between two moments, in clauses that become one sentence. Pure.

The shapes are public: ``docs/protocol.md`` describes them under "Comparison report".
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Fact, Key

ClauseKind = Literal[
    "exposed",
    "shared",
    "left",
    "unhealthy",
    "restarted",
    "stopped",
    "gone",
    "recreated",
    "new",
    "started",
    "joined",
    "limits",
    "isolated",
    "mended",
    "changed",
]
PartKind = Literal[
    "host",
    "others",
    "not-host",
    "not-others",
    "left",
    "ports",
    "privileged",
    "capabilities",
    "exit",
    "oom",
    "idle",
    "field",
    "more",
]

KINDS: Final[tuple[ClauseKind, ...]] = get_args(ClauseKind)
"""The gravest first: in this order headlines are listed and counted."""

LIFE: Final[frozenset[ClauseKind]] = frozenset(("restarted", "stopped", "gone", "recreated", "new", "started"))
"""The clauses that begin a sentence. They explain new processes, namespaces and sharing."""


class Part(Fact, frozen=True, rename={"before": "from", "after": "to"}):
    """One detail of a clause. ``before`` and ``after`` are text; ``None`` is none."""

    what: PartKind
    types: tuple[NamespaceType, ...] = ()
    names: tuple[str, ...] = ()  # containers, ports or capabilities; the exit code; how many more there are
    field: str | None = None
    before: str | None = None
    after: str | None = None


class Clause(Fact, frozen=True):
    """One thing that happened to a container."""

    kind: ClauseKind
    times: int | None = None  # how often it restarted; None: it is not known
    parts: tuple[Part, ...] = ()


class Headline(Fact, frozen=True):
    """Everything that a person should read first about one container."""

    project: str  # of Compose; empty for none
    name: str
    container: Key
    earlier: Key | None  # of a container that was recreated: the one that it replaced
    clauses: tuple[Clause, ...]  # its life first, then the gravest first

    @property
    def kinds(self) -> tuple[ClauseKind, ...]:
        """The kinds of its clauses."""
        return tuple(clause.kind for clause in self.clauses)

    @property
    def rank(self) -> int:
        """How grave it is; 0 is the gravest."""
        return min(KINDS.index(kind) for kind in self.kinds)
