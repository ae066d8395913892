"""Containers left behind: what is decided of them, and how they are brought back."""

from __future__ import annotations

import shlex
from typing import Any

import msgspec
import pytest

from inspector.facts.left import joinings_of, left_of
from inspector.facts.mend import say_mend
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container, Declared, Gap, HostState
from tests.support.compared_states import OTHER, OWN, init_of, running
from tests.support.states import a_container

WEB = a_container(1, "web", init_pid=20)
FIELDS: dict[NamespaceType, str] = {"net": "network", "ipc": "ipc", "pid": "pid"}


def sidecar(kind: NamespaceType = "net", wanted: str = WEB.id, **facts: Any) -> Container:
    declared = Declared(**{FIELDS[kind]: f"container:{wanted}"})
    return a_container(2, "sidecar", init_pid=30, declared=declared, **facts)


def beside(kind: NamespaceType = "net", wanted: str = WEB.id) -> list[Any]:
    """The init of a sidecar in web's namespace of a type."""
    return [init_of(sidecar(kind, wanted), msgspec.structs.replace(OTHER, **{kind: getattr(OWN, kind)}))]


def judged(state: HostState) -> list[tuple[str, str | None]]:
    return [(item.verdict, item.how) for item in joinings_of(state)]


MOVED = msgspec.structs.replace(OWN, net=OTHER.mnt, ipc=OTHER.uts, pid=OTHER.time)
STOPPED = msgspec.structs.replace(WEB, init_pid=None, state="exited")


@pytest.mark.parametrize("kind", list(FIELDS))
@pytest.mark.parametrize("wanted", [WEB.id, WEB.name])
def test_a_sidecar_is_left_behind_when_the_other_one_is_restarted_stopped_or_removed(
    kind: NamespaceType, wanted: str
) -> None:
    side, init = sidecar(kind, wanted), beside(kind, wanted)
    assert judged(running(init_of(WEB), *init, containers=[WEB, side])) == [("joined", None)]
    assert judged(running(init_of(WEB, MOVED), *init, containers=[WEB, side])) == [("left", "restarted")]
    assert judged(running(*init, containers=[STOPPED, side])) == [("left", "stopped")]
    assert judged(running(*init, containers=[side])) == [("left", "removed")]


def test_one_that_was_recreated_under_the_same_name_is_another_one() -> None:
    again = a_container(7, "web", init_pid=70)
    state = running(init_of(again, MOVED), *beside(), containers=[again, sidecar()])
    assert judged(state) == [("left", "removed")]


@pytest.mark.parametrize(
    "state",
    [
        running(init_of(WEB, msgspec.structs.replace(OWN, net=None)), *beside(), containers=[WEB, sidecar()]),
        running(
            init_of(WEB), init_of(sidecar(), msgspec.structs.replace(OTHER, net=None)), containers=[WEB, sidecar()]
        ),
        running(*beside(), containers=[msgspec.structs.replace(WEB, init_pid=None), sidecar()]),
        running(*beside(), containers=[sidecar()], gaps=[Gap(None, "docker", "gone")]),
        running(init_of(WEB, MOVED, comm="runc:[2:INIT]"), *beside(), containers=[WEB, sidecar()]),
        running(init_of(WEB), init_of(sidecar(), OTHER, comm="runc:[2:INIT]"), containers=[WEB, sidecar()]),
    ],
    ids=[
        "its link",
        "the sidecar's link",
        "its init",
        "the engine",
        "it is being set up",
        "the sidecar is being set up",
    ],
)
def test_what_could_not_be_seen_is_unknown(state: HostState) -> None:
    assert judged(state) == [("unknown", None)]
    assert left_of(state) == {}


def test_a_sidecar_that_does_not_run_is_left_nowhere() -> None:
    stopped = msgspec.structs.replace(sidecar(), init_pid=None, state="exited")
    assert judged(running(init_of(WEB, MOVED), containers=[WEB, stopped])) == []


def mend(state: HostState, other: str = "web", successor: str | None = None) -> str:
    (item,) = left_of(state)[sidecar().id]
    return say_mend(next(one for one in state.containers if one.id == item.container), item, other, successor)


def test_what_mends_it_depends_on_what_became_of_the_other_one() -> None:
    side, init = sidecar(), beside()
    restarted = running(init_of(WEB, MOVED), *init, containers=[WEB, side])
    assert mend(restarted) == "Restart it: docker restart sidecar"
    stopped = running(*init, containers=[STOPPED, side])
    assert mend(stopped) == "Restart it: docker start web && docker restart sidecar"
    removed = running(*init, containers=[side])
    assert mend(removed, successor="web").endswith(
        "rm --force sidecar, and run it as before with --network container:web"
    )
    assert "--network container:NAME" in mend(removed)
    labels = {
        "com.docker.compose.project": "shop",
        "com.docker.compose.service": "side",
        "com.docker.compose.project.config_files": "/srv/my shop/compose.yaml",
    }
    composed = running(*init, containers=[msgspec.structs.replace(side, labels=labels)])
    assert mend(composed) == (
        "Recreate it: docker compose --project-name shop --file '/srv/my shop/compose.yaml' "
        "up --detach --force-recreate side"
    )


def test_a_hostile_name_stays_one_word_of_the_command() -> None:
    hostile = msgspec.structs.replace(sidecar(), name="x; rm -rf /")
    state = running(init_of(WEB, MOVED), *beside(), containers=[WEB, hostile])
    assert shlex.split(mend(state).partition(": ")[2]) == ["docker", "restart", "x; rm -rf /"]
