"""The agent's websocket: tokens, frames in, acknowledgements out, and nothing half stored."""

from __future__ import annotations

import asyncio
import json
import zlib
from datetime import timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError
from django.utils import timezone

from dashboard.models import AgentClaim, AgentToken
from inspector.facts.checksum import checksum
from inspector.facts.diff import diff
from inspector.facts.types import SCHEMA, Usage
from inspector.history import record
from inspector.history.states import state_at
from inspector.history.vitals.recording import means_of
from inspector.models import Host, Snapshot, Vitals
from inspector.protocol.frames import MOST_FRAMES, Batch, Heartbeat, Metrics, Reset, as_diff, pack
from inspector.version import VERSION
from tests.dashboard.conftest import MACHINE, People, session_cookie, some_state
from tests.support.agent_socket import agent_socket, opened, say
from tests.support.page_socket import socket as page_socket
from tests.support.states import a_container, a_process, a_state, container_id

pytestmark = pytest.mark.django_db(transaction=True)


def reset(seq: int, *pids: int) -> Reset:
    state = some_state(*pids)
    return Reset(host=MACHINE, seq=seq, taken_at=state.taken_at, state=state)


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer "},
        {"authorization": "Basic abc"},
        {"origin": "http://127.0.0.1:8000"},
        {"host": "evil.example"},
    ],
)
async def test_it_stays_closed_without_token_from_a_browser_or_under_another_name(
    token: str, headers: dict[str, str]
) -> None:
    communicator = agent_socket(token, **headers)
    connected, _ = await communicator.connect()
    assert not connected


async def test_a_session_is_no_token(people: People) -> None:
    communicator = agent_socket("", authorization="", cookie=session_cookie(people.administrator).decode())
    connected, _ = await communicator.connect()
    assert not connected


async def test_a_token_of_one_host_does_not_speak_for_another(token: str) -> None:
    connected, _ = await agent_socket(token, "another").connect()
    assert not connected


@pytest.mark.parametrize(
    "machine_id", ["a b", "a\n2026 WARNING forged", "\x1b[2J", "a\0b", "../x", "a" * 129, "", "\u202e"]
)
async def test_an_agent_of_a_host_whose_id_has_no_form_is_turned_away(
    machine_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = await database_sync_to_async(lambda: AgentToken.make("unbound")[1])()
    connected, _ = await agent_socket(text, quote(machine_id)).connect()
    assert not connected
    assert await AgentToken.objects.filter(machine_id="", used_at=None).acount() == 1
    assert "is no machine id" in caplog.text and caplog.records[-1].getMessage().isprintable()


async def test_a_frame_of_another_host_is_refused_and_not_stored(token: str) -> None:
    communicator = await opened(token)
    state = some_state(1)
    answer = await say(communicator, Reset(host="another", seq=2, taken_at=state.taken_at, state=state))
    assert "another host" in answer["refused"]
    assert not await Host.objects.filter(machine_id="another").aexists()
    await communicator.disconnect()


async def test_frames_are_stored_and_acknowledged_in_order(token: str) -> None:
    communicator = await opened(token)
    before, after = some_state(1, 2), some_state(1, 2, 3)
    assert await say(communicator, as_diff(MACHINE, 1, 2, after, diff(before, after))) == {"type": "ack", "seq": 2}
    assert await say(communicator, reset(3, 7)) == {"type": "ack", "seq": 3}
    assert await say(communicator, Heartbeat(3, after.taken_at)) == {"type": "ack", "seq": 3}
    host = await Host.objects.aget(machine_id=MACHINE)
    state = await database_sync_to_async(state_at)(host, 2)
    assert [process.pid for process in state.processes] == [1, 2, 3]
    await communicator.disconnect()


async def test_a_frame_sent_twice_is_stored_once(token: str) -> None:
    communicator = await opened(token)
    assert await say(communicator, reset(2, 5)) == await say(communicator, reset(2, 5)) == {"type": "ack", "seq": 2}
    await communicator.disconnect()


async def test_a_diff_on_another_base_asks_for_a_reset(token: str) -> None:
    communicator = await opened(token)
    before, after = some_state(1, 2), some_state(1, 2, 3)
    answer = await say(communicator, as_diff(MACHINE, 7, 8, after, diff(before, after)))
    assert answer == {"type": "ack", "seq": 1, "need": "reset"}
    await communicator.disconnect()


async def test_a_diff_that_does_not_fit_its_base_leaves_history_alone(token: str) -> None:
    communicator = await opened(token)
    wrong = as_diff(MACHINE, 1, 2, some_state(9), diff(some_state(1, 8), some_state(1, 9)))
    assert await say(communicator, wrong) == {"type": "ack", "seq": 1, "need": "reset"}
    await communicator.disconnect()


@pytest.mark.parametrize(
    "data",
    [
        b" ",
        b"{}",
        zlib.compress(b"{}"),
        zlib.compress(b'{"type":"ack","seq":1}'),
        zlib.compress(b'{"type":"reset","host":"' + MACHINE.encode() + b'","seq":2,"taken_at":"x","state":{}}'),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b"0" * (129 * 2**20)),
        pack(Heartbeat(1, "x"))[:-6],
    ],
    ids=["empty", "plain", "typeless", "an ack", "hollow", "deep", "bomb", "cut"],
)
async def test_a_malformed_frame_is_refused_with_the_reason_and_the_next_one_is_taken(
    token: str, data: bytes
) -> None:
    communicator = await opened(token)
    await communicator.send_to(bytes_data=data)
    answer = json.loads(await communicator.receive_from(timeout=60))
    assert answer["refused"] and answer["seq"] == 1
    assert await say(communicator, reset(2, 5)) == {"type": "ack", "seq": 2}
    await communicator.disconnect()


