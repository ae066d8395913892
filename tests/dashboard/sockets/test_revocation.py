"""Each way of losing the right to a host, and each way of getting data of it: after the loss there is none."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.utils import timezone

from dashboard.api import compare, still_allowed
from dashboard.api.shares import EXPORTS
from dashboard.models import HostViewer
from dashboard.pictures import draw
from dashboard.sockets import audience
from dashboard.sockets.broadcast import announce
from inspector.history import record
from inspector.models import Host
from inspector.protocol.close_codes import REVOKED
from inspector.protocol.frames import Heartbeat, Reset
from tests.dashboard.conftest import MACHINE, People, session_cookie, some_state
from tests.support.page_socket import socket

pytestmark = pytest.mark.django_db(transaction=True)

HOST = f"/api/v1/hosts/{MACHINE}"
Loss = Callable[[People], object]


def sign_out(people: People) -> None:
    assert people.viewer.post("/sign-out").status_code == 302


def lose_right(people: People) -> None:
    HostViewer.objects.get(user__username="viewer").delete()


def lose_right_in_bulk(people: People) -> None:
    HostViewer.objects.all()._raw_delete("default")  # without signals, as another program would


def disable(people: People) -> None:
    User.objects.filter(username="viewer").update(is_active=False)


def delete_user(people: People) -> None:
    User.objects.get(username="viewer").delete()


def change_password(people: People) -> None:
    user = User.objects.get(username="viewer")
    user.set_password("a new and long one")
    user.save()


def let_the_session_expire(people: People) -> None:
    key = people.viewer.session.session_key
    Session.objects.filter(session_key=key).update(expire_date=timezone.now() - timedelta(seconds=1))


def delete_sessions(people: People) -> None:
    Session.objects.all().delete()


def delete_host(people: People) -> None:
    Host.objects.all().delete()


LOSSES: list[Loss] = [
    *(sign_out, lose_right, lose_right_in_bulk, disable, delete_user, change_password),
    *(let_the_session_expire, delete_sessions, delete_host),
]
TOLD_AT_ONCE: list[Loss] = [sign_out, lose_right, delete_user, change_password, delete_sessions, delete_host]
losses = pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)


async def in_step(people: People) -> WebsocketCommunicator:
    """A page that was told everything, of a host that is silent from now on."""
    page = socket(session_cookie(people.viewer))
    assert (await page.connect())[0]
    assert json.loads(await page.receive_from())["type"] == "heartbeat"
    return page


def record_secret() -> None:
    state = some_state(1, 4711)
    record.record(Reset(host=MACHINE, seq=2, taken_at=state.taken_at, state=state))


async def closes_without_data(page: WebsocketCommunicator) -> None:
    answer = await page.receive_output(timeout=10)
    assert (answer["type"], answer.get("code")) == ("websocket.close", REVOKED)
    assert await page.receive_nothing()


@losses
async def test_asking_a_silent_host_for_what_was_missed(people: People, loss: Loss) -> None:
    page = await in_step(people)
    await database_sync_to_async(record_secret)()
    await database_sync_to_async(lose_quietly)(loss, people)
    await page.send_to(json.dumps({"type": "resync", "seq": 1}))
    await closes_without_data(page)


def lose_quietly(loss: Loss, people: People) -> None:
    """Without a word to the audiences, as where the channel layer is away."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.accounts.revocation.send", lambda subject: None)
        loss(people)


@losses
async def test_waiting_at_a_silent_host(people: People, loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "CLOCK_S", 0.05)
    page = await in_step(people)
    await database_sync_to_async(lose_quietly)(loss, people)
    await closes_without_data(page)


@pytest.mark.parametrize("loss", TOLD_AT_ONCE, ids=lambda loss: loss.__name__)
async def test_losing_it_closes_the_page_at_once(people: People, loss: Loss) -> None:
    """Long before the clock comes round, and only the pages of the one who lost it."""
    page, other = await in_step(people), socket(session_cookie(people.administrator))
    await other.connect()
    await other.receive_from()
    await database_sync_to_async(loss)(people)
    await closes_without_data(page)
    if loss is not delete_host and loss is not delete_sessions:
        assert await other.receive_nothing()
        await other.disconnect()


@losses
async def test_receiving_what_is_announced(people: People, loss: Loss) -> None:
    page = await in_step(people)
    await database_sync_to_async(lose_quietly)(loss, people)
    await announce(MACHINE, Heartbeat(1, "2026-11-23T03:10:00+00:00"))
    await closes_without_data(page)


@losses
async def test_opening_another_page(people: People, loss: Loss) -> None:
    cookie = session_cookie(people.viewer)
    await database_sync_to_async(loss)(people)
    page = socket(cookie)
    connected, _ = await page.connect()
    assert not connected


PATHS = [
    *(
        "state",
        "state?at=1",
        "compare?from=1&to=1",
        "compare/report?from=1&to=1",
        "compare/report?from=1&to=1&format=csv",
    ),
    *(
        "picture.svg",
        "timeline",
        "vitals",
        "moment?at=1",
        "events",
        "life/process?key=0f3c2d1e:1:100",
        "snapshots",
        "export",
    ),
]


@losses
def test_asking_over_http(people: People, loss: Loss) -> None:
    tag = people.viewer.get(f"{HOST}/state").headers["ETag"]
    loss(people)
    found = {path: people.viewer.get(f"{HOST}/{path}", headers={"if-none-match": tag}).status_code for path in PATHS}
    assert set(found.values()) <= {401, 404}, found


@losses
@pytest.mark.parametrize(
    ("path", "module", "work"),
    [
        ("picture.svg", draw, "run"),
        ("compare/report?from=1&to=1", compare, "compare_between"),
        ("compare/report?from=1&to=1&format=markdown", compare, "render"),
    ],
)
def test_an_answer_that_is_being_made(
    people: People, loss: Loss, path: str, module: Any, work: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right is lost when the work begins; the work is done for nothing."""
    done = getattr(module, work)

    def lose_and_work(*arguments: Any) -> Any:
        loss(people)
        return done(*arguments)

    monkeypatch.setattr(still_allowed, "ASK_AFTER_S", 0.0)
    monkeypatch.setattr(module, work, lose_and_work)
    answer = people.viewer.get(f"{HOST}/{path}")
    assert (answer.status_code, answer.json()) == (404, {"detail": still_allowed.HIDDEN})


@losses
async def test_an_export_that_is_under_way(people: People, loss: Loss, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sent is no whole file, and the connection breaks off."""
    monkeypatch.setattr(still_allowed, "ASK_AFTER_S", 0.0)
    client = AsyncClient(headers={"host": "127.0.0.1:8000"})
    client.cookies = people.viewer.cookies
    answer: Any = await client.get(f"{HOST}/export")
    pieces: AsyncIterator[bytes] = answer.streaming_content.__aiter__()
    begun = await anext(pieces)
    await sync_to_async(loss)(people)
    with pytest.raises(still_allowed.RightLost):
        while True:
            begun += await anext(pieces)
    with pytest.raises(EOFError):
        gzip.decompress(begun)
    assert EXPORTS._running.total() == 0
