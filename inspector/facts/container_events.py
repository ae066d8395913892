"""Container events: what happened to a container between two observations of it. Pure.

The comparison, the feed and the timeline all use these rules. A container was *restarted* in one of three cases:

- It has an init in both observations, and the second init is another process: :func:`is_another_init`.
- The engine said "restarting" before, and says now that the container runs: :func:`event_of_states`.
- It ran without a visible init, has an init now, and had one earlier: :func:`has_init_again` and its caller.

:func:`event_between` compares whole containers; comparison and feed use it. :func:`event_of_states` compares the
states that the engine gave; the timeline uses it, because that is all its rows hold. They differ on purpose:

- A running container that disappears has "stopped" for the first and is "removed" for the second.
- A container in the state "restarting" does not run for the first. For the second it is neither running nor stopped.
- A container without a state runs for the first if it has an init. The second finds no event.
- A container that appears without running was "created" for the first. The second finds no event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from inspector.facts.types import Container, Key, Pid, Process

ContainerEvent = Literal["created", "started", "stopped", "restarted", "removed"]

RUNNING_STATES: Final = ("running", "paused")
STOPPED_STATES: Final = ("created", "exited", "dead", "removing")  # the engine's words; "restarting" is neither

_RUNTIMES: Final = ("runc", "crun", "youki", "exe")


@dataclass(frozen=True, slots=True)
class Init:
    """The init of a container: its pid, and which process that is; ``None`` if the process was not seen."""

    pid: Pid
    process: Key | None = None


def is_up(container: Container | None) -> bool:
    """Whether a container has processes, as far as engine and cgroup show; ``None`` for no container."""
    if container is None:
        return False
    return container.init_pid is not None or container.state in RUNNING_STATES


def is_runtime(process: Process) -> bool:
    """Whether it is a runtime that has not yet executed what it was asked to start: its container is being set up."""
    return is_runtime_name(process.comm)


def is_runtime_name(comm: str) -> bool:
    """Whether a process of this name is such a runtime: ``runc:[2:INIT]``."""
    return comm.partition(":")[0] in _RUNTIMES


def is_settled(container: Container, home: Process | None) -> bool:
    """Whether a container runs and is set up, so that its limits are read; those of any other are unknown.

    :param home: the process that stands for it; ``None`` if none was seen.
    """
    return container.state in RUNNING_STATES and home is not None and not is_runtime(home)


def state_of(container: Container) -> str:
    """The state of a container, by its processes where its engine reports late; empty if unknown."""
    stands = container.state in STOPPED_STATES
    return "running" if stands and container.init_pid is not None else container.state


def is_another_init(before: Init | None, after: Init | None, rebooted: bool = False) -> bool:
    """Whether a container has another init. An unknown init (``None``) is not another one.

    Pids decide only where the processes were not both seen. After a boot the same pid is another process.
    """
    if before is None or after is None:
        return False
    if before.process is not None and after.process is not None:
        return before.process != after.process
    return rebooted or before.pid != after.pid


def has_init_again(before: Container, after: Container) -> bool:
    """Whether a running container had no visible init and has one now.

    It was restarted if it also had an init earlier. Otherwise the init is only seen for the first time.
    """
    return is_up(before) and before.init_pid is None and after.init_pid is not None


def event_between(before: Container | None, after: Container | None, another_init: bool) -> ContainerEvent | None:
    """The event between two observations of a container, each ``None`` where the container was not there."""
    if before is None:
        return "started" if is_up(after) else "created"
    if after is None:
        return "stopped" if is_up(before) else "removed"
    if another_init:
        return "restarted"
    if is_up(before) == is_up(after):
        return None
    return "started" if is_up(after) else "stopped"


def event_of_states(before: str | None, after: str | None, another_init: bool) -> ContainerEvent | None:
    """The event between two states that an engine gave, each ``None`` where the container was not there."""
    if after is None:
        return "removed"
    if after in RUNNING_STATES:
        return _event_of_running(before, another_init)
    stops = after in STOPPED_STATES and before is not None and before not in STOPPED_STATES
    return "stopped" if stops else None


def _event_of_running(before: str | None, another_init: bool) -> ContainerEvent | None:
    if before == "restarting":
        return "restarted"
    if before is None or before in STOPPED_STATES:
        return "started"
    return "restarted" if another_init else None