async def test_a_revoked_token_ends_the_stream_with_the_next_frame(token: str) -> None:
    communicator = await opened(token)
    await AgentToken.objects.aupdate(revoked_at=timezone.now())
    await communicator.send_to(bytes_data=pack(reset(2, 5)))
    assert (await communicator.receive_output())["code"] == 4401
    assert (await Host.objects.aget(machine_id=MACHINE)).last_seq == 1


async def test_a_frame_that_cannot_be_stored_is_left_with_the_agent(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    communicator = await opened(token)

    def full(frame: Any, **options: Any) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(record, "record", full)
        await communicator.send_to(bytes_data=pack(reset(2, 5)))
        assert (await communicator.receive_output())["code"] == 4503
    await communicator.disconnect()
    again = await opened(token)
    assert await say(again, reset(2, 5)) == {"type": "ack", "seq": 2}
    await again.disconnect()


async def test_a_frame_that_meets_a_fault_of_ours_is_left_with_the_agent(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    communicator = await opened(token)

    def faulty(frame: Any, **options: Any) -> None:
        raise RuntimeError("not foreseen")

    with monkeypatch.context() as broken:
        broken.setattr(record, "record", faulty)
        await communicator.send_to(bytes_data=pack(reset(2, 5)))
        assert (await communicator.receive_output())["code"] == 4503
    await communicator.disconnect()
    again = await opened(token)
    assert await say(again, reset(2, 5)) == {"type": "ack", "seq": 2}
    await again.disconnect()


async def test_pages_are_told_when_recording_fails_and_recovers_also_those_that_open_meanwhile(
    token: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)

    def full(frame: Any, **options: Any) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(record, "record", full)
        await agent.send_to(bytes_data=pack(reset(2, 5)))
        trouble = json.loads(await page.receive_from())
    await agent.disconnect()
    assert trouble["type"] == "trouble" and "disk" in trouble["text"]
    late = page_socket(session_cookie(people.viewer))
    await late.connect()
    await late.receive_from()
    assert json.loads(await late.receive_from()) == trouble
    agent = await opened(token)
    await say(agent, reset(2, 5))
    for socket in (page, late):
        assert json.loads(await socket.receive_from())["type"] == "diff"
        assert json.loads(await socket.receive_from()) == {"type": "trouble", "text": None}
        await socket.disconnect()
    await agent.disconnect()


async def test_a_host_is_one_agents_at_a_time(token: str) -> None:
    first = await opened(token)
    second = agent_socket(token)
    await second.connect()
    assert await second.receive_output() == {
        "type": "websocket.close", "code": 4409, "reason": "another agent speaks for this host"
    }  # fmt: skip
    await second.disconnect()
    assert await say(first, reset(2, 5)) == {"type": "ack", "seq": 2}
    await first.disconnect()
    third = agent_socket(token)
    await third.connect()
    assert json.loads(await third.receive_from()) == {"type": "ack", "seq": 2}
    await third.disconnect()


async def test_a_host_whose_holder_fell_silent_is_free(token: str) -> None:
    await opened(token)  # by a server that is killed here: its claim stays
    await AgentClaim.objects.aupdate(until_at=timezone.now() - timedelta(seconds=1))
    await (await opened(token)).disconnect()


async def test_a_claim_from_a_clock_that_was_set_back_does_not_hold_for_an_hour(token: str) -> None:
    await opened(token)
    await AgentClaim.objects.aupdate(until_at=timezone.now() + timedelta(hours=1))
    await (await opened(token)).disconnect()


async def test_an_agent_that_connects_again_takes_its_own_claim_over_and_the_old_connection_ends(token: str) -> None:
    before, after = agent_socket(token, f"{MACHINE}&agent=a1"), agent_socket(token, f"{MACHINE}&agent=a1")
    for socket in (before, after):
        await socket.connect()
        assert json.loads(await socket.receive_from()) == {"type": "ack", "seq": 1}
    await before.send_to(bytes_data=pack(reset(2, 5)))
    assert (await before.receive_output())["code"] == 4409
    await before.disconnect()
    assert await say(after, reset(2, 6)) == {"type": "ack", "seq": 2}
    await after.disconnect()


async def test_a_claim_is_kept_up_while_the_agent_says_nothing(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AgentClaim, "LASTS", timedelta(seconds=0.3))
    communicator = await opened(token)
    claim = await AgentClaim.objects.aget()
    first, renewed = claim.until_at, set[Any]()
    while len(renewed) < 3:
        await asyncio.sleep(0.02)
        await claim.arefresh_from_db()
        renewed |= {claim.until_at} - {first}
    await communicator.disconnect()
    assert not await AgentClaim.objects.aexists()


async def test_a_frame_becomes_a_diff_on_every_page(token: str, people: People) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)
    await say(agent, reset(2, 1, 5))
    message = json.loads(await page.receive_from())
    assert (message["base"], message["seq"]) == (1, 2)
    assert [process["pid"] for process in message["processes"]["add"]] == [5]
    assert json.loads(await page.receive_from()) == {"type": "trouble", "text": None}
    state = a_state([a_process(1), a_process(5)], containers=[a_container(12)])
    await say(agent, Reset(host=MACHINE, seq=3, taken_at=state.taken_at, state=state))
    assert json.loads(await page.receive_from())["seq"] == 3
    while json.loads(await page.receive_from())["type"] != "feed":
        pass
    usages = {container_id(12): Usage(pids=3), container_id(13): Usage(pids=4)}
    await say(agent, Metrics("2026-11-23T03:10:00+00:00", usages))
    told = json.loads(await page.receive_from())["containers"]
    assert {key: usage["pids"] for key, usage in told.items()} == {container_id(12): 3}
    await say(agent, Heartbeat(2, "2026-11-23T03:10:05+00:00"))
    assert json.loads(await page.receive_from())["type"] == "heartbeat"
    await agent.disconnect()
    row = await Vitals.objects.aget()  # what was heard of five minutes is stored when the connection ends
    assert list(means_of(row).containers) == [container_id(12)[:16]]
    await page.disconnect()


async def test_a_batch_is_acknowledged_once_and_becomes_one_diff_on_every_page(token: str, people: People) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)
    states = [some_state(1), some_state(1, 5), some_state(1, 5, 6), some_state(1, 6)]
    frames = [
        as_diff(MACHINE, seq, seq + 1, after, diff(before, after))
        for seq, (before, after) in enumerate(pairwise(states), 1)
    ]
    batch = Batch(tuple(frames), "2026-11-23T03:10:09+00:00", waiting=340)
    assert await say(agent, batch) == {"type": "ack", "seq": 4}
    message = json.loads(await page.receive_from())
    assert (message["base"], message["seq"], message["waiting"]) == (1, 4, 340)
    assert [process["pid"] for process in message["processes"]["add"]] == [6]
    assert message["age_ms"] > 0
    assert await Snapshot.objects.acount() == 4
    await agent.disconnect()
    await page.disconnect()


