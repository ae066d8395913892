"""Snapshots that people asked for, named, annotated and pinned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from inspector.errors import HostAway, NoSuchSnapshot
from inspector.history import bookmarks, record
from inspector.history.record import beat
from inspector.models import Host, Mark, Snapshot
from inspector.protocol.frames import Heartbeat, Reset
from tests.support.states import HOST, a_process, a_state

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 23, 3, 10, tzinfo=UTC)


@pytest.fixture
def host() -> Host:
    """A host with three snapshots, five seconds apart."""
    for seq in (1, 2, 3):
        state = a_state([a_process(seq)], taken_at=moment(seq).isoformat())
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state))
    return Host.objects.get(machine_id=HOST.machine_id)


def moment(seq: int) -> datetime:
    return START + timedelta(seconds=seq * 5)


def test_a_moment_of_history_is_bookmarked_at_once(host: Host) -> None:
    bookmarks.add(host, 2, by="ada", name="before", note="all well", pinned=True)
    found = Mark.objects.get()
    assert (found.seq, found.taken_at, found.requested_by) == (2, moment(2), "ada")
    assert (found.name, found.note, found.pinned) == ("before", "all well", True)


def test_between_two_kept_snapshots_the_earlier_one_is_bookmarked(host: Host) -> None:
    Snapshot.objects.filter(seq=2).delete()
    assert bookmarks.add(host, 2).seq == 1


@pytest.mark.parametrize("seq", [0, 4, 2**62])
def test_what_history_does_not_hold_cannot_be_bookmarked(host: Host, seq: int) -> None:
    with pytest.raises(NoSuchSnapshot):
        bookmarks.add(host, seq)
    assert not Mark.objects.exists()


def test_a_bookmark_is_changed_field_by_field(host: Host) -> None:
    marked = bookmarks.add(host, 2, name="a", note="b", pinned=True)
    bookmarks.edit(marked, name="c")
    bookmarks.edit(marked, note="")
    bookmarks.edit(marked, pinned=False)
    bookmarks.edit(marked)
    found = Mark.objects.get()
    assert (found.name, found.note, found.pinned, found.seq) == ("c", "", False, 2)


def test_a_change_leaves_alone_what_came_in_meanwhile(host: Host) -> None:
    asked = bookmarks.request_snapshot(host)
    beat(HOST.machine_id, Heartbeat(3, moment(9).isoformat()), timezone.now() + timedelta(seconds=1))
    bookmarks.edit(asked, name="named late")
    found = Mark.objects.get()
    assert (found.seq, found.taken_at, found.name) == (3, moment(9), "named late")


def test_a_request_keeps_its_fields_until_a_scan_fulfils_it(host: Host) -> None:
    bookmarks.request_snapshot(host, "ada", "now", "why", pinned=True)
    assert Mark.objects.get().seq is None
    beat(HOST.machine_id, Heartbeat(3, moment(9).isoformat()), timezone.now() + timedelta(seconds=1))
    found = Mark.objects.get()
    assert (found.seq, found.name, found.note, found.pinned) == (3, "now", "why", True)


def test_no_snapshot_can_be_requested_without_an_agent(host: Host) -> None:
    Host.objects.update(heard_at=timezone.now() - timedelta(days=1))
    with pytest.raises(HostAway):
        bookmarks.request_snapshot(HOST.machine_id)
    assert bookmarks.add(HOST.machine_id, 1).seq == 1


def test_an_imported_host_can_be_bookmarked_but_not_scanned(host: Host) -> None:
    Host.objects.update(imported_at=timezone.now())
    with pytest.raises(HostAway, match="imported"):
        bookmarks.request_snapshot(HOST.machine_id)
    assert bookmarks.add(HOST.machine_id, 1).seq == 1
