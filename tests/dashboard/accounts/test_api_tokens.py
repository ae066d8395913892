"""API tokens: what one opens, and that it opens no more, for nobody longer than it should."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone

from dashboard.accounts.access import may_send_file
from dashboard.api.still_allowed import RightLost, note_asked
from dashboard.api.transfer import next_piece
from dashboard.models import ApiToken, HostViewer
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People
from tests.support.page_socket import socket

HOST = f"/api/v1/hosts/{MACHINE}"
OTHER = "0d" * 16


def bearer(text: str, **more: Any) -> Client:
    """A client without a cookie that sends this token, as curl does; CSRF is enforced."""
    headers = {"host": "127.0.0.1:8000", "authorization": f"Bearer {text}"}
    return Client(enforce_csrf_checks=True, headers=headers, **more)


def make(name: str, **facts: Any) -> tuple[ApiToken, Client, str]:
    """A token of this account, a client with it, and its text."""
    token, text = ApiToken.make(User.objects.get(username=name), "script", **facts)
    return token, bearer(text), text


@pytest.fixture
def other(people: People) -> Host:
    """A second host, which the viewer may see too."""
    host = Host.objects.get(machine_id=MACHINE)
    host.pk, host.machine_id = None, OTHER
    host.save()
    HostViewer.objects.create(user=User.objects.get(username="viewer"), host=host)
    return host


def test_a_token_shows_what_its_account_may_see(people: People) -> None:
    _, viewer, text = make("viewer")
    _, stranger, _ = make("stranger")
    assert text.startswith("isoscope_")
    assert [host["id"] for host in viewer.get("/api/v1/hosts").json()] == [MACHINE]
    assert viewer.get(f"{HOST}/state").status_code == 200
    assert stranger.get(f"{HOST}/state").status_code == 404


def test_its_text_is_not_stored(people: People) -> None:
    token, _, text = make("viewer")
    stored = ApiToken.objects.filter(pk=token.pk).values()[0]
    assert text not in map(str, stored.values()) and text.removeprefix("isoscope_") not in str(stored)


def test_its_use_is_noted(people: People) -> None:
    token, client, _ = make("viewer")
    client.get("/api/v1/hosts")
    token.refresh_from_db()
    assert token.used_at is not None


def test_a_reading_token_changes_nothing_not_even_an_administrators(people: People) -> None:
    _, client, _ = make("root")
    for path, method in ((f"{HOST}/snapshots", "post"), (HOST, "delete"), ("/api/v1/import", "post")):
        answer = getattr(client, method)(path, content_type="application/json")
        assert (answer.status_code, answer.json()) == (403, {"detail": "this token may only read"})
    assert Host.objects.filter(machine_id=MACHINE, importing=False).exists()


def test_an_administering_token_needs_no_csrf_token_and_has_its_accounts_rights(people: People) -> None:
    _, viewer, _ = make("viewer", scope="administer")
    _, root, _ = make("root", scope="administer")
    assert viewer.post(f"{HOST}/snapshots", content_type="application/json").status_code == 202
    assert viewer.delete(HOST).status_code == 403
    assert root.delete(HOST).status_code == 409, "its agent reports"


def test_a_token_for_one_host_reaches_no_other_and_makes_none(people: People, other: Host) -> None:
    _, client, text = make("viewer", hosts=[OTHER])
    assert [host["id"] for host in client.get("/api/v1/hosts").json()] == [OTHER]
    assert client.get(f"{HOST}/state").status_code == 404
    _, root, text = make("root", scope="administer", hosts=[OTHER])
    assert root.delete(HOST).status_code == 404
    Host.objects.filter(machine_id=MACHINE).update(importing=True)
    assert root.get(f"{HOST}/deletion").status_code == 403
    assert root.post("/api/v1/import", {"file": SimpleUploadedFile("x", b"x")}).status_code == 403
    assert not may_send_file(None, f"Bearer {text}".encode())
    assert may_send_file(None, f"bearer {make('root', scope='administer')[2]}".encode())
    assert not may_send_file(None, f"Bearer {make('root')[2]}".encode())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"revoked_at": timezone.now()}, "revoked"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expired"),
    ],
)
def test_a_token_that_ended_is_refused_with_the_reason(people: People, change: dict[str, Any], said: str) -> None:
    token, client, _ = make("viewer")
    ApiToken.objects.filter(pk=token.pk).update(**change)
    answer = client.get("/api/v1/hosts")
    assert answer.status_code == 401 and said in answer.json()["detail"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_of_a_disabled_or_deleted_account_is_refused(people: People) -> None:
    _, client, _ = make("viewer")
    user = User.objects.get(username="viewer")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/api/v1/hosts").status_code == 401
    user.delete()
    assert client.get("/api/v1/hosts").status_code == 401


def test_a_wrong_token_is_refused_even_where_a_session_would_do(people: People) -> None:
    for text in ("isoscope_wrong", "", "é", "x" * 5000):
        answer = people.viewer.get("/api/v1/hosts", headers={"authorization": f"Bearer {text}"})
        assert answer.status_code == 401, text


def test_wrong_tokens_are_paused_and_right_ones_are_not(people: People) -> None:
    _, right, _ = make("viewer")
    wrong = bearer("isoscope_wrong")
    answers = [wrong.get("/api/v1/hosts") for _ in range(22)]
    assert [answer.status_code for answer in answers[:20]] == [401] * 20
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 1
    assert right.get("/api/v1/hosts").status_code == 200


def test_a_download_ends_with_its_token(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.api.still_allowed.ASK_AFTER_S", 0)
    token = make("viewer")[0]
    request = RequestFactory().get(f"{HOST}/export")
    request.user = token.bearer()
    note_asked(request, MACHINE)
    pieces = iter((b"one", b"two", b"three"))
    assert next_piece(request, pieces) == b"one"
    token.revoke()
    with pytest.raises(RightLost):
        next_piece(request, pieces)


@pytest.mark.django_db(transaction=True)
async def test_no_websocket_opens_by_one(people: People) -> None:
    from channels.db import database_sync_to_async

    text = (await database_sync_to_async(make)("viewer"))[2]
    communicator = socket(b"", authorization=f"Bearer {text}".encode())
    assert (await communicator.connect())[0] is False


# The page


def test_a_token_is_made_on_the_page_and_shown_once(people: People) -> None:
    form = {"name": "backup <b>", "scope": "read", "days": "30", "hosts": [MACHINE]}
    page = people.viewer.post("/tokens", form).content.decode()
    token = ApiToken.objects.get()
    text = page.partition('id="new-token">')[2].partition("<")[0]
    assert bearer(text).get(f"{HOST}/state").status_code == 200
    assert token.expires_at is not None and token.hosts == [MACHINE]
    again = people.viewer.get("/tokens").content.decode()
    assert text not in again and "backup &lt;b&gt;" in again and "<b>" not in again


def test_nobody_makes_a_token_for_a_host_they_do_not_see(people: People, other: Host) -> None:
    HostViewer.objects.filter(host=other).delete()
    people.viewer.post("/tokens", {"name": "x", "scope": "read", "days": "", "hosts": [OTHER]})
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_owner_or_an_administrator_only(people: People) -> None:
    first, second = make("viewer")[0], make("viewer")[0]
    assert people.stranger.post(f"/tokens/{first.pk}/revoke").status_code == 404
    assert people.viewer.post(f"/tokens/{first.pk}/revoke").status_code == 302
    assert people.administrator.post(f"/tokens/{second.pk}/revoke").status_code == 302
    assert not ApiToken.objects.filter(revoked_at=None).exists()
