"""The timeline, moments and marked snapshots over HTTP."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone

from dashboard.models import HostViewer
from inspector.facts.moments import parse_instant
from inspector.facts.types import Declared
from inspector.facts.vitals.means import ContainerMeans, HostMeans, Means, ProcessMeans
from inspector.history import hosts
from inspector.history.bookmarks import MOST_EACH
from inspector.history.vitals.recording import keep
from inspector.models import Host, Mark
from tests.dashboard.conftest import MACHINE, People, sign_in, some_state
from tests.support.host_history import URL, go_on
from tests.support.states import a_container, a_process, a_state, container_id


@pytest.fixture
def later(host: Host) -> Host:
    """Seq 2 five seconds later, and seq 3 after two hours without an agent."""
    go_on(2, 5, a_state([*some_state(1, 2, 3).processes], containers=[a_container(7, "web", init_pid=3)]))
    hosts.begin_watch(MACHINE)
    go_on(3, 7205, some_state(1))
    return Host.objects.get(machine_id=MACHINE)


def read(people: People, path: str, status: int = 200) -> Any:
    answer = people.viewer.get(f"{URL}/{path}")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_the_timeline_has_changes_events_and_absences(people: People, later: Host) -> None:
    found = read(people, "timeline?from=2026-11-23T03:00:00Z&to=2026-11-23T06:00:00Z&buckets=20")
    assert found["from"] == "2026-11-23T03:00:00+00:00" and found["to"] == "2026-11-23T06:00:00+00:00"
    assert found["first_at"] == "2026-11-23T03:10:00+00:00" and found["last_at"] == "2026-11-23T05:10:05+00:00"
    assert found["bucket_s"] == 600
    assert found["buckets"] == [
        {"at": "2026-11-23T03:10:00+00:00", "seq": 2, "added": 2, "changed": 0, "removed": 0},
        {"at": "2026-11-23T05:10:00+00:00", "seq": 3, "added": 0, "changed": 0, "removed": 3},
    ]
    assert [(event["seq"], event["kind"], event["name"]) for event in found["events"]] == [
        (2, "container-started", "web"),
        (3, "container-removed", "web"),
    ]
    assert found["events_left_out"] == 0
    assert found["gaps"][0] == {"from": "2026-11-23T03:10:05+00:00", "to": "2026-11-23T05:10:05+00:00"}


def test_all_of_history_is_the_timeline_where_no_stretch_is_asked_for(people: People, later: Host) -> None:
    found = read(people, "timeline")
    assert found["from"] == found["first_at"] and found["to"] > found["last_at"]
    assert sum(bucket["added"] + bucket["removed"] for bucket in found["buckets"]) == 5


@pytest.mark.parametrize(
    "path",
    [
        "moment?at={ahead}",
        "events?from={ahead}",
        "events?to={ahead}",
        "timeline?from={ahead}",
        "picture.svg?at={ahead}",
        "picture.svg?from=1&to={ahead}",
    ],
)
def test_a_moment_that_is_still_to_come_is_refused_with_a_sentence(people: People, later: Host, path: str) -> None:
    ahead = (timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "still to come" in read(people, path.format(ahead=ahead), 422)["detail"]


@pytest.mark.parametrize("path", ["moment?at=99", "events?from=99", "events?to=99", "picture.svg?at=99"])
def test_a_number_that_no_snapshot_has_yet_is_not_found(people: People, later: Host, path: str) -> None:
    assert "the newest is 3" in read(people, path, 404)["detail"]


@pytest.mark.parametrize("query", ["from=soon", "from=-1h&to=-2h", "from=7", "buckets=0", "buckets=100000"])
def test_a_stretch_that_is_none_is_refused_with_a_sentence(people: People, query: str) -> None:
    assert read(people, f"timeline?{query}", 422)["detail"]


def test_a_host_without_history_has_no_timeline(people: People) -> None:
    now = timezone.now()
    Host.objects.create(machine_id="empty", first_seen_at=now, seen_at=now, taken_at=now)
    assert people.administrator.get("/api/v1/hosts/empty/timeline").status_code == 404


@pytest.mark.parametrize(
    ("asked", "seq"),
    [
        ("at=2", 2),
        ("at=2026-11-23T03:10:04Z", 1),
        ("at=2026-11-23 03:10:05", 2),
        ("at=2026-11-23 04:10:07&zone=Europe/Berlin", 2),
        ("at=now", 3),
    ],
)
def test_a_moment_is_found_as_people_write_it(people: People, later: Host, asked: str, seq: int) -> None:
    assert read(people, f"moment?{asked}")["seq"] == seq


def test_a_moment_comes_with_its_neighbours_and_its_absence(people: People, later: Host) -> None:
    assert read(people, "moment?at=2") == {
        "seq": 2,
        "taken_at": "2026-11-23T03:10:05+00:00",
        "previous": 1,
        "next": 3,
        "away": None,
    }
    away = {"from": "2026-11-23T03:10:05+00:00", "to": "2026-11-23T05:10:05+00:00"}
    assert read(people, "moment?at=2026-11-23T04:00:00Z")["away"] == away
    assert read(people, "moment?at=1")["previous"] is None and read(people, "moment?at=3")["next"] is None


@pytest.mark.parametrize(
    "asked",
    ["at=noonish", "at=9:00&zone=Mars/Olympus", "at=9:00&zone=../../etc/passwd", "at=9:00&zone=Europe", "at="],
)
def test_a_text_that_is_not_a_moment_is_refused_with_a_sentence(people: People, asked: str) -> None:
    assert isinstance(read(people, f"moment?{asked}", 422)["detail"], str)


@pytest.mark.parametrize("asked", ["at=99", "at=0", "at=1999-01-01"])
def test_a_moment_outside_of_history_is_not_found(people: People, asked: str) -> None:
    assert "history" in read(people, f"moment?{asked}", 404)["detail"]


def test_a_life_says_when_a_thing_came_and_went_and_who_was_in_it(people: People, later: Host) -> None:
    found = read(people, f"life/container?key={container_id(7)}")
    assert (found["kind"], found["title"], found["alive"]) == ("container", "web", False)
    assert [(entry["seq"], entry["until_seq"], entry["changed"]) for entry in found["entries"]] == [(2, 3, [])]
    assert found["entries"][0]["until_at"] == "2026-11-23T05:10:05+00:00"
    assert found["entries"][0]["facts"]["init_pid"] == 3 and found["members"] == []


def test_a_container_left_behind_is_told_since_when_and_what_mends_it(people: People, host: Host) -> None:
    declared = Declared(network=f"container:{container_id(7)}")
    both = [a_container(7, "web", init_pid=3), a_container(8, "side", init_pid=4, declared=declared)]
    together = [a_process(3, container=container_id(7)), a_process(4, container=container_id(8))]
    go_on(2, 5, a_state([*some_state(1).processes, *together], containers=both))
    assert read(people, "left") == {"seq": 2, "left": []}
    go_on(3, 10, a_state([*some_state(1).processes, together[1]], containers=both[1:]))
    (found,) = read(people, "left")["left"]
    assert (found["name"], found["other_name"], found["type"], found["how"]) == ("side", "web", "net", "removed")
    assert (found["joined_seq"], found["since_seq"], found["since"]) == (2, 3, "2026-11-23T03:10:10+00:00")
    assert found["mend"].startswith("Recreate it: docker rm --force side")
    assert read(people, "left?at=2") == {"seq": 2, "left": []}
    life = f"life/container?key={container_id(8)}"
    assert read(people, life)["left"] == read(people, f"{life}&at=3")["left"] == [found]
    assert read(people, f"{life}&at=2")["left"] == []
    read(people, f"{life}&at=99", 404)


def test_the_life_of_what_history_never_saw_is_not_found(people: People) -> None:
    for kind in ("process", "namespace", "container"):
        assert "history" in read(people, f"life/{kind}?key=nothing", 404)["detail"]
    read(people, "life/pod?key=nothing", 422)


def send(client: Any, method: str, path: str, body: dict[str, Any]) -> Any:
    return getattr(client, method)(f"{URL}/{path}", body, content_type="application/json")


def test_a_moment_of_history_is_named_annotated_and_pinned_at_once(people: People, later: Host) -> None:
    body = {"seq": 2, "name": "before the outage", "note": "all well", "pinned": True}
    answer = send(people.administrator, "post", "snapshots", body)
    assert answer.status_code == 201
    listed = read(people, "snapshots")
    assert listed == [answer.json() | {"may_change": False}]
    assert {name: listed[0][name] for name in body} == body
    assert listed[0]["taken_at"] == "2026-11-23T03:10:05+00:00" and listed[0]["requested_by"] == "root"
    marks = read(people, "timeline")["marks"]
    told = {"id": listed[0]["id"], "at": listed[0]["taken_at"], **body}
    assert marks == [told]


def test_a_requested_snapshot_keeps_its_name_until_the_next_scan_fulfils_it(people: People, later: Host) -> None:
    answer = send(people.administrator, "post", "snapshots", {"name": "now", "pinned": True})
    assert answer.status_code == 202 and answer.json()["seq"] is None
    go_on(4, 7210, some_state(1, 9))
    assert [(row["seq"], row["name"], row["pinned"]) for row in read(people, "snapshots")] == [(4, "now", True)]


def test_a_bookmark_is_changed_field_by_field_and_removed(people: People, later: Host) -> None:
    number = send(people.administrator, "post", "snapshots", {"seq": 2, "name": "a", "note": "b"}).json()["id"]
    assert send(people.administrator, "patch", f"snapshots/{number}", {"pinned": True}).json()["name"] == "a"
    assert send(people.administrator, "patch", f"snapshots/{number}", {"name": ""}).json()["pinned"] is True
    found = read(people, "snapshots")[0]
    assert (found["name"], found["note"], found["pinned"]) == ("", "b", True)
    assert people.administrator.delete(f"{URL}/snapshots/{number}").status_code == 204
    assert read(people, "snapshots") == []
    assert people.administrator.delete(f"{URL}/snapshots/{number}").status_code == 404


def test_a_viewer_pins_nothing_and_undoes_no_pinning(people: People, later: Host) -> None:
    assert send(people.viewer, "post", "snapshots", {"seq": 2, "pinned": True}).status_code == 403
    refused = send(people.viewer, "post", "snapshots", {"pinned": True})
    assert refused.status_code == 403 and "administrators" in refused.json()["detail"]
    number = send(people.viewer, "post", "snapshots", {"seq": 2, "name": "mine"}).json()["id"]
    path = f"snapshots/{number}"
    assert send(people.viewer, "patch", path, {"pinned": True}).status_code == 403
    assert send(people.viewer, "patch", path, {"pinned": False, "name": "still mine"}).status_code == 200
    assert send(people.administrator, "patch", path, {"pinned": True}).status_code == 200
    assert send(people.viewer, "patch", path, {"pinned": False}).status_code == 403
    assert people.viewer.delete(f"{URL}/{path}").status_code == 403
    assert send(people.viewer, "patch", path, {"pinned": True, "note": "why"}).status_code == 200
    assert [(row["name"], row["pinned"], row["may_change"]) for row in read(people, "snapshots")] == [
        ("still mine", True, True)
    ]


def test_an_administrator_may_allow_somebody_to_pin(people: People, later: Host) -> None:
    call_command("invite", "viewer", "--may-pin", "--host", MACHINE, stdout=StringIO())
    number = send(people.viewer, "post", "snapshots", {"seq": 2, "pinned": True}).json()["id"]
    assert send(people.viewer, "patch", f"snapshots/{number}", {"pinned": False}).json()["pinned"] is False
    assert 'data-may-pin="yes"' in people.viewer.get("/").content.decode()


def test_the_page_knows_who_may_not_pin(people: People, later: Host) -> None:
    assert 'data-may-pin=""' in people.viewer.get("/").content.decode()
    assert 'data-may-pin="yes"' in people.administrator.get("/").content.decode()


@pytest.mark.parametrize("body", [{"seq": 2}, {}])
def test_one_person_has_a_bounded_number_of_bookmarks_of_a_host(
    people: People, later: Host, body: dict[str, Any]
) -> None:
    now = timezone.now()
    later.marks.bulk_create(Mark(host=later, requested_by="viewer", requested_at=now) for _ in range(MOST_EACH))
    refused = send(people.viewer, "post", "snapshots", body)
    assert refused.status_code == 409 and "200 bookmarks" in refused.json()["detail"]
    assert send(people.administrator, "post", "snapshots", body).status_code in (201, 202)
    people.viewer.delete(f"{URL}/snapshots/{later.marks.first().pk}")  # type: ignore[union-attr]
    assert send(people.viewer, "post", "snapshots", body).status_code in (201, 202)


def test_only_its_author_or_an_administrator_may_change_a_bookmark(people: People, later: Host) -> None:
    number = send(people.viewer, "post", "snapshots", {"seq": 2, "name": "mine"}).json()["id"]
    other = User.objects.create_user("other")
    HostViewer.objects.create(user=other, host=later)
    client, path = sign_in(other), f"snapshots/{number}"
    assert send(client, "patch", path, {"name": "theirs"}).status_code == 403
    assert client.delete(f"{URL}/{path}").status_code == 403
    assert send(people.stranger, "patch", path, {"name": "theirs"}).status_code == 404
    assert read(people, "snapshots")[0]["name"] == "mine"
    assert send(people.administrator, "patch", path, {"name": "ours"}).json()["name"] == "ours"


def test_a_bookmark_of_another_host_is_not_found_through_this_one(people: People, later: Host) -> None:
    now = timezone.now()
    elsewhere = Host.objects.create(machine_id="other", first_seen_at=now, seen_at=now, taken_at=now)
    number = elsewhere.marks.create(name="theirs", requested_at=now).pk
    assert send(people.administrator, "patch", f"snapshots/{number}", {"name": "x"}).status_code == 404
    assert people.administrator.delete(f"{URL}/snapshots/{number}").status_code == 404


@pytest.mark.parametrize("body", [{"name": "x" * 201}, {"name": "a\0b"}, {"seq": 0}, {"seq": 2**63}, {"pinned": "?"}])
def test_a_bookmark_that_cannot_be_stored_is_refused(people: People, later: Host, body: dict[str, Any]) -> None:
    assert send(people.viewer, "post", "snapshots", body).status_code == 422
    assert read(people, "snapshots") == []


def test_a_moment_that_history_does_not_hold_cannot_be_bookmarked(people: People, later: Host) -> None:
    assert send(people.viewer, "post", "snapshots", {"seq": 4}).status_code == 404


def test_bookmarks_are_listed_200_at_a_time(people: People, later: Host) -> None:
    for number in range(201):
        later.marks.create(name=str(number), requested_at=timezone.now())
    listed = read(people, "snapshots")
    assert [row["name"] for row in listed] == [str(number) for number in range(200, 0, -1)]
    assert [row["name"] for row in read(people, f"snapshots?before={listed[-1]['id']}")] == ["0"]


def test_what_was_used_over_a_stretch_is_told_as_means(people: People, host: Host) -> None:
    at = parse_instant("2026-11-23T03:10:00Z")
    means = Means(9, HostMeans(cpu=12.5), {"c" * 64: ContainerMeans(9, 3.0)}, {"p": ProcessMeans(2, 7.0)})
    keep(MACHINE, at, at + timedelta(minutes=5), means)
    found = read(people, "vitals?from=2026-11-23T03:00:00Z&to=2026-11-23T04:00:00Z")
    assert (found["from"], found["to"]) == ("2026-11-23T03:00:00+00:00", "2026-11-23T04:00:00+00:00")
    (point,) = found["points"]
    assert (point["at"], point["until"]) == ("2026-11-23T03:10:00+00:00", "2026-11-23T03:15:00+00:00")
    assert (point["host"], point["container"]) == ({"cpu": 12.5}, None)
    assert found["processes"] == {"p": {"readings": 2, "cpu": 7.0}}
    of = f"vitals?from=2026-11-23T03:00:00Z&to=2026-11-23T04:00:00Z&container={'c' * 64}"
    assert read(people, of)["points"][0]["container"] == {"readings": 9, "cpu": 3.0}
    assert read(people, "vitals")["points"] == []  # of the last day
    assert "ends before it begins" in read(people, "vitals?from=now&to=-1h", 422)["detail"]
