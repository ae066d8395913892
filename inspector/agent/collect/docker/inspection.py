"""The inspection of a container, and the parts of it that the engine's list and events repeat.

See the Docker Engine API, ``/containers/{id}/json``, ``/containers/json`` (``Status``) and ``/events``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from inspector.agent.collect.procfs import parse_cmdline
from inspector.facts.types import Declared, Port

LONGEST_TEXT: Final = 4096
MOST_PORTS: Final = 1024
ALIVE: Final = frozenset(("running", "paused"))
ENDED: Final = frozenset(("exited", "dead", "restarting", "removing"))
"""The states in which the exit code of the last run is known."""

Mask = Callable[[list[str]], list[str]]

DEFAULT_SHELL: Final = ("/bin/sh", "-c")
"""Runs a check where the image names no other shell."""

HEALTH_HOLD_S: Final = 60.0
"""A change of health is reported at once, but only one in this many seconds: a check may flap."""

_LONG_AGO: Final = float("-inf")
_HEALTH: Final = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)\Z")


class _Health(msgspec.Struct, frozen=True, rename="pascal"):
    status: str = ""


class _State(msgspec.Struct, frozen=True, rename="pascal"):
    pid: int = 0
    status: str = ""
    exit_code: int | None = None
    oom_killed: bool | None = msgspec.field(default=None, name="OOMKilled")
    health: _Health | None = None


class HostConfig(msgspec.Struct, frozen=True, rename="pascal"):
    """The part of ``HostConfig`` that is kept; ``hostconfig.json`` of Docker's data root is the same object."""

    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    userns_mode: str = ""
    cgroupns_mode: str = ""
    uts: str = msgspec.field(default="", name="UTSMode")
    privileged: bool = False
    cap_add: list[str] | None = None
    cap_drop: list[str] | None = None


class _Binding(msgspec.Struct, frozen=True, rename="pascal"):
    host_ip: str = ""
    host_port: str = ""


class _Healthcheck(msgspec.Struct, frozen=True, rename="pascal"):
    test: list[str] | None = None


class _Config(msgspec.Struct, frozen=True, rename="pascal"):
    healthcheck: _Healthcheck | None = None
    shell: list[str] | None = None


class _Network(msgspec.Struct, frozen=True, rename="pascal"):
    ports: dict[str, list[_Binding] | None] | None = None  # "80/tcp": where it is published; null: nowhere


class Inspected(msgspec.Struct, frozen=True, rename="pascal"):
    """The part of ``/containers/{id}/json`` that is kept."""

    state: _State
    host_config: HostConfig
    restart_count: int | None = None
    network_settings: _Network | None = None
    config: _Config | None = None


class Run(msgspec.Struct, frozen=True):
    """The engine's facts about the run of a container; the fields are those of a ``Container``."""

    exit_code: int | None = None
    oom_killed: bool | None = None
    restarts: int | None = None
    health: str | None = None
    ports: tuple[Port, ...] | None = None
    health_check: tuple[str, ...] | None = None


def run_of(reply: Inspected, mask: Mask = list) -> Run:
    """The current run, or the last one.

    :param mask: takes the secrets out of a command line.
    """
    state = reply.state
    return Run(
        exit_code=state.exit_code if state.status in ENDED else None,
        oom_killed=state.oom_killed,
        restarts=reply.restart_count,
        health=health_of(state),
        ports=None if reply.network_settings is None else tuple(published(reply.network_settings)),
        health_check=None if reply.config is None else check_of(reply.config, mask),
    )


def check_of(config: _Config, mask: Mask) -> tuple[str, ...]:
    """The command line with which the engine checks the health, as its process has it; empty where there is no check.

    See ``HealthConfig`` of the Docker Engine API: ``CMD`` is run as it stands, ``CMD-SHELL`` by a shell.
    """
    kind, *words = (config.healthcheck and config.healthcheck.test) or ("NONE",)
    if kind == "CMD-SHELL":
        words = [*(config.shell or DEFAULT_SHELL), *words]
    elif kind != "CMD":
        return ()
    return parse_cmdline("".join(f"{word}\0" for word in words).encode("utf-8", "replace"), mask)


def health_of(state: _State) -> str | None:
    """``none`` where it has no check; ``None`` where it does not run, and so has no health."""
    reported = "none" if state.health is None else clean(state.health.status) or "none"
    return reported if reported == "none" or state.status in ALIVE else None


def published(network: _Network) -> Iterator[Port]:
    """The published ports, in order; malformed ones are left out."""
    ports = set()
    for name, bindings in (network.ports or {}).items():
        inside, _, protocol = name.partition("/")
        for binding in bindings or ():
            if inside.isdecimal() and binding.host_port.isdecimal():
                host_ip = clean(binding.host_ip) or "0.0.0.0"  # noqa: S104
                ports.add((host_ip, int(binding.host_port), int(inside), clean(protocol)))
    yield from (Port(*port) for port in sorted(ports, key=lambda port: (port[1], port[3], port))[:MOST_PORTS])


def health_in(status: str) -> str | None:
    """The health at the end of a status in the list, as ``Up 2 hours (unhealthy)``; ``None`` where there is none."""
    found = _HEALTH.search(status)
    return found[1] if found else None


class HealthHold:
    """Holds the health of each container for a while after it changed, so that a flapping check causes few changes.

    A health that was held back is reported by a later list, at the latest at the full scan after the hold.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reported: dict[str, tuple[str | None, float]] = {}  # full id → health, and when it was reported

    def settle(self, identity: str, health: str | None, another_run: bool) -> str | None:
        """The health to report.

        :param another_run: it is another run of the container, whose health does not follow from the one before.
        """
        reported = self._reported.get(identity)
        if reported is None or another_run or reported[0] == health:
            self._reported[identity] = reported if reported is not None and not another_run else (health, _LONG_AGO)
            return health
        if self.is_held(identity):
            return reported[0]
        self._reported[identity] = health, _LONG_AGO if reported[0] in (None, "starting") else self._clock()
        return health

    def is_held(self, identity: str) -> bool:
        """Whether the health changed within the last :data:`HEALTH_HOLD_S`."""
        reported = self._reported.get(identity)
        return reported is not None and self._clock() - reported[1] < HEALTH_HOLD_S

    def keep(self, identities: set[str]) -> None:
        """Forget all other containers."""
        self._reported = {key: reported for key, reported in self._reported.items() if key in identities}


def declared_of(config: HostConfig) -> Declared:
    """The modes of ``HostConfig`` that concern isolation, as the engine spells them."""
    return Declared(
        network=clean(config.network_mode),
        pid=clean(config.pid_mode),
        ipc=clean(config.ipc_mode),
        uts=clean(config.uts),
        userns=clean(config.userns_mode),
        cgroupns=clean(config.cgroupns_mode),
        privileged=config.privileged,
        cap_add=tuple(map(clean, config.cap_add or ())),
        cap_drop=tuple(map(clean, config.cap_drop or ())),
    )


def clean(text: str) -> str:
    """Text that can be encoded and stored: no lone surrogates, at most 4,096 characters."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()
