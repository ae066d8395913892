"""The Docker engine's containers, read so that a slow or dead engine delays nothing.

A background thread talks to the engine; :meth:`DockerEngine.poll` waits a short time for it. A quiet poll costs the
engine one list call: a container is inspected once, and again when its state changes or its init is another process.
Listeners (:meth:`DockerEngine.listen`) are called after something happened to a container and it was listed again.
See the Docker Engine API, ``/containers/json`` and ``/containers/{id}/json``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from http.client import HTTPException
from typing import Annotated, Final, Protocol, cast

import docker
import msgspec
from docker.errors import APIError, NotFound
from requests import RequestException, Timeout

from inspector.agent.collect.docker.client import DOCKER, connect
from inspector.agent.collect.docker.event_stream import EXEC, HEALTH, EngineEvents
from inspector.agent.collect.docker.inspection import (
    ALIVE,
    ENDED,
    HealthHold,
    Inspected,
    Run,
    clean,
    declared_of,
    health_in,
    run_of,
)
from inspector.agent.collect.docker.socket import ANSWER_SECONDS, SOCKET, probe
from inspector.agent.collect.masking.mask import STANDARD, Masking
from inspector.errors import EngineUnavailable
from inspector.facts.types import Completion, Container, Declared, Gap, Why

POLL_SECONDS: Final = 0.5
FIRST_POLL_SECONDS: Final = 2.0
INSPECT_SECONDS: Final = 1
"""How long one inspection may take: all others wait for it."""
AGAIN_S: Final = 30.0
"""After this many seconds a container whose inspection failed is inspected again."""
MOST_LABELS: Final = 512
NONSENSE: Final = (HTTPException, ValueError, LookupError, TypeError, AttributeError, RecursionError)
ALL: Final = ""  # in the place of an id: list everything again
FRESH_S: Final = 1.0  # an event older than this introduces no container: it may have ended since
MOST_DESCRIBED: Final = 1000  # descriptions of containers that are kept
UNSURE: Final = "unsure"  # no engine's state: such an inspection is repeated at the next poll


_NO_LABELS: Final = frozenset(("name", "image", "exitCode", "signal", "oldName", "execDuration"))
"""The attributes of an event that are no labels of its container."""

_STATES: Final = {"create": "created", "start": "running"}
"""The state that a container is in after an event, where it was not known before."""

Listener = Callable[[Collection[str]], None]
"""Called with the full ids of containers that something happened to."""


class Listing(msgspec.Struct, frozen=True):
    """What is known of an engine's containers; with a gap, it is what was last known."""

    containers: tuple[Container, ...] = ()
    gaps: tuple[Gap, ...] = ()
    fresh: bool = False  # asked for and answered within this poll


class Engine(Protocol):
    """Anything that can list containers without delaying a scan."""

    def poll(self) -> Listing:
        """Return within about half a second, whatever the engine does."""
        ...

    def latest(self) -> Listing:
        """What is known, at once."""
        ...

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        """The descriptions of those of these containers that are no longer listed. Returns at once."""
        ...


class _Listed(msgspec.Struct, frozen=True, rename="pascal"):
    """One entry of ``/containers/json``."""

    id: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\Z")]
    names: list[str] | None = None
    image: str = ""
    state: str = ""
    labels: dict[str, str] | None = None
    status: str = ""


class _Known(msgspec.Struct, frozen=True):
    """An inspection, and what must be unchanged for it to be valid."""

    state: str
    init_start: int | None  # clock ticks since boot; None: not running, or not to be read
    init_pid: int | None
    declared: Declared | None  # None: the answer was malformed
    run: Run = Run()


_UNSURE: Final = _Known(UNSURE, None, None, None)


class _Hung(msgspec.Struct, frozen=True):
    """An inspection that failed."""

    why: Why
    again_at: float  # monotonic seconds


class _Answer(msgspec.Struct, frozen=True):
    """How one conversation with the engine ended."""

    asked: int  # the number of the request it answers
    why: Why | None


