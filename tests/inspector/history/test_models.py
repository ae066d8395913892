"""The tables themselves: what they promise the queries that history asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet

from inspector.history import intervals, record, shared_values
from inspector.history.rows import ALL, PROCESSES
from inspector.history.sql import CHUNK, among, open_at, opened_by
from inspector.history.states import state_at
from inspector.models import Host, HostInterval, ProcessInterval, Snapshot
from inspector.protocol.frames import Reset
from tests.support.states import a_process, a_state

pytestmark = pytest.mark.django_db

BIG = 2**63 - 1
MOMENT = datetime(2026, 11, 23, 3, 10, 0, 123456, tzinfo=UTC)


def test_the_migrations_make_the_tables_that_the_models_say() -> None:
    call_command("makemigrations", "inspector", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.replace(year=2), MOMENT.replace(year=9998)])
def test_a_moment_is_kept_to_the_microsecond(moment: datetime) -> None:
    Host.objects.create(machine_id="m", first_seen_at=moment, seen_at=moment, taken_at=moment)
    assert Host.objects.get(seen_at=moment).taken_at == moment
    assert not Host.objects.filter(seen_at__gt=moment).exists()


@pytest.mark.parametrize(
    ("moment", "read"),
    [
        (datetime.min.replace(tzinfo=UTC), datetime(2, 1, 1, tzinfo=UTC)),
        (datetime.max.replace(tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_moment_at_the_end_of_time_is_read_as_one_that_can_be_reckoned_with(
    moment: datetime, read: datetime
) -> None:
    Host.objects.create(machine_id="m", first_seen_at=moment, seen_at=moment, taken_at=moment)
    assert Host.objects.get().taken_at == read


def test_a_host_is_away_after_three_intervals_of_its_own() -> None:
    host = Host(machine_id="m", seen_at=MOMENT, interval_s=10.0)
    assert not host.is_away(MOMENT + timedelta(seconds=30))
    assert host.is_away(MOMENT + timedelta(seconds=31))


def test_the_largest_numbers_of_the_protocol_fit() -> None:
    process = a_process(2**31, start=BIG, uid=BIG, nspid=(2**31,) * 33, ppid=2**31)
    state = a_state([process])
    record.record(Reset(state.host.machine_id, BIG, state.taken_at, state))
    assert state_at(state.host.machine_id) == state


def test_text_of_any_characters_is_stored_and_read() -> None:
    process = a_process(7, comm="a\0) (\n\x1b[31m\U0001f600", cmdline=("\0", "", "é" * 4096), cgroup="", nspid=())
    state = a_state([process])
    record.record(Reset(state.host.machine_id, 1, state.taken_at, state))
    assert state_at(state.host.machine_id) == state


def plan(queryset: QuerySet) -> str:
    return queryset.explain()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="query plans are told in SQLite's words")
@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.section)
def test_no_query_reads_all_of_history(kind) -> None:
    table = kind.model._default_manager
    name = kind.model.__name__.lower()
    now = intervals.open_rows(kind, 1)
    assert f"{name}_closed (host_id=? AND closed=?)" in plan(now)
    assert f"{name}_life (host_id=? AND {kind.lead}=? AND closed=?)" in plan(
        now.filter(**{f"{kind.lead}__in": [1, 2]})
    )
    closed = table.filter(opened_by(5), host=1, closed__gt=5)
    assert f"{name}_closed (host_id=? AND closed>?)" in plan(closed)
    assert f"{name}_closed (host_id=? AND closed>? AND closed<?)" in plan(closed.filter(closed__lte=9))
    began = table.filter(open_at(9), host=1, opened__gt=5, opened__lte=9)
    assert f"{name}_opened (host_id=? AND opened>? AND opened<?)" in plan(began)
    assert "INTEGER PRIMARY KEY (rowid=?)" in plan(among(table.all(), [1, 2]).filter(open_at(5)))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="query plans are told in SQLite's words")
def test_snapshots_and_lives_are_found_by_index() -> None:
    assert "snapshot_seq" in plan(Snapshot.objects.filter(host=1, seq__lte=5).order_by("-seq")[:1]) or (
        "sqlite_autoindex" in plan(Snapshot.objects.filter(host=1, seq__lte=5).order_by("-seq")[:1])
    )
    assert "snapshot_taken" in plan(
        Snapshot.objects.filter(host=1, taken_at__lte=MOMENT).order_by("-taken_at", "-seq")
    )
    assert "hostinterval_opened" in plan(HostInterval.objects.filter(host=1, opened__lte=5).order_by("-opened"))
    assert "processinterval_life" in plan(ProcessInterval.objects.filter(host=1, pid=7, start_ticks=100))


def test_values_are_found_however_many_are_asked_for() -> None:
    bodies = {shared_values.text(f"value {number}") for number in range(3 * CHUNK + 1)}
    numbers = shared_values.intern(bodies)
    assert shared_values.find(bodies) == numbers
    assert shared_values.intern(bodies) == numbers
    assert {shared_values.text(text) for text in shared_values.load(numbers.values()).values()} == bodies


def test_equal_bytes_of_two_kinds_are_two_values() -> None:
    command, text = shared_values.command(("a",)), shared_values.text('["a"]')
    numbers = shared_values.intern([command, text])
    assert shared_values.load(numbers.values()) == {numbers[command]: ("a",), numbers[text]: '["a"]'}


def test_a_row_is_written_in_the_order_of_its_columns() -> None:
    assert PROCESSES.columns == tuple(field.column for field in ProcessInterval._meta.concrete_fields)[4:]
