"""The documents' own pictures, drawn from the sample containers: ``python -m tests.pictures [--check] FOLDER``.

With ``--check`` nothing is written: it fails where a picture in the folder no longer shows what is. What differs is
looked at twice, with other containers, so that nothing counts that a busy machine did once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Set
from pathlib import Path
from typing import Final

import docker
from docker.errors import APIError

from dashboard.pictures.draw import Form, Subject, draw
from dashboard.pictures.shown import differences
from inspector.agent.collect.docker.engine import SOCKET, DockerEngine
from inspector.agent.scan.scanner import Scanner
from inspector.errors import IsoscopeError
from inspector.facts.types import HostState
from inspector.protocol.frames import encode
from tests import demo
from tests.support.scrub import scrub

PREFIX: Final = "isoscope-pictures-"
MOMENTS: Final = ["2026-01-01T09:00:00+00:00", "2026-01-01T10:00:00+00:00"]
SHOWN: Final = set(demo.samples()) - demo.OPTIONAL
PATIENCE: Final = 60.0  # seconds
SHORT_LIVED: Final = ("runc", "exe", "containerd-shim-")  # while a container starts

PICTURES: Final[dict[str, tuple[int, str]]] = {
    "graph": (1, "title=Five containers on one host&size=1280x860"),
    "matrix": (1, "title=What is shared, and with whom&view=matrix"),
    "chains": (1, "title=Who started whom&view=chains"),
    "compare": (2, "title=What changed within the hour"),
}
"""Name → of how many states, and with which options. Each is made in light and dark."""


def scan_before_and_after(client: docker.DockerClient) -> list[HostState]:
    """The samples; and the same an hour later: one has gone, another has come."""
    scanner = Scanner(engine=DockerEngine(SOCKET))
    demo.start(client, PREFIX)
    before = settle(scanner, SHOWN)
    client.containers.get(f"{PREFIX}init").remove(force=True)
    demo.run(client, "batch", PREFIX, command=["sh", "-c", "sleep 1000000 & wait"])
    shims = {one.shim_pid for one in before.containers if one.name == f"{PREFIX}init"}
    gone = {one.key for one in before.processes if one.pid in shims}
    return [before, settle(scanner, {"batch"}, gone)]


def settle(scanner: Scanner, names: set[str], gone: Set[str] = frozenset()) -> HostState:
    """The state, once it has these containers, not those processes, and stays as it is.

    :raises demo.DemoError: it does not within a minute.
    """
    end, last = time.monotonic() + PATIENCE, None
    while time.monotonic() < end:
        state = scanner.scan()
        held = {one.name.removeprefix(PREFIX): one.id for one in state.containers if one.init_pid}
        inside = sorted((one.key, one.comm) for one in state.processes if one.container in held.values())
        starting = any(comm.startswith(SHORT_LIVED) for _, comm in inside)
        lingers = any(one.key in gone for one in state.processes)
        if names <= held.keys() and not starting and not lingers and inside == last:
            return state
        last = inside
        time.sleep(0.5)
    raise demo.DemoError("the sample containers did not come to rest")


def wanted() -> list[tuple[str, Form, int, str]]:
    """Each file: its name, its form, of how many states, and with which options."""
    images: list[tuple[str, Form, int, str]] = [
        (f"{name}-{theme}.svg", "svg", number, f"{options}&theme={theme}")
        for name, (number, options) in PICTURES.items()
        for theme in ("light", "dark")
    ]
    return [*images, ("graph.mmd", "mmd", 1, "title=Five containers on one host")]


def draw_all() -> dict[str, tuple[Form, bytes]]:
    """Every picture, of sample containers that are started for it, by the name of its file.

    :raises demo.DemoError, IsoscopeError, APIError: the containers do not start, or nothing can be drawn.
    """
    client = demo.connect()
    try:
        states = scan_before_and_after(client)
    finally:
        demo.stop(client, PREFIX)
    shown = scrub(states, MOMENTS, PREFIX, SHOWN | {"batch"})
    subjects = [Subject(0, encode(state)) for state in shown]
    return {name: (form, draw(subjects[:number], options, form)) for name, form, number, options in wanted()}


def find_changes(folder: Path) -> list[str]:
    """What the pictures in the folder show otherwise than those drawn now."""
    changes = []
    for name, (form, drawn) in draw_all().items():
        path = folder / name
        kept = path.read_bytes() if path.exists() else b""
        lines = differences(form, kept, drawn) if kept else ["is missing"]
        changes += [f"{name}: {line}" for line in lines]
        if not lines and kept != drawn:
            print(f"{name} shows the same, drawn otherwise")
    return changes


def check(folder: Path) -> int:
    """Exit status 1 where a picture shows something else, twice."""
    changes = find_changes(folder)
    if changes:
        again = find_changes(folder)
        changes = [line for line in changes if line in again]
    print(
        "\n".join([*changes, "run “make pictures”, and keep what it draws"] if changes else ["nothing has changed"])
    )
    return 1 if changes else 0


def main(arguments: list[str]) -> int:
    """Exit status 0; 1 where a checked picture shows something else; 2 where the pictures cannot be made."""
    checks = arguments[:1] == ["--check"]
    folder = Path(*arguments[checks:])
    if len(arguments) != 1 + checks or not folder.is_dir():
        print("usage: python -m tests.pictures [--check] FOLDER", file=sys.stderr)
        return 2
    try:
        if checks:
            return check(folder)
        for name, (_, picture) in draw_all().items():
            (folder / name).write_bytes(picture)
            print(folder / name)
    except (demo.DemoError, IsoscopeError, APIError) as error:
        print(f"The pictures cannot be made: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
