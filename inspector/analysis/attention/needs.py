"""What of a host needs a person's attention: for each container the reasons, each since when. Pure.

A reason is decided by what the engine says now, by what happened in the window, or by how the window began. What is
unknown is no reason. Limits are not among them: usage is not recorded, so only a live page knows what is near one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple, get_args

from inspector.analysis.feed.entries import Entry
from inspector.facts.ports import EVERYWHERE, say_port
from inspector.facts.types import Container, Fact, Key

Kind = Literal["oom-killed", "restarting", "unhealthy", "left-behind", "exited", "exposed"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
"""The gravest first."""

_HOST: Final = ("network", "pid", "ipc", "uts", "userns")
_BEGAN: Final = ("container-started", "container-restarted", "container-created")


class Reason(Fact, frozen=True):
    """Why a container needs attention. ``at`` is ``None`` where it began before the window, or is not known."""

    kind: Kind
    at: str | None = None  # ISO 8601 with zone; of what recurs, the last time
    seq: int | None = None
    times: int | None = None  # restarts, or ends, in the window
    exit_code: int | None = None
    exposed: tuple[str, ...] = ()  # "network", "privileged", "8080→80/tcp", …
    where: str = ""  # of one left behind: in whose namespace
    mend: str | None = None


class Need(Fact, frozen=True):
    """A container that needs attention, by its name: one that was replaced keeps it. The gravest reason is first."""

    container: Key
    name: str
    state: str  # as the engine says it now; empty where the container is gone
    reasons: tuple[Reason, ...]

    @property
    def at(self) -> str | None:
        """The newest moment of its reasons; ``None`` where none is known."""
        return max((reason.at for reason in self.reasons if reason.at is not None), default=None)


class Window(NamedTuple):
    """What is known of the time that is looked at."""

    now: Mapping[Key, Container]
    before: Mapping[Key, Container]  # when the window began
    entries: tuple[Entry, ...]  # of containers, the newest first
    left: Mapping[Key, Reason]  # those left behind


def find_needs(window: Window) -> list[Need]:
    """Every container that needs attention: the gravest reason first, of one kind the newest first."""
    found = [*_present(window), *_gone(window)]
    newest = sorted(found, key=lambda need: need.at or "", reverse=True)
    return sorted(newest, key=lambda need: KINDS.index(need.reasons[0].kind))


def find_needs_now(containers: Iterable[Container]) -> list[Need]:
    """What the engine says of one moment alone: killed for memory, restarting, unhealthy."""
    now = {container.id: container for container in containers}
    return find_needs(Window(now, now, (), {}))


def _present(window: Window) -> Iterator[Need]:
    died = _died(window.entries)
    for container in window.now.values():
        reasons = [reason for reason in _reasons(window, container, died) if reason is not None]
        if reasons:
            yield Need(container.id, container.title, container.state, _in_order(reasons))


def _gone(window: Window) -> Iterator[Need]:
    """Containers that ended badly and are not there any more, nor another of their name."""
    names = {container.title for container in window.now.values()}
    for name, ends in _died(window.entries).items():
        if name not in names:
            yield Need(ends[0].container or "", name, "", (_exited(ends),))


def _reasons(window: Window, container: Container, died: Mapping[str, list[Entry]]) -> Iterator[Reason | None]:
    mine = [entry for entry in window.entries if entry.container == container.id]
    ends = died.get(container.title, [])
    restarts = _restarts(window, container)
    if container.oom_killed:
        yield _since(mine, "oom-killed", lambda entry: bool(entry.oom_killed) or entry.field == "oom_killed", ends)
    if restarts or container.state == "restarting":
        again = _since(mine, "restarting", _is_beginning, ends)
        yield Reason("restarting", again.at, again.seq, restarts or None, again.exit_code)
    elif ends:
        yield _exited(ends)
    if container.health == "unhealthy":
        yield _since(mine, "unhealthy", lambda entry: (entry.field, entry.after) == ("health", "unhealthy"))
    yield window.left.get(container.id)
    yield _exposure(window, container, mine)


def _is_beginning(entry: Entry) -> bool:
    return entry.kind in _BEGAN


def _since(mine: Iterable[Entry], kind: Kind, begins: Callable[[Entry], bool], ends: Iterable[Entry] = ()) -> Reason:
    """The reason, since the newest entry with which it began; with how the container ended last."""
    entry = next(filter(begins, mine), None)
    code = next((end.exit_code for end in ends), None)
    return Reason(kind, None if entry is None else entry.at, None if entry is None else entry.seq, exit_code=code)


def _restarts(window: Window, container: Container) -> int:
    """How often its policy started it again in the window."""
    earlier = window.before.get(container.id)
    return max(0, (container.restarts or 0) - ((earlier and earlier.restarts) or 0))


def _died(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Name → the ends that were no success, the newest first."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind == "container-stopped" and entry.exit_code:
            found.setdefault(entry.where, []).append(entry)
    return found


def _exited(ends: list[Entry]) -> Reason:
    return Reason("exited", ends[0].at, ends[0].seq, len(ends), ends[0].exit_code)


def _exposure(window: Window, container: Container, mine: list[Entry]) -> Reason | None:
    """What it is open to that no container of its name was when the window began."""
    earlier = [one for one in window.before.values() if one.id == container.id or one.title == container.title]
    known = {part for one in earlier for part in exposures(one)}
    parts = tuple(part for part in exposures(container) if part not in known)
    if not parts or (not mine and not earlier):
        return None
    began = _since(mine, "exposed", _is_beginning)
    return Reason("exposed", began.at, began.seq, exposed=parts)


def exposures(container: Container) -> Iterator[str]:
    """What a container has of the host, as declared, and its ports that every address publishes."""
    if container.declared is not None:
        yield from (field for field in _HOST if getattr(container.declared, field) == "host")
        if container.declared.privileged:
            yield "privileged"
    yield from dict.fromkeys(say_port(port) for port in container.ports or () if port.host_ip in EVERYWHERE)


def _in_order(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: KINDS.index(reason.kind)))
