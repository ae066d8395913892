"""Entries of the feed: what can happen on a host, and how one entry is made. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from inspector.analysis.compare.findings import HOST, Finding
from inspector.analysis.compare.pair import Pair
from inspector.analysis.compare.sides import Side
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Fact, Key

Kind = Literal[
    "boot",
    "host-changed",
    "container-created",
    "container-started",
    "container-stopped",
    "container-restarted",
    "container-removed",
    "container-renamed",
    "container-reconfigured",
    "container-changed",
    "exec",
    "ran",
    "sharing-began",
    "sharing-ended",
    "capabilities-gained",
    "namespace-joined",
    "namespace-created",
    "namespace-left",
    "namespace-recreated",
    "namespace-orphaned",
    "namespace-released",
    "isolate-began",
    "isolate-ended",
    "left-behind",
    "joined-again",
    "gap-began",
    "gap-ended",
    "agent-away",
    "agent-back",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_NAMES: Final = {"before": "from", "after": "to", "partners": "with", "partner_names": "with_names"}
_FROM_FINDING: Final = (
    "container", "where", "key", "pid", "inside", "name", "field", "before", "after", "partners",
    "exit_code", "oom_killed", "mend",
)  # fmt: skip


class Entry(Fact, frozen=True, rename=_NAMES):
    """Something that happened. ``before`` and ``after`` are text; ``None`` is unknown or not there.

    ``times`` says how often it happened: first at ``first_seq``, last at ``seq``.
    """

    seq: int
    at: str  # ISO 8601 with zone, by the agent's clock
    kind: Kind
    container: Key | None = None
    where: str = HOST  # title of that container
    key: str = ""  # of the process, namespace or container
    pid: int | None = None
    inside: int | None = None  # the pid in the innermost pid namespace, where that is another one
    name: str = ""
    types: tuple[NamespaceType, ...] = ()
    field: str | None = None
    before: str | None = None
    after: str | None = None
    partners: tuple[Key, ...] = ()  # ids of containers, or "host"
    partner_names: tuple[str, ...] = ()
    noise: bool = False
    times: int = 1
    first_seq: int = 0
    first_at: str = ""
    exit_code: int | None = None  # of a container that stopped
    oom_killed: bool | None = None
    mend: str | None = None  # what to do about it, with the command


class Feed(Fact, frozen=True, tag="feed"):
    """The entries of one snapshot, as they are sent to pages."""

    seq: int
    entries: tuple[Entry, ...]
    names: dict[Key, str] = {}  # of containers whose names were reported late; earlier entries hold their short ids
    images: dict[Key, str] = {}  # of those; earlier entries say that the image is unknown


def in_order(entry: Entry) -> tuple[int, int]:
    """The order of entries, oldest first. Within a snapshot the agent comes back first, and goes away last."""
    return entry.seq, {"agent-back": 0, "agent-away": 2}.get(entry.kind, 1)


def make_entry(side: Side, kind: Kind, **facts: object) -> Entry:
    """An entry of the snapshot that is the newer side."""
    return Entry(side.seq, side.taken_at, kind, first_seq=side.seq, first_at=side.taken_at, **facts)  # type: ignore[arg-type]


def entry_from(pair: Pair, finding: Finding, kind: Kind, **facts: object) -> Entry:
    """An entry with what a finding says. ``facts`` add to it, or replace it."""
    said: dict[str, object] = {name: getattr(finding, name) for name in _FROM_FINDING}
    return make_entry(pair.new, kind, **(said | facts))


def make_ran(seq: int, at: str, container: Key | None, where: str, name: str, times: int) -> Entry:
    """An entry that counts processes of one name that ended after a short time."""
    return Entry(seq, at, "ran", container, where, name=name, noise=True, times=times, first_seq=seq, first_at=at)


def types_of(findings: Iterable[Finding]) -> tuple[NamespaceType, ...]:
    """The namespace types of these findings, each once."""
    return tuple(dict.fromkeys(finding.type for finding in findings if finding.type is not None))
