"""What needs attention after the night of :mod:`tests.support.on_call`: in history, in the terminal and over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from inspector.analysis.attention import from_history
from inspector.analysis.attention.from_history import Attention
from inspector.analysis.text.attention import say_need
from inspector.history import hosts
from inspector.models import Host, Value
from tests.support.commands import run
from tests.support.on_call import DIED_AGAIN, EXPOSED, LONG, UNHEALTHY, id_of, record_all
from tests.support.states import HOST

END = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def night(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Attention]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        record_all(END)
        yield from_history.read(hosts.get(HOST.machine_id), END)
        Host.objects.all().delete()
        Value.objects.all().delete()


def moment(passed: timedelta) -> str:
    return (END - LONG + passed).isoformat()


def test_the_night_is_told_gravest_first_in_sentences(night: Attention) -> None:
    assert [say_need(need) for need in night.needs] == [
        "shop-cache: killed for memory; restarting, 29 times",
        "shop-web-1: unhealthy",
        "data-zookeeper: exited, 2 times, exit 137",
        "monitoring-promtail: newly exposed: the host's network",
    ]
    assert night.complete


def test_each_reason_has_its_moment(night: Attention) -> None:
    at = {(need.name, reason.kind): reason.at for need in night.needs for reason in need.reasons}
    assert at["shop-web-1", "unhealthy"] == moment(UNHEALTHY)
    assert at["data-zookeeper", "exited"] == moment(DIED_AGAIN)
    assert at["monitoring-promtail", "exposed"] == moment(EXPOSED)
    assert at["shop-cache", "restarting"] is not None


def test_what_was_so_all_the_time_and_what_ended_well_is_no_reason(night: Attention) -> None:
    names = {need.name for need in night.needs}
    assert not names & {"monitoring-node-exporter", "data-batch", "shop-web-logs"}


@pytest.mark.django_db
def test_the_terminal_and_http_tell_the_same(night: Attention, admin_client: Client) -> None:
    out = run("events", "--attention")[1].splitlines()
    assert [line[21:] for line in out] == [say_need(need) for need in night.needs]
    told = admin_client.get(f"/api/v1/hosts/{HOST.machine_id}/attention").json()
    assert [need["container"] for need in told["needs"]][:2] == [id_of("shop-cache"), id_of("shop-web-1")]
    lines = run("events", "--attention", "--json")[1].splitlines()
    assert [json.loads(line)["name"] for line in lines] == [need.name for need in night.needs]


@pytest.mark.django_db
def test_events_say_what_the_limit_left_out(night: Attention) -> None:
    few = run("events", "--since", "-12h", "--limit", "5")[2]
    assert few.startswith("These are the newest ") and "is left out. Use a higher --limit than 5" in few
    assert run("events", "--since", "-12h", "--limit", "5000")[2] == ""
