"""How the command tells a comparison, and with which exit status."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.core.management import ManagementUtility

from inspector.analysis.text.comparison import NOTHING
from inspector.facts.types import HostState
from inspector.history import record
from inspector.protocol.frames import Reset
from tests.support.busy_host import busy_host, quiet_host
from tests.support.commands import run
from tests.support.states import BOOT, HOST, a_container, a_process, a_state


def store(*states: HostState) -> None:
    now = datetime.now(UTC)
    for seq, state in enumerate(states, 1):
        taken = (now - timedelta(hours=len(states) - seq)).isoformat()
        record.record(Reset(state.host.machine_id, seq, taken, msgspec.structs.replace(state, taken_at=taken)))


@pytest.mark.django_db
def test_the_exit_status_says_whether_something_changed() -> None:
    store(a_state([a_process(7)]), a_state([a_process(7)]), a_state([a_process(8)]))
    status, out, _ = run("compare", "1", "2")
    assert (status, out.splitlines()[-1]) == (0, NOTHING)
    status, out, _ = run("compare", "1", "3")
    assert status == 1
    assert "+ sleep 8" in out
    assert run("compare", "1")[0] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "arguments", [("1", "9"), ("soon", "1"), ("2020-01-01", "1"), ("1", "2", "--host", "nobody")]
)
def test_what_cannot_be_compared_is_an_error_with_a_reason(arguments: tuple[str, ...]) -> None:
    store(a_state([]), a_state([]))
    status, out, err = run("compare", *arguments)
    assert (status, out) == (2, "")
    assert err.strip()


@pytest.mark.django_db
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%SZ", "%s"])
def test_a_moment_that_is_still_to_come_is_an_error_and_not_an_unchanged_one(place: int, form: str) -> None:
    store(a_state([]), a_state([]))
    ahead = datetime.now(UTC) + timedelta(days=2)
    arguments = ["1", "1"]
    arguments[place] = ahead.strftime(form) if form != "%s" else "99"
    status, out, err = run("compare", *arguments)
    assert (status, out) == (2, "")
    assert ("still to come" if form != "%s" else "the newest is 2") in err


@pytest.mark.django_db
def test_now_is_later_where_the_agents_clock_is_ahead_of_ours() -> None:
    taken = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    record.record(Reset(HOST.machine_id, 1, taken, msgspec.structs.replace(a_state([]), taken_at=taken)))
    assert run("compare", taken, "1")[0] == 0


@pytest.mark.django_db
def test_without_a_host_it_says_so() -> None:
    assert run("compare", "1", "2")[0] == 2


@pytest.mark.django_db
def test_of_several_hosts_one_must_be_named() -> None:
    store(a_state([]), a_state([a_process(7)]))
    other = msgspec.structs.replace(HOST, machine_id="c" * 32, hostname="other")
    store(msgspec.structs.replace(a_state([]), host=other))
    status, _, err = run("compare", "1", "2")
    assert status == 2
    assert "other" in err
    assert run("compare", "1", "2", "--host", "orchid")[0] == 1
    assert run("compare", "1", "now", "--host", "ccc")[0] == 0


@pytest.mark.django_db
def test_a_time_that_begins_with_a_dash_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    store(a_state([a_process(7)]), a_state([a_process(8)]), a_state([a_process(9)]))
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", "compare", "-1h30m", "-30m", "--skip-checks"]).execute()
    assert ended.value.code == 1
    assert "- sleep 7" in capsys.readouterr().out


@pytest.mark.django_db
def test_json_carries_both_moments_and_every_finding() -> None:
    store(a_state([a_process(7)]), a_state([a_process(8)]))
    status, out, _ = run("compare", "1", "2", "--json")
    report = msgspec.json.decode(out)
    assert status == 1
    assert (report["host"]["id"], report["from"]["seq"], report["to"]["seq"]) == (HOST.machine_id, 1, 2)
    came, gone = report["groups"][0]["findings"]
    assert (came["kind"], came["pid"], came["to"]) == ("appeared", 8, "sleep")
    assert (gone["kind"], gone["key"], gone["from"]) == ("gone", f"{BOOT[:8]}:7:100", "sleep")


@pytest.mark.django_db
def test_csv_has_a_row_for_each_finding_and_markdown_a_title() -> None:
    store(a_state([a_process(7)]), a_state([a_process(8)]))
    status, out, _ = run("compare", "1", "2", "--csv")
    assert status == 1
    assert [row["kind"] for row in csv.DictReader(io.StringIO(out))] == ["appeared", "gone"]
    assert run("compare", "1", "2", "--markdown")[1].startswith("# What changed on orchid")


@pytest.mark.django_db
def test_folded_processes_are_counted_and_with_all_they_are_listed() -> None:
    checks = [a_process(pid, "sh", cmdline=("sh", "/probe")) for pid in range(20, 28)]
    store(a_state([a_process(7)]), a_state([a_process(7), *checks]))
    assert "+ sh 20" in run("compare", "1", "2")[1]
    status, out, _ = run("compare", "1", "2", "--fold", "*/probe")
    assert status == 1
    assert "+ sh 20" not in out
    assert "sh ×8 on the host" in out
    assert "+ sh 20" in run("compare", "1", "2", "--fold", "*/probe", "--all")[1]


@pytest.mark.django_db
def test_what_came_and_went_in_between_is_counted_and_is_no_change() -> None:
    web = a_container(1)
    passing = [a_process(pid, "curl", container=web.id) for pid in (20, 21)]
    quiet = a_state([a_process(7)], containers=[web])
    store(quiet, a_state([a_process(7), *passing], containers=[web]), quiet)
    status, out, _ = run("compare", "1", "3")
    assert status == 0
    assert NOTHING in out
    assert "Came and went in between: 2 processes." in out
    assert "curl ×2 in web" in out


@pytest.mark.django_db
def test_patterns_beyond_reason_are_an_error() -> None:
    store(a_state([]), a_state([]))
    assert run("compare", "1", "2", "--fold", "x" * 10_000)[0] == 2
    assert run("compare", "1", "2", "--short", "nan")[0] == 2


@pytest.mark.django_db
def test_fifteen_busy_minutes_fit_on_a_screen_and_in_brief_on_its_first_lines() -> None:
    store(quiet_host(), busy_host())
    status, out, _ = run("compare", "1", "2")
    assert status == 1
    assert len(out.splitlines()) <= 60
    assert out.splitlines()[-1] == "--all lists every difference"
    status, brief, _ = run("compare", "1", "2", "--brief")
    assert (status, len(brief.splitlines())) == (1, 20)
    assert brief.splitlines()[:-2] == out.splitlines()[:18]
    assert len(run("compare", "1", "2", "--all")[1].splitlines()) > 300
    assert len(run("compare", "1", "2", "--markdown")[1].splitlines()) <= 60
    report = msgspec.json.decode(run("compare", "1", "2", "--json", "--brief")[1])
    assert (len(report["headlines"]), report["groups"], report["folded"]) == (36, [], [])
    assert report["counts"]["containers"] == {"started": 12, "stopped": 18, "restarted": 6}


@pytest.mark.django_db
def test_a_search_leaves_the_rest_out_and_decides_the_exit_status() -> None:
    store(quiet_host(20), busy_host(20))
    status, out, _ = run("compare", "1", "2", "--search", "project:shop")
    assert status == 1
    assert "shop-service-12 is gone" in out
    assert "ci-service" not in out
    status, out, _ = run("compare", "1", "2", "--search", "container:nobody")
    assert (status, out.splitlines()[-1]) == (0, f"{NOTHING} that matches container:nobody")


@pytest.mark.django_db
@pytest.mark.parametrize("options", [("--brief", "--csv"), ("--search", "projct:shop")])
def test_options_that_make_no_sense_are_an_error(options: tuple[str, ...]) -> None:
    store(a_state([]), a_state([]))
    status, out, err = run("compare", "1", "2", *options)
    assert (status, out) == (2, "")
    assert err.strip()
