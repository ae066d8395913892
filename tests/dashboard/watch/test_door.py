"""Health and metrics: who gets which answer, under any name, and HEAD wherever GET is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from channels.testing import HttpCommunicator
from django.conf import settings
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from prometheus_client.parser import text_string_to_metric_families

from dashboard.asgi import http
from dashboard.watch import door, health
from dashboard.watch.metrics import SERVER
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People, session_cookie

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a-long-token-of-the-tests"


async def ask(path: str, method: str = "GET", client: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    named = {"host": "127.0.0.1:8000"} | headers
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    communicator = HttpCommunicator(http, method, path, headers=pairs)
    communicator.scope["client"] = [client, 40000]
    return dict(await communicator.get_response(timeout=60))


def without_secrets(answer: dict[str, Any]) -> str:
    text: str = answer["body"].decode()
    assert TOKEN not in text
    return text


async def test_it_is_alive_and_ready_under_any_name(host: Host) -> None:
    assert (await ask("/healthz", host="10.1.2.3:8000"))["status"] == 200
    answer = await ask("/readyz", host="10.1.2.3:8000")
    assert (answer["status"], json.loads(answer["body"])) == (200, {"ready": True})


async def test_it_is_not_ready_while_the_database_does_not_answer(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("unable to open database file: disk I/O error")

    monkeypatch.setattr(health, "migrated", type("Failing", (), {"lacks": staticmethod(fail)}))
    answer = await ask("/readyz")
    assert answer["status"] == 503
    assert json.loads(answer["body"])["database"].startswith("The disk of the server cannot be written")


def lose_a_migration() -> None:
    MigrationRecorder.Migration.objects.filter(app="dashboard").order_by("-pk")[:1].get().delete()


def test_it_is_not_ready_while_a_migration_is_missing(host: Host) -> None:
    kept = list(MigrationRecorder.Migration.objects.all())
    lose_a_migration()
    try:
        assert "manage.py migrate" in (health.Migrated().lacks() or "")
    finally:
        MigrationRecorder.Migration.objects.bulk_create(kept, ignore_conflicts=True)
    assert health.Migrated().lacks() is None


async def test_it_is_not_ready_while_the_channel_layer_is_away(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def send(self, channel: str, message: dict[str, Any]) -> None:
            raise ConnectionError

    monkeypatch.setattr(health, "get_channel_layer", Away)
    answer = await ask("/readyz")
    assert answer["status"] == 503 and "ConnectionError" in json.loads(answer["body"])["channel_layer"]


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {"host": "[::1]:8000"}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("127.0.0.1", {"x_forwarded_for": "198.51.100.7"}, 403),
        ("127.0.0.1", {"forwarded": "for=198.51.100.7"}, 403),
        ("127.0.0.1", {"host": "rebound.example.org"}, 403),
        ("198.51.100.7", {}, 403),
        ("198.51.100.7", {"authorization": f"Bearer {TOKEN}"}, 403),
        ("", {}, 403),
    ],
)
async def test_without_a_token_metrics_are_for_this_machine(
    host: Host, client: str, headers: dict[str, str], status: int
) -> None:
    assert (await ask("/metrics", client=client, **headers))["status"] == status


@pytest.mark.parametrize(
    ("client", "authorization", "status"),
    [
        ("198.51.100.7", f"Bearer {TOKEN}", 200),
        ("198.51.100.7", f"bearer {TOKEN}", 200),
        ("127.0.0.1", "", 401),
        ("127.0.0.1", f"Bearer {TOKEN}x", 401),
        ("127.0.0.1", f"Basic {TOKEN}", 401),
        ("127.0.0.1", "Bearer \xff", 401),
    ],
)
async def test_with_a_token_metrics_are_for_whoever_has_it(
    host: Host, client: str, authorization: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "METRICS_TOKEN", TOKEN)
    answer = await ask("/metrics", client=client, authorization=authorization)
    assert answer["status"] == status
    without_secrets(answer)


async def test_the_metrics_are_well_formed_and_name_this_process(host: Host) -> None:
    answer = await ask("/metrics")
    families = {one.name: one for one in text_string_to_metric_families(answer["body"].decode())}
    assert families["isoscope_server_info"].samples[0].labels["server"] == SERVER
    assert families["isoscope_host_processes"].samples[0].value == 2
    assert families["process_cpu_seconds"].samples[0].labels == {"server": SERVER}
    assert families["isoscope_agents"].samples[0].labels["schema"] == "1"
    assert {one.labels["level"] for one in families["isoscope_log_messages"].samples} >= {"warning", "error"}


async def test_metrics_of_a_database_that_does_not_answer_are_no_fault(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> bytes:
        raise OperationalError("database is locked")

    monkeypatch.setattr(door, "read_metrics", fail)
    answer = await ask("/metrics")
    assert (answer["status"], b"locked by another program" in answer["body"]) == (503, True)


GIVEN = ["/", "/sign-in", "/api/v1/hosts", f"/api/v1/hosts/{MACHINE}/state", "/healthz", "/readyz", "/metrics"]


@pytest.mark.parametrize("path", GIVEN)
async def test_head_is_answered_as_get_without_a_body(people: People, path: str) -> None:
    headers = {"host": "127.0.0.1:8000", "cookie": session_cookie(people.viewer).decode()}
    full, head = await ask(path, **headers), await ask(path, "HEAD", **headers)
    assert (head["status"], head["body"]) == (full["status"], b"") and full["body"]
    assert {name for name, _ in head["headers"]} == {name for name, _ in full["headers"]}


async def test_health_takes_nothing_but_get_and_head(host: Host) -> None:
    assert {(await ask(path, "POST"))["status"] for path in door.PATHS} == {405}