async def test_frames_before_one_that_does_not_fit_are_told_and_the_answer_says_how_far_history_is(
    token: str, people: People
) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)
    one, two = some_state(1), some_state(1, 5)
    good = as_diff(MACHINE, 1, 2, two, diff(one, two))
    stray = as_diff(MACHINE, 7, 8, one, diff(two, one))
    answer = await say(agent, Batch((good, stray), two.taken_at))
    assert answer == {"type": "ack", "seq": 2, "need": "reset"}
    assert json.loads(await page.receive_from())["seq"] == 2
    await agent.disconnect()
    await page.disconnect()


async def test_a_heartbeat_that_overtakes_tells_pages_how_old_their_state_is(token: str, people: People) -> None:
    page = page_socket(session_cookie(people.viewer))
    await page.connect()
    await page.receive_from()
    agent = await opened(token)
    await Host.objects.aupdate(seen_at=timezone.now() - timedelta(minutes=9))
    beat = Heartbeat(99, "2026-11-23T03:10:00+00:00", sent_at="2026-11-23T03:10:00+00:00", waiting=340)
    assert await say(agent, beat) == {"type": "ack", "seq": 1}
    message = json.loads(await page.receive_from())
    assert (message["type"], message["seq"], message["waiting"]) == ("heartbeat", 1, 340)
    assert message["age_ms"] > 500_000
    await agent.disconnect()
    await page.disconnect()


