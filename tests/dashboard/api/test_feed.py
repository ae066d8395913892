"""What happened, over HTTP and live: to whom it is told, and in which pieces."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from channels.db import database_sync_to_async

from inspector.facts.diff import diff
from inspector.facts.types import HostState
from inspector.history.states import state_at
from inspector.models import Host
from inspector.protocol.frames import Reset, as_diff
from tests.dashboard.conftest import MACHINE, People, session_cookie, some_state
from tests.support.agent_socket import opened, say
from tests.support.host_history import URL, go_on
from tests.support.page_socket import socket as page_socket
from tests.support.states import a_container, a_process, a_state

WEB = a_container(7, "web", init_pid=20)
SHELL = a_process(40, "sh", container=WEB.id, role="exec", cmdline=("sh", "-c", "id"))


def with_web(*more: Any) -> HostState:
    members = [*some_state(1, 2).processes, a_process(20, container=WEB.id, role="init"), *more]
    return a_state(members, containers=[WEB])


@pytest.fixture
def later(host: Host) -> Host:
    """web starts at seq 2, a shell is executed in it at 3."""
    go_on(2, 5, with_web())
    go_on(3, 10, with_web(SHELL))
    return host


@pytest.mark.parametrize(
    ("name", "status"), [("nobody", 401), ("stranger", 404), ("viewer", 200), ("administrator", 200)]
)
def test_it_is_told_to_those_who_may_see_the_host(people: People, later: Host, name: str, status: int) -> None:
    assert getattr(people, name).get(f"{URL}/events").status_code == status


def test_an_unknown_host_is_not_there(people: People) -> None:
    assert people.administrator.get("/api/v1/hosts/unknown/events").status_code == 404


def read(people: People, query: str = "", status: int = 200) -> Any:
    answer = people.viewer.get(f"{URL}/events{query}")
    assert answer.status_code == status, answer.content
    return answer.json()


def kinds(people: People, query: str = "") -> list[tuple[int, str]]:
    entries = read(people, query)["entries"]
    told = [entry for entry in entries if not entry["kind"].startswith("agent-") and not entry["noise"]]
    return [(entry["seq"], entry["kind"]) for entry in told]


def test_the_newest_entries_come_first_with_all_their_fields(people: People, later: Host) -> None:
    assert kinds(people) == [(3, "exec"), (2, "container-started"), (2, "sharing-began")]
    entry = next(item for item in read(people)["entries"] if item["kind"] == "exec")
    assert entry == {
        "seq": 3,
        "at": "2026-11-23T03:10:10+00:00",
        "kind": "exec",
        "container": WEB.id,
        "where": "web",
        "key": SHELL.key,
        "pid": 40,
        "inside": None,
        "name": "sh",
        "types": [],
        "field": None,
        "from": None,
        "to": "sh -c id",
        "with": [],
        "with_names": [],
        "noise": False,
        "times": 1,
        "first_seq": 3,
        "first_at": "2026-11-23T03:10:10+00:00",
        "exit_code": None,
        "oom_killed": None,
        "mend": None,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?kind=exec", [(3, "exec")]),
        ("?kind=exec&kind=sharing-began", [(3, "exec"), (2, "sharing-began")]),
        ("?container=web&q=sh+-c", [(3, "exec")]),
        ("?type=net&kind=sharing-began", [(2, "sharing-began")]),
        ("?from=3", [(3, "exec")]),
        ("?to=2026-11-23T03:10:06Z&kind=container-started", [(2, "container-started")]),
        ("?before=3&kind=container-started", [(2, "container-started")]),
    ],
)
def test_it_is_filtered(people: People, later: Host, query: str, found: list[tuple[int, str]]) -> None:
    assert kinds(people, query) == found


def test_an_answer_says_where_to_go_on(people: People, later: Host) -> None:
    first = read(people, "?limit=1&kind=exec&kind=container-started")
    assert ([entry["seq"] for entry in first["entries"]], first["earlier"]) == ([3], 3)
    assert kinds(people, f"?before={first['earlier']}&kind=container-started") == [(2, "container-started")]


@pytest.mark.parametrize(
    "query", ["?kind=nothing", "?limit=0", "?limit=501", "?from=soon", "?type=disk", "?before=-1", "?q=" + "x" * 300]
)
def test_a_query_that_makes_no_sense_is_refused(people: People, query: str) -> None:
    read(people, query, 422)


@pytest.mark.django_db(transaction=True)
async def test_pages_receive_the_feed_after_the_changes_themselves(people: People, token: str) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)
    before, after = await database_sync_to_async(state_at)(MACHINE), with_web()
    after = msgspec.structs.replace(after, taken_at="2026-11-23T03:10:05+00:00")
    assert await say(agent, as_diff(MACHINE, 1, 2, after, diff(before, after))) == {"type": "ack", "seq": 2}
    heard = [json.loads(await page.receive_from()) for _ in range(3)]
    assert {message["type"] for message in heard} == {"diff", "feed", "trouble"}
    feed = next(message for message in heard if message["type"] == "feed")
    told = [entry["kind"] for entry in feed["entries"] if not entry["noise"]]
    assert (feed["seq"], told) == (2, ["container-started", "sharing-began"])
    await agent.disconnect()
    await page.disconnect()


@pytest.mark.django_db(transaction=True)
async def test_a_frame_is_acknowledged_although_nothing_can_be_told_of_it(
    people: People, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(diff: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("inspector.analysis.feed.live.feed_of", fail)
    agent = await opened(token)
    state = some_state(1)
    assert await say(agent, Reset(MACHINE, 2, state.taken_at, state)) == {"type": "ack", "seq": 2}
    await agent.disconnect()
