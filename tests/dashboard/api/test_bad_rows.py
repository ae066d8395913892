"""A list never fails for one row: values that older versions accepted and that are refused now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from dashboard.api import routes
from dashboard.api.routes import Agent
from inspector.facts.moments import to_micros
from inspector.models import Host
from tests.dashboard.conftest import MACHINE, People
from tests.support.grown_history import grow

URL = f"/api/v1/hosts/{MACHINE}"
FIRST = datetime(1, 1, 1, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
LISTS = [
    "timeline",
    "events",
    "snapshots",
    "state",
    "compare/report?from=1&to=3",
    "export",
    "moment?at=2",
    "picture.svg",
]
BEYOND = [-(2**62), 2**62, to_micros(FIRST), to_micros(LAST)]


def overwrite(table: str, column: str, value: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", (value,))


def status_of(answer: Any) -> int:
    b"".join(answer) if answer.streaming else answer.content
    return int(answer.status_code)


@pytest.mark.parametrize("seconds", [1e300, -1e300, 1e9, 0.0, -5.0])
def test_an_absurd_interval_of_one_host_does_not_break_the_list(people: People, seconds: float) -> None:
    Host.objects.update(interval_s=seconds)
    listed = people.administrator.get("/api/v1/hosts")
    assert listed.status_code == 200
    assert [host["id"] for host in listed.json()] == [MACHINE]
    assert 0 < listed.json()[0]["interval_s"] <= 86400


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("micros", BEYOND)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("inspector_host", "seen_at"),
        ("inspector_host", "taken_at"),
        ("inspector_host", "heard_at"),
        ("inspector_host", "first_seen_at"),
        ("inspector_host", "imported_at"),
        ("inspector_snapshot", "taken_at"),
        ("inspector_snapshot", "recorded_at"),
        ("inspector_snapshot", "duration_ms"),
        ("inspector_hour", "at"),
        ("inspector_mark", "taken_at"),
        ("inspector_mark", "requested_at"),
        ("inspector_watch", "from_at"),
        ("inspector_watch", "until_at"),
    ],
)
@pytest.mark.django_db(transaction=True)  # an export's thread closes its connection
def test_an_impossible_moment_does_not_break_the_list(people: People, table: str, column: str, micros: int) -> None:
    grow(1, 3, seq=2)
    grow(1, 3, 4, seq=3)
    people.administrator.post(f"{URL}/snapshots", {"seq": 2, "name": "here"}, content_type="application/json")
    overwrite(table, column, micros)
    assert [host["id"] for host in people.administrator.get("/api/v1/hosts").json()] == [MACHINE]
    found = {name: status_of(people.administrator.get(f"{URL}/{name}")) for name in LISTS}
    assert found == dict.fromkeys(LISTS, 200)


def test_a_row_that_cannot_be_shown_is_listed_with_its_problem(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(host: Host) -> Agent:
        raise ValueError("what nobody foresaw")

    monkeypatch.setattr(routes, "describe_agent", fail)
    listed = people.administrator.get("/api/v1/hosts")
    assert listed.status_code == 200
    assert [(host["id"], host["problem"]) for host in listed.json()] == [(MACHINE, "ValueError")]
