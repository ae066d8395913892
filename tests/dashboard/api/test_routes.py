"""The HTTP interface: states by number, as public JSON, never stale and never sent twice."""

from __future__ import annotations

import gzip
from datetime import timedelta

import msgspec
import pytest
from django.core.management import call_command
from django.utils import timezone

from dashboard.models import HostViewer
from inspector.facts.types import HostState
from inspector.history.hosts import note_agent
from inspector.models import Host
from inspector.version import VERSION
from tests.dashboard.conftest import MACHINE, People, some_state
from tests.support.grown_history import grow

URL = f"/api/v1/hosts/{MACHINE}"


def test_the_state_is_the_one_that_was_recorded(people: People) -> None:
    answer = people.viewer.get(f"{URL}/state")
    assert msgspec.json.decode(answer.content, type=HostState) == some_state(1, 2)
    assert answer.headers["X-Isoscope-Seq"] == "1"


def test_an_older_state_stays_what_it_was(people: People) -> None:
    grow(1, 3, seq=2)
    then = people.viewer.get(f"{URL}/state?at=1").json()
    now = people.viewer.get(f"{URL}/state").json()
    assert [process["pid"] for process in then["processes"]] == [1, 2]
    assert [process["pid"] for process in now["processes"]] == [1, 3]


def test_a_state_is_compressed_for_those_who_take_it(people: People) -> None:
    plain = people.viewer.get(f"{URL}/state")
    packed = people.viewer.get(f"{URL}/state", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content


def test_a_state_one_has_already_is_not_sent_again(people: People) -> None:
    tag = people.viewer.get(f"{URL}/state").headers["ETag"]
    again = people.viewer.get(f"{URL}/state", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    grow(1, 2, 3, seq=2)
    assert people.viewer.get(f"{URL}/state", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("seq", ["9", "0", "-1", str(2**70)])
def test_what_is_not_there_is_never_unchanged(people: People, seq: str) -> None:
    """Whatever tag a client names: not the one of another snapshot, and none that it could compute."""
    tag = people.viewer.get(f"{URL}/state").headers["ETag"]
    for told in (tag, f'"{Host.objects.get().pk}-{seq}"', "*"):
        paths = (f"{URL}/state?at={seq}", f"{URL}/picture.svg?at={seq}")
        answers = {people.viewer.get(path, headers={"if-none-match": told}).status_code for path in paths}
        assert answers <= {404, 422}, told


def test_a_tag_is_valid_only_while_the_right_to_the_host_is(people: People) -> None:
    tag = people.viewer.get(f"{URL}/state").headers["ETag"]
    HostViewer.objects.all().delete()
    assert people.viewer.get(f"{URL}/state", headers={"if-none-match": tag}).status_code == 404


def test_a_comparison_names_what_came_and_what_went_in_either_direction(people: People) -> None:
    grow(1, 3, seq=2)
    forward = people.viewer.get(f"{URL}/compare?from=1&to=2").json()
    backward = people.viewer.get(f"{URL}/compare?from=2&to=1").json()
    assert [process["pid"] for process in forward["processes"]["add"]] == [3]
    assert [process["pid"] for process in backward["processes"]["add"]] == [2]
    assert (forward["base"], forward["seq"]) == (1, 2)


@pytest.mark.parametrize("path", ["state?at=99", "compare?from=1&to=99", "compare?from=0&to=1"])
def test_a_moment_that_history_does_not_hold_is_not_found(people: People, path: str) -> None:
    answer = people.viewer.get(f"{URL}/{path}")
    assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["state?at=x", "compare?from=1", "compare?from=1&to=two"])
def test_a_request_that_makes_no_sense_is_refused_in_words(people: People, path: str) -> None:
    answer = people.viewer.get(f"{URL}/{path}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_snapshot_on_demand_waits_for_the_next_scan(people: People) -> None:
    answer = people.viewer.post(f"{URL}/snapshots", content_type="application/json")
    assert (answer.status_code, answer.json()["seq"]) == (202, None)
    grow(1, 2, 3, seq=2)
    assert [row["seq"] for row in people.viewer.get(f"{URL}/snapshots").json()] == [2]


def test_a_snapshot_of_a_host_that_is_away_is_refused_with_the_reason(people: People) -> None:
    Host.objects.update(heard_at=timezone.now() - timedelta(days=1))
    answer = people.viewer.post(f"{URL}/snapshots", content_type="application/json")
    assert answer.status_code == 409
    assert "agent" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("version", "schema", "age"), [("", 1, "older"), ("0.0.9", 1, "older"), (VERSION, 2, "same"), ("9.0", 9, "newer")]
)
def test_the_list_of_hosts_says_which_version_an_agent_has(
    people: People, version: str, schema: int, age: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert note_agent(MACHINE, version, schema)
    (row,) = people.viewer.get("/api/v1/hosts").json()
    assert row["agent"] == {"version": version or None, "schema": schema, "age": age}
    call_command("hosts")
    said = f"agent {version or 'of an unknown version'}{'' if age == 'same' else f' ({age})'}"
    assert capsys.readouterr().out.rstrip().endswith(said)


def test_an_imported_host_has_no_agent(people: People) -> None:
    Host.objects.update(imported_at=timezone.now())
    assert people.viewer.get("/api/v1/hosts").json()[0]["agent"] is None
