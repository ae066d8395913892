"""Docker's event stream: what happens to containers, as it happens, read by a thread of its own.

The engine may not be there yet, go away, restart or hang. The thread then tries again by itself. It reports when it
receives events again, because it does not know what it missed. See the Docker Engine API, ``/events``.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from inspector.agent.collect.docker.client import connect

log = logging.getLogger("isoscope.agent")

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 5.0

MOVING: Final = frozenset(("create", "start", "die", "pause", "unpause", "rename", "update", "destroy", "oom"))
"""The actions that change a container's entry in the engine's list, or its limits."""

EXEC: Final = "exec_start"

HEALTH: Final = "health_status"
"""Reported where the result of a health check differs from the one before."""


Moved = Callable[[str, str, dict[str, str], float], None]


class _Actor(msgspec.Struct, frozen=True):
    identity: str = msgspec.field(default="", name="ID")
    attributes: dict[str, str] = msgspec.field(default_factory=dict, name="Attributes")


class _Event(msgspec.Struct, frozen=True):
    """One entry of ``/events``; what else it holds is left out."""

    action: str = msgspec.field(default="", name="Action")
    actor: _Actor = msgspec.field(default=_Actor(), name="Actor")
    time_ns: int = msgspec.field(default=0, name="timeNano")  # since the epoch, by the host's clock


class EngineEvents:
    """A thread that listens to an engine for as long as the process lives, or until it is closed.

    :param moved: called with a container’s full id, the action (:data:`MOVING`, :data:`EXEC` or :data:`HEALTH`), the
        event’s attributes (the container's ``name``, ``image`` and labels) and its age in seconds.
    :param lost: called when the stream broke off, and when it is back.
    """

    def __init__(self, socket_path: str, moved: Moved, lost: Callable[[], None]) -> None:
        self._path = socket_path
        self._moved = moved
        self._lost = lost
        self._closed = threading.Event()
        self._pause_s = FIRST_PAUSE_S
        self._thread = threading.Thread(target=self._listen, name="docker-events", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let the thread end, at the engine's next event or when the engine goes away."""
        self._closed.set()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._read_stream()
            except Exception as error:  # no answer of the engine may end the thread
                log.debug("Docker's events are not received: %s", error)
            self._closed.wait(self._pause_s)
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _read_stream(self) -> None:
        """One stream, from its beginning to its end."""
        client = connect(self._path).api
        try:
            stream = client.events(decode=True, filters={"type": "container"})
            self._pause_s = FIRST_PAUSE_S
            self._lost()
            self._follow(stream)
        finally:
            client.close()

    def _follow(self, stream: Iterable[object]) -> None:
        try:
            for event in stream:
                if self._closed.is_set():
                    return
                self._take(event)
        finally:
            self._lost()

    def _take(self, event: object) -> None:
        try:
            found = msgspec.convert(event, _Event)
        except msgspec.ValidationError:
            return
        action = found.action.partition(":")[0]  # "exec_start: sh -c …"
        if found.actor.identity and (action in MOVING or action in (EXEC, HEALTH)):
            age_s = max(0.0, (time.time_ns() - found.time_ns) / 1e9) if found.time_ns else 0.0
            self._moved(found.actor.identity, action, found.actor.attributes, age_s)