async def test_history_that_drifted_from_its_agent_asks_for_the_whole_state_and_not_all_the_time(token: str) -> None:
    communicator = await opened(token)
    state = some_state(1)
    first = msgspec.structs.replace(reset(2, 1), checksum=checksum(state))
    assert await say(communicator, first) == {"type": "ack", "seq": 2}
    assert await say(communicator, Heartbeat(2, state.taken_at, checksum(state))) == {"type": "ack", "seq": 2}
    lost = Heartbeat(2, state.taken_at, "0" * 16)
    assert await say(communicator, lost) == {"type": "ack", "seq": 2, "need": "reset"}
    assert await say(communicator, lost) == {"type": "ack", "seq": 2}
    await communicator.disconnect()


async def introduced(token: str, version: str, schema: int | str, machine_id: str = MACHINE) -> Any:
    communicator = agent_socket(token, f"{machine_id}&version={version}&schema={schema}")
    connected, _ = await communicator.connect()
    assert connected
    return communicator, json.loads(await communicator.receive_from())


async def test_an_agent_that_says_its_schema_is_welcomed_and_its_version_is_kept(token: str) -> None:
    communicator, greeting = await introduced(token, "9.1.0", 99)
    assert greeting == {"type": "welcome", "seq": 1, "version": VERSION, "schema": SCHEMA, "batch": MOST_FRAMES}
    host = await Host.objects.aget(machine_id=MACHINE)
    assert (host.agent_version, host.agent_schema) == ("9.1.0", 99)
    await communicator.disconnect()
    await (await opened(token)).disconnect()  # an earlier agent, which says none
    await host.arefresh_from_db()
    assert (host.agent_version, host.agent_schema) == ("", 1)


async def test_the_version_of_a_new_hosts_agent_is_kept_from_its_first_frame_on(host: Host) -> None:
    new = "c" * 32
    token = (await database_sync_to_async(AgentToken.make)("new", new))[1]
    communicator, greeting = await introduced(token, "0.1.0", 2, new)
    assert greeting["seq"] == 0
    state = some_state(1)
    state = msgspec.structs.replace(state, host=msgspec.structs.replace(state.host, machine_id=new))
    assert await say(communicator, Reset(new, 1, state.taken_at, state)) == {"type": "ack", "seq": 1}
    assert (await Host.objects.aget(machine_id=new)).agent_version == "0.1.0"
    await communicator.disconnect()


