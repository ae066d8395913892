"""Findings: each is one thing that differs. A comparison lists some and counts the others. Pure.

The shapes are public: ``docs/protocol.md`` describes them under "Comparison report".
"""

from __future__ import annotations

from typing import Any, Final, Literal

from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Fact, Key, Process

GroupName = Literal[
    "host", "containers", "limits", "sharing", "left", "moved", "isolated", "namespaces", "processes", "coverage"
]
Why = Literal["pattern", "short-lived", "usual", "rebooted"]

TITLES: Final[dict[GroupName, str]] = {
    "host": "Host",
    "containers": "Containers",
    "limits": "Limits",
    "sharing": "Sharing",
    "left": "Left behind",
    "moved": "Processes that changed namespace",
    "isolated": "Isolated without a container",
    "namespaces": "Namespaces",
    "processes": "Processes",
    "coverage": "What one side could not see",
}
"""The groups, in the order in which a person asks for them."""

MIRRORED: Final[dict[str, str]] = {
    one: other
    for pair in (
        ("started", "stopped"),
        ("created", "removed"),
        ("began", "ended"),
        ("appeared", "disappeared"),
        ("orphaned", "joined"),
        ("unseen", "seen-again"),
        ("lost", "regained"),
    )
    for one, other in (pair, pair[::-1])
}
"""What each kind becomes when the two moments are swapped. Other kinds stay the same."""

HOST: Final = "the host"
LONGEST: Final = 400  # characters of a command line in a finding


_NAMES: Final = {
    "before": "from",
    "after": "to",
    "before_key": "from_key",
    "after_key": "to_key",
    "partners": "with",
}


class Finding(Fact, frozen=True, gc=False, rename=_NAMES):
    """One thing that differs. ``before`` and ``after`` are text; ``None`` is unknown or not there."""

    group: GroupName
    kind: str
    container: Key | None = None
    where: str = HOST  # title of that container
    type: NamespaceType | None = None
    key: str = ""
    pid: int | None = None
    inside: int | None = None  # the pid in the innermost pid namespace, where that is another one
    name: str = ""
    field: str | None = None
    before: str | None = None
    after: str | None = None
    before_key: Key | None = None  # the namespaces meant
    after_key: Key | None = None
    partners: tuple[Key, ...] = ()  # ids of containers, or "host"
    exit_code: int | None = None  # of a container that stopped or restarted
    oom_killed: bool | None = None
    mend: str | None = None  # what to do about it, with the command


class Group(Fact, frozen=True):
    """The findings of one group, in order."""

    group: GroupName
    title: str
    findings: tuple[Finding, ...]


class Fold(Fact, frozen=True):
    """Findings that are counted instead of listed: alike, and of one container."""

    why: Why
    pattern: str | None
    container: Key | None
    where: str
    name: str
    counts: dict[str, int]  # by kind


class PassedGroup(Fact, frozen=True):
    """Processes of one name in one container that came and went between the two moments."""

    container: Key | None
    where: str
    name: str
    processes: int


class Passed(Fact, frozen=True):
    """What neither of the two moments shows."""

    processes: int = 0
    short: int = 0  # those of them that were seen for a short time only
    more: bool = False  # there were more: only the newest are counted
    groups: tuple[PassedGroup, ...] = ()  # the largest


def about_process(process: Process, where: str, group: GroupName, kind: str, **facts: Any) -> Finding:
    """A finding about a process of the container titled ``where``."""
    return Finding(
        group=group,
        kind=kind,
        container=process.container,
        where=where,
        key=process.key,
        pid=process.pid,
        inside=inner_pid(process),
        name=process.comm,
        **facts,
    )


def inner_pid(process: Process) -> int | None:
    """The pid in the innermost pid namespace, where that is another one than the host's."""
    return process.nspid[-1] if len(process.nspid) > 1 else None


def about_container(container: Container, group: GroupName, kind: str, **facts: Any) -> Finding:
    """A finding about a container."""
    return Finding(group, kind, container.id, container.title, key=container.id, name=container.title, **facts)


def command_of(process: Process) -> str:
    """Its command line on one line, bounded; its name in brackets where it has none, as ps(1) writes it."""
    text = " ".join(process.cmdline) or f"[{process.comm}]"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def text_of(value: Any) -> str | None:
    """A field's value as a person reads it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
