from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.analysis.text.zones import show_moment
from inspector.errors import MalformedMoment
from inspector.facts.moments import format_instant, from_micros, parse, parse_instant, to_micros

NOW = datetime(2026, 11, 23, 22, 15, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")  # 23:15:30 there


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("Now", NOW),
        ("-30s", NOW - timedelta(seconds=30)),
        ("-1h", NOW - timedelta(hours=1)),
        ("-1h30m", NOW - timedelta(minutes=90)),
        ("-2d", NOW - timedelta(days=2)),
        ("-1w", NOW - timedelta(weeks=1)),
        ("9:00", utc(2026, 11, 23, 8, 0)),
        ("today 14:30", utc(2026, 11, 23, 13, 30)),
        ("today", utc(2026, 11, 22, 23, 0)),
        ("yesterday 9:00", utc(2026, 11, 22, 8, 0)),
        ("yesterday", utc(2026, 11, 21, 23, 0)),
        (" Yesterday  09:00:15 ", utc(2026, 11, 22, 8, 0, 15)),
        ("2026-11-23", utc(2026, 11, 22, 23, 0)),
        ("2026-11-23 03:10", utc(2026, 11, 23, 2, 10)),
        ("2026-07-01 03:10", utc(2026, 7, 1, 1, 10)),
        ("2026-11-23T03:10:00.5", utc(2026, 11, 23, 2, 10, 0, 500000)),
        ("2026-11-23T03:10:00Z", utc(2026, 11, 23, 3, 10)),
        ("2026-11-23t03:10:00z", utc(2026, 11, 23, 3, 10)),
        ("2026-11-23 03:10+05:30", utc(2026, 11, 22, 21, 40)),
    ],
)
def test_it_understands_what_people_write(text: str, moment: datetime) -> None:
    assert parse(text, NOW, BERLIN) == moment


@pytest.mark.parametrize(
    ("text", "now", "moment"),
    [
        ("23:50", utc(2026, 11, 23, 23, 10), utc(2026, 11, 23, 22, 50)),  # ten past midnight
        ("0:10", utc(2026, 11, 23, 23, 10), utc(2026, 11, 23, 23, 10)),
        ("0:10:01", utc(2026, 11, 23, 23, 10), utc(2026, 11, 22, 23, 10, 1)),
        (
            "2:30",
            utc(2026, 10, 25, 1, 40),
            utc(2026, 10, 25, 1, 30),
        ),  # set back at 3:00: the second 2:30 of that night
        ("2:30", utc(2026, 10, 25, 1, 20), utc(2026, 10, 25, 0, 30)),
        ("2:30", utc(2026, 3, 29, 6, 0), utc(2026, 3, 28, 1, 30)),  # put forward at 2:00: there was no 2:30
        ("2:30", utc(2026, 3, 30, 0, 15), utc(2026, 3, 28, 1, 30)),
    ],
)
def test_a_time_without_a_date_is_the_last_one_that_was(text: str, now: datetime, moment: datetime) -> None:
    assert parse(text, now, BERLIN) == moment


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.times().map(lambda t: t.replace(microsecond=0)),
)
def test_a_time_without_a_date_is_never_to_come_and_never_two_days_ago(now: datetime, clock: time) -> None:
    found = parse(f"{clock:%H:%M:%S}", now, BERLIN)
    assert isinstance(found, datetime)
    assert now - timedelta(hours=49) < found <= now


def test_yesterday_follows_the_calendar_of_the_zone() -> None:
    assert parse("today", utc(2026, 11, 23, 23, 30), BERLIN) == utc(2026, 11, 23, 23, 0)


@pytest.mark.parametrize(("text", "seq"), [("0", 0), ("41", 41), (" 41 ", 41)])
def test_a_bare_number_is_a_snapshot(text: str, seq: int) -> None:
    assert parse(text, NOW, BERLIN) == seq


@pytest.mark.parametrize(
    "text",
    ["", "soon", "-", "-1", "-1y", "-h", "25:00", "9:60", "yesterday 24:00", "tomorrow", "2026-13-01",
     "2026-02-30", "-999999999w", "٣", "1e3", "9:00 yesterday", "0001-01-01", "9" * 40],
)  # fmt: skip
def test_it_refuses_what_names_no_moment(text: str) -> None:
    with pytest.raises(MalformedMoment):
        parse(text, NOW, BERLIN)


@pytest.mark.parametrize("text", ["", "2026-11-23T03:10:00", "yesterday", "0001-01-01T00:00:00+01:00", "9" * 40])
def test_a_frame_says_its_moment_with_its_zone(text: str) -> None:
    with pytest.raises(MalformedMoment):
        parse_instant(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2299, 12, 31), timezones=st.just(UTC)))
def test_a_moment_that_an_agent_writes_comes_back_to_the_letter(moment: datetime) -> None:
    text = moment.isoformat()
    assert format_instant(from_micros(to_micros(parse_instant(text)))) == text


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    assert format_instant(parse_instant("2026-11-23T03:10:00+01:00")) == "2026-11-23T02:10:00+00:00"


def test_a_moment_is_shown_in_the_readers_zone_and_in_utc_and_once_where_they_are_the_same() -> None:
    assert show_moment(NOW, BERLIN) == "2026-11-23 23:15:30 CET (2026-11-23 22:15:30 UTC)"
    assert show_moment(NOW, UTC) == "2026-11-23 22:15:30 UTC"
