"""Means in history: a row for five minutes, fewer as they get older, carried in exports, gone with their host."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from inspector.errors import MalformedFrame, MalformedMoment
from inspector.facts.types import Usage
from inspector.facts.vitals.means import ContainerMeans, HostMeans, Means
from inspector.facts.vitals.readings import HostVitals, ProcessVitals
from inspector.history import hosts, record
from inspector.history.forget import forget_host
from inspector.history.queries import vitals
from inspector.history.retention import thinning
from inspector.history.retention.policy import parse_policy
from inspector.history.retention.rounds import Round, Rules, estimate
from inspector.history.throttle import Pace
from inspector.history.transfer import exporting, importing
from inspector.history.vitals.recording import Recorder, keep, means_of
from inspector.models import Host, Vitals
from inspector.protocol.export_file import MalformedFile, pack, unpack
from inspector.protocol.frames import Metrics, Reset
from tests.support.states import HOST, a_process, a_state

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 1, tzinfo=UTC)
FIVE = timedelta(minutes=5)
WEB = "c" * 64
QUICK = Pace(pause_s=0)


@pytest.fixture
def host() -> Host:
    for seq, moment in ((1, START), (2, START + timedelta(hours=2))):
        state = a_state([a_process(seq)], taken_at=moment.isoformat())
        record.record(Reset(HOST.machine_id, seq, state.taken_at, state), moment)
    return hosts.get(HOST.machine_id)


def say(recorder: Recorder, second: int, cpu: float, used: int = 0) -> None:
    moment = (START + timedelta(seconds=second)).isoformat()
    processes = {"p": ProcessVitals(0, cpu, 4096)}
    recorder.take(Metrics(moment, {WEB: Usage(8192, used, 3)}, HostVitals(cpu=cpu), processes))


def rows_of(host: Host) -> list[Vitals]:
    return list(Vitals.objects.filter(host=host).order_by("at"))


def fill_rows(host: Host, number: int, since: datetime = START) -> None:
    """A row for each five minutes; row n says n percent."""
    for row in range(number):
        at = since + row * FIVE
        keep(host.machine_id, at, at + FIVE, Means(100, HostMeans(cpu=float(row)), {WEB: ContainerMeans(100, 2.0)}))
        Vitals.objects.filter(host=host, at=at).update(recorded_at=at)


def test_a_row_is_stored_when_its_five_minutes_are_over(host: Host) -> None:
    recorder = Recorder(host.machine_id)
    for second in range(0, 300, 100):
        say(recorder, second, second / 10, second * 500_000)
    assert rows_of(host) == []
    say(recorder, 300, 50.0)
    (row,) = rows_of(host)
    means = means_of(row)
    assert (row.at, row.until_at, row.readings) == (START, START + FIVE, 3)
    assert means.host.cpu == 10.0
    assert means.containers == {WEB[:16]: ContainerMeans(3, 50.0, 8192.0, 3.0)}
    assert means.processes["p"].cpu == 10.0


def test_what_is_stored_early_is_merged_with_the_rest_of_its_stretch(host: Host) -> None:
    for second, cpu in ((0, 10.0), (3, 40.0)):
        recorder = Recorder(host.machine_id)
        say(recorder, second, cpu)
        recorder.store()
        recorder.store()
    (row,) = rows_of(host)
    assert (row.readings, means_of(row).host.cpu) == (2, 25.0)


def test_metrics_of_no_moment_are_refused() -> None:
    with pytest.raises(MalformedFrame, match="the metrics"):
        Recorder("a" * 32).take(Metrics("2026-19-39T03:10:00+00:00", {}))


def test_a_host_without_history_has_no_means() -> None:
    recorder = Recorder("a" * 32)
    say(recorder, 0, 1.0)
    recorder.store()
    assert not Vitals.objects.exists()


def test_older_means_are_merged_by_the_policy_and_older_than_it_there_are_none(host: Host) -> None:
    fill_rows(host, 12 * 30)
    now = START + timedelta(hours=30)
    rules = Rules(parse_policy("6h:all,24h:1h"))
    told = estimate(rules, thinning.live_hosts(), now)
    round_ = Round(rules, thinning.live_hosts(), QUICK, now, timedelta(0))
    freed = round_.run().freed
    rows = rows_of(host)
    hours = [row for row in rows if row.until_at - row.at == timedelta(hours=1)]
    assert len(hours) == 18 and len(rows) - len(hours) == 6 * 12
    assert rows[0].at == START + timedelta(hours=6) and all(a.until_at == b.at for a, b in pairwise(rows))
    assert (hours[0].readings, means_of(hours[0]).host.cpu) == (1200, 77.5)
    assert means_of(hours[0]).containers[WEB[:16]] == ContainerMeans(1200, 2.0)
    assert told.freed.rows == freed.rows >= 30 * 12 - len(rows)
    again = Round(rules, thinning.live_hosts(), QUICK, now, timedelta(0)).run()
    assert again.freed.rows == 0


def test_where_everything_is_kept_so_are_means(host: Host) -> None:
    fill_rows(host, 3)
    Round(Rules(parse_policy("all")), thinning.live_hosts(), QUICK, timezone.now(), timedelta(0)).run()
    assert len(rows_of(host)) == 3


def test_an_export_carries_means_and_an_import_has_them_again(host: Host) -> None:
    fill_rows(host, 30)
    data = b"".join(exporting.export(host, 1, 2))
    copy = importing.bring_in(io.BytesIO(data), pace=QUICK)
    columns = ("at", "until_at", "recorded_at", "readings", "host_means", "parts")
    there, here = (list(Vitals.objects.filter(host=one).order_by("at").values_list(*columns)) for one in (host, copy))
    assert len(here) == 30 and [tuple(map(_plain, row)) for row in here] == [tuple(map(_plain, row)) for row in there]
    early = b"".join(exporting.export(host, 1, 1))
    assert [type(line).__name__ for line in unpack(io.BytesIO(early))].count("VitalsLine") == 0


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_an_import_whose_means_are_there_twice_is_refused(host: Host) -> None:
    fill_rows(host, 1)
    lines = list(unpack(io.BytesIO(b"".join(exporting.export(host, 1, 2)))))
    twice = b"".join(pack(iter([*lines[:-1], lines[-2], lines[-1]])))
    with pytest.raises(MalformedFile, match="there twice"):
        importing.bring_in(io.BytesIO(twice), pace=QUICK)
    short = b"".join(pack(iter([*lines[:-2], lines[-1]])))
    with pytest.raises(MalformedFile, match="does not hold what its header and its end say"):
        importing.bring_in(io.BytesIO(short), pace=QUICK)
    assert Vitals.objects.count() == 1


def test_a_host_that_is_forgotten_leaves_no_means(host: Host) -> None:
    fill_rows(host, 2)
    forget_host(host, QUICK)
    assert not Vitals.objects.exists()


def test_a_stretch_is_read_in_as_many_points_as_were_asked_for(host: Host) -> None:
    fill_rows(host, 12)
    whole = vitals.read(host, START, START + timedelta(hours=1), 12)
    assert [point.host and point.host.cpu for point in whole.points] == [float(number) for number in range(12)]
    some = vitals.read(host, START, START + timedelta(hours=1), 3)
    assert [(point.at[11:16], point.until[11:16], point.host and point.host.cpu) for point in some.points] == [
        ("00:00", "00:20", 1.5), ("00:20", "00:40", 5.5), ("00:40", "01:00", 9.5),
    ]  # fmt: skip
    part = vitals.read(host, START + timedelta(minutes=58), START + timedelta(days=2), 10, WEB)
    assert [(point.host, point.container) for point in part.points] == [(None, ContainerMeans(100, 2.0))]
    gone = vitals.read(host, START, START + FIVE, 10, "d" * 64)
    assert [point.container for point in gone.points] == [None]
    with pytest.raises(MalformedMoment):
        vitals.read(host, START, START, 10)
    with pytest.raises(MalformedMoment):
        vitals.read(host, None, datetime.min.replace(tzinfo=UTC), 10)