class DockerEngine:
    """The Docker engine behind a unix socket.

    :param socket_path: where the engine listens.
    :param proc: where proc(5) is mounted; used to see that a container's init is still the same process.

    :param masking: takes the secrets out of labels.

    Safe to poll from one thread at a time. The background thread is a daemon thread, started by the first poll; that
    which receives events is one, too.
    """

    def __init__(self, socket_path: str = SOCKET, proc: str = "/proc", masking: Masking = STANDARD) -> None:
        self.socket_path = socket_path
        self._masking = masking
        self._descriptions: dict[str, Completion] = {}  # by full id, the oldest first
        self._talk = _Conversation(socket_path, proc, self._describe, masking)
        self._changed = threading.Condition()
        self._wanted = 0  # the number of the latest request
        self._claimed = 0  # the request whose answer a poll has already returned
        self._answer = _Answer(0, None)
        self._containers: tuple[Container, ...] = ()
        self._known = Listing()  # what was given out last
        self._thread: threading.Thread | None = None
        self._events: EngineEvents | None = None
        self._to_list: set[str] = set()  # to be listed again
        self._ends: dict[str, Run] = {}  # how containers ended, by their events; the oldest first
        self._lingering: set[str] = set()  # removed already, but their end was not given out yet
        self._given: dict[str, str] = {}  # full id → state, as given out last
        self._listener: Listener | None = None
        self._closed = False

    def poll(self) -> Listing:
        """List all containers, stopped ones too.

        :return: a fresh listing; or, with one gap ``docker``, what was last known and why there is nothing newer:
            ``unsupported`` (no socket), ``forbidden``, ``gone`` (refused, an error), ``slow`` (no answer yet) or
            ``malformed``. A gap ``docker/inspect`` says that an inspection failed: nothing else is missing.

        An answer that came too late for the poll before counts as no gap. While the first answer is not complete,
        what is known of it is returned with a gap ``slow``.
        Returns within 0.5 s (the first poll: 2 s), and at once while an earlier request still hangs. Where events are
        received what is known is up to date: only the first poll waits, and a later answer that differs is an event.
        """
        with self._changed:
            self._start()
            hanging = self._answer.asked < self._wanted
            if not hanging:
                self._wanted += 1
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._answer.asked == self._wanted, self._patience())
            return self._listing()

    def listen(self, listener: Listener, execs: bool = False) -> None:
        """Receive the engine's events from now on, and again after it was away.

        :param listener: called by a thread of ours, with the full ids of containers that were listed again because
            something happened to them; with none if the engine came or went.
        :param execs: whether to call also when a process was started in a container from outside.
        """
        self._listener = listener

        def move(identity: str, action: str, attributes: dict[str, str], age_s: float) -> None:
            if action == HEALTH:
                if not self._talk.health.is_held(identity):
                    self._list_soon(identity)
            elif action != EXEC:
                self._note_end(identity, action, attributes)
                attributes = self._masking.mask_labels(attributes)
                self._describe(described_by(identity, attributes))
                if action in _STATES and age_s < FRESH_S:
                    self._introduce(identity, _STATES[action], attributes)
                self._list_soon(identity)
            elif execs:
                listener((identity,))

        with self._changed:
            self._start()
        self._events = EngineEvents(self.socket_path, move, self._list_soon)

    def latest(self) -> Listing:
        """What is known of the containers, without asking. Returns at once."""
        with self._changed:
            self._given = {container.id: container.state for container in self._known.containers}
            self._to_list |= self._lingering
            self._lingering = set()
            self._changed.notify_all()
            return self._known

    def described(self, containers: Collection[str]) -> tuple[Completion, ...]:
        """The engine's descriptions of these containers, from events or lists. Returns at once."""
        with self._changed:
            return tuple(self._descriptions[key] for key in sorted(containers) if key in self._descriptions)

    def _describe(self, told: Completion) -> None:
        """Keep the description of a container: it may be needed after its end."""
        if not told.name:
            return
        with self._changed:
            self._descriptions.pop(told.container, None)
            self._descriptions[told.container] = told
            while len(self._descriptions) > MOST_DESCRIBED:
                del self._descriptions[next(iter(self._descriptions))]

    def close(self) -> None:
        """Let the background thread end; it may still be waiting for the engine's last answer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._events is not None:
            self._events.close()

    def _patience(self) -> float:
        if self._wanted == 1:
            return FIRST_POLL_SECONDS
        return POLL_SECONDS if self._events is None else 0

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="docker-engine", daemon=True)
            self._thread.start()

    def _listing(self) -> Listing:
        fresh = self._answer.asked == self._wanted
        why = self._answer.why
        if not fresh and self._answer.asked <= self._claimed:
            why = "slow"
        self._claimed = self._answer.asked
        containers = self._containers if self._answer.asked else tuple(self._talk.progress.values())
        self._known = Listing(containers, self._gaps(why), fresh and why is None)
        return self._known

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._to_list or self._wanted > self._answer.asked)
                if self._closed:
                    return
                number, to_list, before = self._wanted, self._to_list, self._known
                self._to_list = set()
            if number > self._answer.asked or ALL in to_list:
                self._finish(number)
            else:
                self._refresh(to_list)
            moved = (self._known.containers, self._known.gaps) != (before.containers, before.gaps)
            if self._listener is not None and (to_list or moved):
                self._listener(to_list - {ALL})

    def _introduce(self, identity: str, state: str, attributes: dict[str, str]) -> None:
        """Add a new container from its event until it is listed: it may be gone before that."""
        with self._changed:
            if identity not in {container.id for container in self._containers}:
                self._containers = (*self._containers, introduced(identity, state, attributes, self._talk.engine))
                self._known = Listing(self._containers, self._known.gaps, self._known.fresh)

    def _note_end(self, identity: str, action: str, attributes: dict[str, str]) -> None:
        """Keep how a container ended: one that is removed when it ends cannot be inspected any more."""
        with self._changed:
            before = self._ends.pop(identity, Run())
            if action == "oom":
                self._ends[identity] = Run(oom_killed=True)
            elif action == "die":
                self._ends[identity] = end_of(attributes, before.oom_killed is True)
            elif action == "destroy":
                self._ends[identity] = before
            while len(self._ends) > MOST_DESCRIBED:
                del self._ends[next(iter(self._ends))]

    def _list_soon(self, identity: str = ALL) -> None:
        with self._changed:
            self._to_list.add(identity)
            self._changed.notify_all()

    def _finish(self, number: int) -> None:
        self._settle(number, *self._talk.ask())

    def _refresh(self, identities: Collection[str]) -> None:
        """List some containers again; where that fails, all are asked for."""
        found, why = self._talk.ask(identities)
        if found is None or why is not None:
            self._finish(self._wanted)
            return
        kept = {container.id: container for container in self._containers if container.id not in identities}
        kept.update((container.id, container) for container in found)
        kept.update(self._linger(set(identities) - kept.keys()))
        self._settle(self._answer.asked, tuple(kept.values()), self._answer.why)

    def _linger(self, gone: Collection[str]) -> Iterator[tuple[str, Container]]:
        """Containers that ended and were removed at once: their end is given out before they go."""
        with self._changed:
            for container in self._containers:
                end = self._ends.get(container.id) if container.id in gone else None
                is_told = self._given.get(container.id) in ENDED
                if end is not None and end.exit_code is not None and not is_told:
                    self._lingering.add(container.id)
                    facts = {"exit_code": end.exit_code, "oom_killed": end.oom_killed}
                    yield container.id, msgspec.structs.replace(container, state="exited", init_pid=None, **facts)

    def _settle(self, number: int, containers: tuple[Container, ...] | None, why: Why | None) -> None:
        with self._changed:
            self._answer = _Answer(number, why)
            if containers is not None:
                self._containers = containers
            self._known = Listing(self._containers, self._gaps(why), why is None)
            self._changed.notify_all()

    def _gaps(self, why: Why | None) -> tuple[Gap, ...]:
        failed = sorted({hung.why for hung in list(self._talk.hung.values())})
        return (*_gap(why), *(Gap(None, "docker/inspect", each) for each in failed))


class _Conversation:
    """The background thread's side: one client, and what was inspected before."""

    def __init__(self, socket_path: str, proc: str, describe: Callable[[Completion], None], masking: Masking) -> None:
        self.socket_path = socket_path
        self.masking = masking
        self.proc = proc
        self.describe = describe  # called with a list's description of a container that is gone by now
        self.client: docker.APIClient | None = None
        self.engine = DOCKER
        self.known: dict[str, _Known] = {}
        self.health = HealthHold()
        self.malformed = 0  # malformed replies in this round
        self.hung: dict[str, _Hung] = {}  # by full id
        self.progress: dict[str, Container] = {}  # what is known so far in the first round

    def ask(self, identities: Collection[str] = ()) -> tuple[tuple[Container, ...] | None, Why | None]:
        """The containers, or ``None`` and why not. A malformed reply about one container loses only that one.

        :param identities: full ids, where only these are asked for.
        """
        try:
            return self._list(identities)
        except EngineUnavailable as error:
            why = cast(Why, error.why)
        except Exception as error:  # no answer of the engine, however malformed, may end the thread
            why = self._explain(error)
        self._disconnect()
        return None, why

    def _list(self, identities: Collection[str]) -> tuple[tuple[Container, ...], Why | None]:
        client = self._connect()
        client.timeout = ANSWER_SECONDS
        replies = client.containers(all=True, filters={"id": sorted(identities)} if identities else None)
        if not isinstance(replies, list):
            raise EngineUnavailable("the engine's list of containers is no list", "malformed")
        self.malformed = 0
        client.timeout = INSPECT_SECONDS
        listed = [one for one in map(self._read, replies) if one is not None]
        if not self.known:
            self.progress = {one.id: self._make(one, _UNSURE) for one in listed}
        described = [self._describe(client, one, changed=bool(identities)) for one in listed]
        containers = tuple(container for container in described if container is not None)
        if not identities:
            self.known = {container.id: self.known[container.id] for container in containers}
            self.hung = {key: hung for key, hung in self.hung.items() if key in self.known}
            self.health.keep(set(self.known))
        return containers, "malformed" if self.malformed else None

    def _connect(self) -> docker.APIClient:
        if self.client is None:
            self.client, self.engine = connect(self.socket_path)
        return self.client

    def _disconnect(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client = None

    def _read(self, reply: object) -> _Listed | None:
        """An entry of the list, its labels masked; ``None`` where it is malformed."""
        try:
            listed = msgspec.convert(reply, _Listed)
            return msgspec.structs.replace(listed, labels=self.masking.mask_labels(listed.labels or {}))
        except msgspec.ValidationError:
            self.malformed += 1
            return None

    def _describe(self, client: docker.APIClient, listed: _Listed, changed: bool) -> Container | None:
        """The container, or ``None`` where it was removed since it was listed.

        :param changed: something just happened to it: the list may not show it yet, an inspection does.
        """
        before = known = self.known.get(listed.id)
        try:
            if changed or known is None or not self._holds(known, listed):
                known = self._inspect(client, listed)
        except NotFound:
            self.progress.pop(listed.id, None)
            self.describe(described_in(listed))
            return None
        self.known[listed.id] = known = self._settle_health(listed, before, known)
        container = self._make(listed, known)
        if listed.id in self.progress:
            self.progress[listed.id] = container
        return container

    def _make(self, listed: _Listed, known: _Known) -> Container:
        return Container(
            id=listed.id,
            name=name_of(listed.names or ()),
            image=clean(listed.image),
            engine=self.engine,
            state=clean(listed.state if known.state == UNSURE else known.state),
            init_pid=known.init_pid,
            shim_pid=None,
            labels=bound_labels(listed.labels or {}),
            declared=known.declared,
            **msgspec.structs.asdict(known.run),
        )

    def _settle_health(self, listed: _Listed, before: _Known | None, known: _Known) -> _Known:
        """The health from the list, or from the inspection where one was made."""
        told = known.run.health if known is not before else health_in(listed.status) or known.run.health
        another_run = before is None or (before.init_pid, before.init_start) != (known.init_pid, known.init_start)
        health = self.health.settle(listed.id, told, another_run)
        return msgspec.structs.replace(known, run=msgspec.structs.replace(known.run, health=health))

    def _holds(self, known: _Known, listed: _Listed) -> bool:
        if known.state != listed.state:
            return False
        if known.state not in ALIVE:
            return known.state != "restarting"
        return known.init_start is not None and known.init_start == self._start_of(known.init_pid)

    def _inspect(self, client: docker.APIClient, listed: _Listed) -> _Known:
        """One inspection; if it fails or is malformed, the container stays listed, without ``declared``."""
        hung = self.hung.get(listed.id)
        if hung is not None and hung.again_at > time.monotonic():
            return _UNSURE
        try:
            reply = msgspec.convert(client.inspect_container(listed.id), Inspected)
        except NotFound:
            raise
        except (APIError, ValueError):
            self.malformed += 1
            return _UNSURE
        except RequestException as error:
            probe(self.socket_path)  # it is this container, not the engine
            is_slow = isinstance(error, Timeout)
            self.hung[listed.id] = _Hung("slow" if is_slow else "gone", time.monotonic() + AGAIN_S * is_slow)
            return _UNSURE
        self.hung.pop(listed.id, None)
        pid = reply.state.pid if 0 < reply.state.pid <= 2**31 else None
        state, declared = reply.state.status or listed.state, declared_of(reply.host_config)
        return _Known(state, self._start_of(pid), pid, declared, run_of(reply, self.masking.mask))

    def _start_of(self, pid: int | None) -> int | None:
        """When a process began; field 22 of proc_pid_stat(5)."""
        try:
            with open(f"{self.proc}/{pid}/stat", "rb") as file:
                return int(file.read().rpartition(b")")[2].split()[19])
        except (OSError, IndexError, ValueError):
            return None

    def _explain(self, error: Exception) -> Why:
        """Why a conversation broke off, from the error, its causes, or a second attempt to connect."""
        causes = list(causes_of(error))
        if any(isinstance(cause, Timeout) for cause in causes):
            return "slow"
        for cause in causes:
            if isinstance(cause, APIError):
                return "forbidden" if cause.status_code in (401, 403) else "gone"
        if any(isinstance(cause, NONSENSE) and not isinstance(cause, OSError) for cause in causes):
            return "malformed"
        try:
            probe(self.socket_path)
        except EngineUnavailable as unavailable:
            return cast(Why, unavailable.why)
        return "gone"


def introduced(identity: str, state: str, attributes: dict[str, str], engine: str = DOCKER) -> Container:
    """A container as an event describes it; an inspection gives the rest."""
    told = described_by(identity, attributes)
    return Container(
        id=told.container,
        name=told.name,
        image=told.image,
        engine=engine,
        state=state,
        init_pid=None,
        shim_pid=None,
        labels=told.labels,
        declared=None,
    )


def described_by(identity: str, attributes: dict[str, str]) -> Completion:
    """The description of a container from an event."""
    labels = {name: value for name, value in attributes.items() if name not in _NO_LABELS}
    name, image = (clean(attributes.get(key, "")) for key in ("name", "image"))
    return Completion(clean(identity), name, image, bound_labels(labels))


def described_in(listed: _Listed) -> Completion:
    """The description of a container from a list."""
    return Completion(listed.id, name_of(listed.names or ()), clean(listed.image), bound_labels(listed.labels or {}))


def end_of(attributes: dict[str, str], oom_killed: bool) -> Run:
    """The run of a container, from the event of its end."""
    told = attributes.get("exitCode", "")
    return Run(exit_code=int(told) if told.isascii() and told.isdecimal() else None, oom_killed=oom_killed)


def _gap(why: Why | None) -> tuple[Gap, ...]:
    return (Gap(None, "docker", why),) if why else ()


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it was raised from, latest first; libraries wrap them several times over."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting.extend((cause.__cause__, cause.__context__, *cause.args))


def name_of(names: Iterable[str]) -> str:
    """The container's own name: ``/web``, not the ``/other/web`` of a legacy link. Empty where it has none."""
    own = [name.removeprefix("/") for name in names if name.count("/") <= 1]
    return clean(own[0]) if own else ""


def bound_labels(labels: dict[str, str]) -> dict[str, str]:
    """At most 512 labels, in the order of their names, each text bounded."""
    return {clean(name): clean(labels[name]) for name in sorted(labels)[:MOST_LABELS]}
