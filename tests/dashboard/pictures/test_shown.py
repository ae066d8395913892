"""``manage.py draw --check``: a kept picture shows what is, or says what differs; in every form."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from dashboard.pictures.draw import Form, Subject, draw
from dashboard.pictures.shown import NotDrawn, differences
from inspector.facts.types import HostState
from inspector.protocol.frames import encode
from tests.support.commands import run
from tests.support.states import a_container, a_process, a_state, some_namespaces

FORMS = get_args(Form)


def host_with(*names: str) -> HostState:
    containers = [a_container(at, name=name) for at, name in enumerate(names, 1)]
    inside = [a_process(100 + at, "httpd", container=one.id, role="init") for at, one in enumerate(containers)]
    return a_state([a_process(1), *inside], containers=containers)


@pytest.fixture(scope="module")
def states() -> dict[str, HostState]:
    """A state, the same later, and one with another container."""
    now = host_with("web", "db")
    later = msgspec.structs.replace(now, taken_at="2027-01-01T00:00:00+00:00")
    return {"now": now, "later": later, "other": host_with("web", "queue")}


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_shows_what_is_until_something_else_is(states: dict[str, HostState], form: Form) -> None:
    now, later, other = (draw([Subject(at, encode(state))], "", form) for at, state in enumerate(states.values(), 1))
    assert now != later
    assert differences(form, now, later) == []
    lines = differences(form, now, other)
    assert any(line.startswith("- ") and "db" in line for line in lines)
    assert any(line.startswith("+ ") and "queue" in line for line in lines)
    if form != "png":  # in which nobody writes
        assert differences(form, now.replace(b"web", b"wob"), now) != []


def test_another_partner_in_a_shared_namespace_is_something_else() -> None:
    initial, others = some_namespaces(1), some_namespaces(2)
    shared = msgspec.structs.replace(initial[1], net=others[1].net)

    def sharing(partner: str) -> bytes:
        containers = [a_container(at, name=name) for at, name in enumerate(("web", "db", "log"), 1)]
        members = [
            a_process(10 + at, container=one.id, namespaces=shared if one.name in ("web", partner) else initial[1])
            for at, one in enumerate(containers)
        ]
        state = a_state(members, [*initial[0], *others[0]], containers=containers)
        return draw([Subject(1, encode(state))], "", "svg")

    assert any("net: db, web" in line for line in differences("svg", sharing("db"), sharing("log")))


def test_the_exit_status_says_it(tmp_path: Path, states: dict[str, HostState]) -> None:
    for name, state in states.items():
        (tmp_path / f"{name}.json").write_bytes(encode(state))
    kept = tmp_path / "kept.mmd"
    assert run("draw", "--state", str(tmp_path / "now.json"), "-o", str(kept)) == (0, "", "")
    assert run("draw", "--state", str(tmp_path / "later.json"), "--check", str(kept)) == (0, "", "")
    status, said, _ = run("draw", "--state", str(tmp_path / "other.json"), "--check", str(kept))
    assert (status, said.splitlines()[0]) == (1, f"{kept} no longer shows what is:")


@pytest.mark.parametrize(("name", "why"), [("missing.svg", "missing.svg"), ("missing.gif", ".drawio")])
def test_what_cannot_be_read_is_wrong_use(tmp_path: Path, name: str, why: str) -> None:
    status, _, said = run("draw", "--check", str(tmp_path / name))
    assert (status, why in said) == (2, True)


@pytest.mark.parametrize(
    ("form", "kept"), [("png", b"\x89PNG\r\n\x1a\n" + bytes(12)), ("mmd", b"%% nothing\n"), ("svg", b"")]
)
def test_a_file_that_does_not_say_what_it_shows_is_not_compared(form: Form, kept: bytes) -> None:
    with pytest.raises(NotDrawn, match="does not say what it shows"):
        differences(form, kept, b"")