async def test_a_hostile_version_is_not_kept(token: str) -> None:
    communicator, greeting = await introduced(token, "%3Cscript%3E", "many")
    assert greeting == {"type": "ack", "seq": 1}
    assert (await Host.objects.aget(machine_id=MACHINE)).agent_version == ""
    await communicator.disconnect()


async def test_what_a_newer_agent_says_beyond_our_schema_is_ignored_and_the_rest_is_stored(token: str) -> None:
    communicator, _ = await introduced(token, "9.1.0", 99)
    frame = msgspec.json.decode(msgspec.json.encode(reset(2, 1, 5)))
    for place in (frame, frame["state"], frame["state"]["host"], *frame["state"]["processes"]):
        place["since_99"] = {"of": ["anything"]}
    frame |= {"schema": 99, "checksum": "0" * 16}  # of fields that are not known here
    assert await say(communicator, zlib.compress(msgspec.json.encode(frame))) == {"type": "ack", "seq": 2}
    key = frame["state"]["processes"][0]["key"]
    change = {"processes": {"change": [{"key": key, "set": {"since_99": 1}}]}, "since_99": {"add": [{}]}}
    moment = {"host": MACHINE, "taken_at": frame["taken_at"], "schema": 99, "checksum": "0" * 16}
    diffs = {"type": "diff", "base": 2, "seq": 3} | moment | change
    assert await say(communicator, zlib.compress(msgspec.json.encode(diffs))) == {"type": "ack", "seq": 3}
    beat = {"type": "heartbeat", "seq": 3, "taken_at": frame["taken_at"], "schema": 99, "checksum": "0" * 16}
    assert await say(communicator, zlib.compress(msgspec.json.encode(beat))) == {"type": "ack", "seq": 3}
    host = await Host.objects.aget(machine_id=MACHINE)
    state = await database_sync_to_async(state_at)(host, 3)
    assert state.processes == some_state(1, 5).processes
    await communicator.disconnect()


async def test_a_silent_agent_whose_token_is_revoked_gives_the_host_up(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AgentClaim, "LASTS", timedelta(seconds=0.3))
    communicator = await opened(token)
    await database_sync_to_async(AgentToken.objects.update)(revoked_at=timezone.now())
    assert (await communicator.receive_output(timeout=10))["code"] == 4401
    await communicator.disconnect()
    assert await database_sync_to_async(AgentClaim.objects.count)() == 0


async def test_a_token_made_for_no_host_does_not_take_over_a_known_one(
    people: People, token: str, caplog: Any
) -> None:
    made, text = await database_sync_to_async(AgentToken.make)("new")
    communicator = agent_socket(text)
    connected, _ = await communicator.connect()
    assert connected  # so that it can be told why not
    answer = await communicator.receive_output(timeout=10)
    assert (answer["type"], answer["code"]) == ("websocket.close", 4403)
    assert f"'{made.name}' was made for no host" in caplog.text
    kept = await database_sync_to_async(AgentToken.objects.get)(pk=made.pk)
    assert (kept.machine_id, kept.refused_for, kept.used_at) == ("", MACHINE, None) and kept.refused_at
    listed = await database_sync_to_async(people.administrator.get)("/admin/dashboard/agenttoken/")
    assert MACHINE in listed.content.decode()


@pytest.mark.parametrize("same_run", [False, True])
async def test_of_two_tokens_that_come_at_the_same_time_one_gets_the_host(db: Any, same_run: bool) -> None:
    texts = [(await database_sync_to_async(AgentToken.make)(f"new-{number}"))[1] for number in range(4)]
    run = "&agent=one" if same_run else ""
    sockets = [agent_socket(text, f"unheard-of{run}") for text in texts]
    await asyncio.gather(*(communicator.connect(timeout=20) for communicator in sockets))
    told = [await communicator.receive_output(timeout=20) for communicator in sockets]
    assert sum(message["type"] == "websocket.send" for message in told) == 1 or same_run
    bound = await database_sync_to_async(AgentToken.objects.filter(machine_id="unheard-of").count)()
    assert bound == 1
    for communicator in sockets:
        await communicator.disconnect(timeout=20)
