"""The page's websocket: who may open it, what it says first, how a gap is filled, and when it closes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Permission, User
from django.test import Client

from dashboard.accounts.access import find_host, still_see
from dashboard.models import HostViewer
from dashboard.sockets import audience, broadcast
from dashboard.sockets.broadcast import announce
from dashboard.sockets.page import MOST_ASKED, MOST_PAGES
from inspector.facts.types import Usage
from inspector.history import record
from inspector.history.record import Recorded
from inspector.models import Host
from inspector.protocol.close_codes import CROWDED
from inspector.protocol.frames import Heartbeat, Metrics, Reset
from tests.dashboard.conftest import MACHINE, People, session_cookie, some_state
from tests.support.page_socket import socket

pytestmark = pytest.mark.django_db(transaction=True)


def record_pids(seq: int, *pids: int) -> Recorded:
    state = some_state(*pids)
    return record.record(Reset(host=MACHINE, seq=seq, taken_at=state.taken_at, state=state))


async def refused(communicator: WebsocketCommunicator) -> bool:
    connected, _ = await communicator.connect()
    await communicator.disconnect()
    return not connected


@pytest.mark.parametrize(
    ("name", "closed"), [("nobody", True), ("stranger", True), ("viewer", False), ("administrator", False)]
)
async def test_it_opens_for_those_who_may_see_the_host(people: People, name: str, closed: bool) -> None:
    assert await refused(socket(session_cookie(getattr(people, name)))) is closed


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": b"https://evil.example"},
        {"origin": b"http://127.0.0.1:9999"},
        {"origin": b"null"},
        {"origin": b"https://127.0.0.1:8000"},
        {"origin": b"ftp://127.0.0.1:8000"},
        {"origin": b"http://127.0.0.1:8000/"},
        {"origin": b"http://127.0.0.1:8000@evil.example"},
        {"origin": b"http://evil.example@127.0.0.1:8000"},
        {"origin": b"http://127.0.0.1:x"},
        {"origin": b"http://127.0.0.1"},
        {"origin": b""},
        {"host": b"evil.example", "origin": b"http://evil.example"},
        {"host": b"", "origin": b"http://"},
    ],
)
async def test_it_stays_closed_to_every_other_place(people: People, headers: dict[str, bytes]) -> None:
    assert await refused(socket(session_cookie(people.viewer), **headers))


@pytest.mark.parametrize(
    ("proto", "origin", "closed"),
    [
        (b"https", b"https://127.0.0.1", False),
        (b"https", b"https://127.0.0.1:443", False),
        (b"https", b"http://127.0.0.1", True),
        (b"http", b"https://127.0.0.1", True),
        (b"", b"https://127.0.0.1", True),
    ],
)
async def test_behind_a_proxy_with_tls_it_opens_only_to_pages_that_came_by_it(
    people: People, settings: Any, proto: bytes, origin: bytes, closed: bool
) -> None:
    settings.BEHIND_TLS = True
    headers = {"host": b"127.0.0.1", "origin": origin, "x-forwarded-proto": proto}
    assert await refused(socket(session_cookie(people.viewer), **headers)) is closed


async def test_without_such_a_proxy_its_headers_are_ignored(people: People) -> None:
    headers = {"origin": b"https://127.0.0.1:8000", "x-forwarded-proto": b"https"}
    assert await refused(socket(session_cookie(people.viewer), **headers))


@pytest.mark.parametrize("path", ["/ws/hosts/unknown", "/ws/nothing", "/ws/hosts/"])
async def test_it_stays_closed_on_every_other_path(people: People, path: str) -> None:
    assert await refused(socket(session_cookie(people.viewer), path))


async def test_it_first_says_what_was_missed(people: People) -> None:
    await database_sync_to_async(record_pids)(2, 1, 3)
    at_one = socket(session_cookie(people.viewer))
    await at_one.connect()
    message = json.loads(await at_one.receive_from())
    assert (message["type"], message["base"], message["seq"]) == ("diff", 1, 2)
    assert [process["pid"] for process in message["processes"]["add"]] == [3]
    await at_one.disconnect()


async def test_a_page_that_is_up_to_date_gets_a_heartbeat(people: People) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    assert json.loads(await communicator.receive_from())["type"] == "heartbeat"
    await communicator.disconnect()


@pytest.mark.parametrize("seq", ["0", "99", "x", "-1", "9" * 40])
async def test_a_page_with_an_impossible_number_is_told_to_fetch_again(people: People, seq: str) -> None:
    communicator = socket(session_cookie(people.viewer), f"/ws/hosts/{MACHINE}?seq={seq}")
    await communicator.connect()
    assert json.loads(await communicator.receive_from()) == {"type": "reset", "seq": 1}
    await communicator.disconnect()


async def test_a_page_asks_for_what_it_missed(people: People) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    await database_sync_to_async(record_pids)(2, 1)
    await database_sync_to_async(record_pids)(3, 1, 4)
    await communicator.send_to(json.dumps({"type": "resync", "seq": 1}))
    message = json.loads(await communicator.receive_from())
    assert (message["base"], message["seq"]) == (1, 3)
    await communicator.disconnect()


@pytest.mark.parametrize("text", [" ", "{", "[]", '{"type": "kill"}', '{"type": "resync", "seq": "1"}', "x" * 10000])
async def test_it_closes_on_anything_else_a_page_says(people: People, text: str) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    await communicator.send_to(text)
    assert (await communicator.receive_output())["code"] == 4400


async def test_what_is_announced_reaches_the_page(people: People) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    recorded = await database_sync_to_async(record_pids)(2, 1)
    assert recorded.diff is not None
    await announce(MACHINE, recorded.diff)
    message = json.loads(await communicator.receive_from())
    assert (message["type"], message["base"], message["seq"]) == ("diff", 1, 2)
    await communicator.disconnect()


def sign_out(people: People) -> None:
    people.viewer.post("/sign-out")


def lose_right(people: People) -> None:
    HostViewer.objects.all().delete()


def disable(people: People) -> None:
    User.objects.filter(username="viewer").update(is_active=False)


def delete(people: People) -> None:
    User.objects.filter(username="viewer").delete()


def change_password(people: People) -> None:
    user = User.objects.get(username="viewer")
    user.set_password("a new and long one")
    user.save()


@pytest.mark.parametrize("event", [sign_out, lose_right, disable, delete, change_password])
async def test_the_stream_ends_with_the_right_to_it(people: People, event: Any) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    await database_sync_to_async(event)(people)
    await announce(MACHINE, Heartbeat(1, "2026-11-23T03:10:00+00:00"))
    assert (await communicator.receive_output())["code"] == 4401


async def test_a_page_receives_everything_in_order_while_it_catches_up(people: People) -> None:
    """What is announced between the reading of what was missed and its sending is not lost."""
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    recorded = [await database_sync_to_async(record_pids)(seq, seq) for seq in range(2, 30)]
    for number, one in enumerate(recorded):
        assert one.diff is not None
        if number % 3 == 0:
            await communicator.send_to(json.dumps({"type": "resync", "seq": 1}))
        await announce(MACHINE, one.diff)
    held = 1
    while held < 29:
        message = json.loads(await communicator.receive_from())
        if message["type"] == "diff" and message["base"] in (held, 1):
            held = message["seq"]
    await communicator.disconnect()


async def test_a_page_that_asks_all_the_time_is_closed(people: People) -> None:
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    for _ in range(MOST_ASKED + 1):
        await communicator.send_to(json.dumps({"type": "resync", "seq": 1}))
    answers = [await communicator.receive_output() for _ in range(MOST_ASKED + 2)]
    assert (answers[-1]["type"], answers[-1]["code"]) == ("websocket.close", CROWDED)


async def test_one_person_may_have_many_pages_open_but_not_any_number(people: People) -> None:
    cookie = session_cookie(people.viewer)
    pages = [socket(cookie) for _ in range(MOST_PAGES + 1)]
    for page in pages:
        connected, _ = await page.connect()
        assert connected
    assert (await pages[-1].receive_output())["code"] == CROWDED
    for page in pages[:-1]:
        assert (await page.receive_output())["type"] == "websocket.send"
    other = socket(session_cookie(people.administrator))
    await other.connect()
    assert json.loads(await other.receive_from())["type"] == "heartbeat"
    await pages[0].disconnect()
    again = socket(cookie)
    await again.connect()
    assert json.loads(await again.receive_from())["type"] == "heartbeat"
    for page in (*pages[1:], other, again):
        await page.disconnect()


async def test_rights_are_asked_for_once_for_all_pages_and_also_where_the_host_changes_all_the_time(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def counted(keys: Any, machine_id: str) -> set[str]:
        asked.append(len(keys))
        return still_see(keys, machine_id)

    monkeypatch.setattr(audience, "still_see", counted)
    viewer, administrator = socket(session_cookie(people.viewer)), socket(session_cookie(people.administrator))
    for page in (viewer, administrator):
        await page.connect()
        await page.receive_from()
    await database_sync_to_async(lose_right)(people)
    recorded = await database_sync_to_async(record_pids)(2, 1, 5)
    assert recorded.diff is not None
    await announce(MACHINE, recorded.diff)
    assert (await viewer.receive_output())["code"] == 4401
    assert json.loads(await administrator.receive_from())["seq"] == 2
    assert asked == [2]
    await administrator.disconnect()


def make_visitors() -> list[User]:
    """People with every kind of right, and of lack of it."""
    host = Host.objects.get(machine_id=MACHINE)
    users = [User.objects.create_user(f"visitor-{number}") for number in range(5)]
    User.objects.filter(pk=users[1].pk).update(is_staff=True)
    HostViewer.objects.create(user=users[2], host=host)
    users[3].user_permissions.add(Permission.objects.get(codename="view_host"))
    User.objects.filter(pk=users[4].pk).update(is_superuser=True, is_staff=False)
    return [*User.objects.filter(pk__in=[user.pk for user in users])]


def test_many_users_are_checked_like_one(people: People) -> None:
    visitors = make_visitors()
    cookies = {user.pk: sign_in(user) for user in visitors}
    expected = {cookies[user.pk] for user in visitors if find_host(user, MACHINE)}
    assert still_see(set(cookies.values()), MACHINE) == expected
    assert 0 < len(expected) < len(visitors)
    assert still_see(set(cookies.values()), "unknown") == set()


def sign_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


async def test_a_diff_too_large_for_a_message_becomes_a_request_to_fetch_the_state(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "LARGEST", 100)
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    recorded = await database_sync_to_async(record_pids)(2, 1, 3)
    assert recorded.diff is not None
    await announce(MACHINE, recorded.diff)
    assert json.loads(await communicator.receive_from()) == {"type": "reset", "seq": 2}
    await communicator.disconnect()


async def test_what_is_too_large_and_about_no_state_reaches_no_page(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "LARGEST", 100)
    communicator = socket(session_cookie(people.viewer))
    await communicator.connect()
    await communicator.receive_from()
    usages = {f"{number:064x}": Usage(1, 2, 3) for number in range(10)}
    assert not await announce(MACHINE, Metrics("2026-11-23T03:10:00+00:00", usages))
    assert await communicator.receive_nothing()
    await communicator.disconnect()
