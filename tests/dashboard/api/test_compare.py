"""The comparison over HTTP: for the page, and as files."""

from __future__ import annotations

import csv
import io
import re

import pytest

from inspector.history import record
from inspector.protocol.frames import Reset
from tests.dashboard.conftest import MACHINE, People
from tests.support.states import a_process, a_state

URL = f"/api/v1/hosts/{MACHINE}/compare/report"


@pytest.fixture(autouse=True)
def second(people: People) -> None:
    """At seq 2 process 2 is gone, and eight checks and a worker have come."""
    checks = [a_process(pid, "sh", cmdline=("sh", "healthcheck")) for pid in range(20, 28)]
    state = a_state([a_process(1), a_process(9, "=worker"), *checks], taken_at="2026-11-23T04:10:00+00:00")
    record.record(Reset(host=MACHINE, seq=2, taken_at=state.taken_at, state=state))


def test_the_page_gets_findings_in_groups_with_counts_on_top(people: People) -> None:
    report = people.viewer.get(f"{URL}?from=1&to=2").json()
    assert (report["from"]["seq"], report["to"]["seq"], report["changed"]) == (1, 2, True)
    assert report["counts"]["processes"] == {"appeared": 9, "gone": 1}
    (group,) = report["groups"]
    assert [(item["kind"], item["pid"]) for item in group["findings"]] == [("appeared", 9), ("gone", 2)]
    assert report["folded"][0]["counts"] == {"appeared": 8}


def test_the_moments_may_be_swapped(people: People) -> None:
    report = people.viewer.get(f"{URL}?from=2&to=1&all=true").json()
    assert report["counts"]["processes"] == {"appeared": 1, "gone": 9}
    assert len(report["groups"][0]["findings"]) == 10


def test_given_patterns_replace_the_default_ones(people: People) -> None:
    folded = people.viewer.get(f"{URL}?from=1&to=2&fold=*worker*&fold=sleep").json()["folded"]
    assert {item["pattern"] for item in folded} == {"*worker*", "sleep"}
    assert people.viewer.get(f"{URL}?from=1&to=2&fold=").json()["folded"] == []


def test_csv_and_markdown_are_files_named_after_host_and_moments(people: People) -> None:
    table = people.viewer.get(f"{URL}?from=1&to=2&format=csv")
    assert table.headers["Content-Type"].startswith("text/csv")
    name = 'attachment; filename="orchid-20261123T031000Z-20261123T041000Z'
    assert table.headers["Content-Disposition"] == f'{name}.csv"'
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [row["name"] for row in rows if row["kind"] == "appeared"] == ["'=worker"]
    text = people.viewer.get(f"{URL}?from=1&to=2&format=markdown&zone=Asia/Tokyo")
    assert text.headers["Content-Disposition"] == f'{name}.md"'
    assert "2026-11-23 03:10:00" in text.content.decode()
    assert "12:10:00 JST" in text.content.decode().replace("\\", "")


@pytest.mark.parametrize("query", ["from=1&to=99", "from=0&to=1"])
def test_a_moment_that_history_does_not_hold_is_not_found(people: People, query: str) -> None:
    answer = people.viewer.get(f"{URL}?{query}")
    assert answer.status_code == 404
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "from=1",
        "from=1&to=two",
        "from=1&to=2&format=pdf",
        "from=1&to=2&zone=../../etc/passwd",
        "from=1&to=2&zone=Nowhere",
        "from=1&to=2&short=-1",
        "from=1&to=2&short=nan",
        f"from=1&to=2&fold={'x' * 500}",
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(people: People, query: str) -> None:
    answer = people.viewer.get(f"{URL}?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"]


def test_a_comparison_is_not_kept_for_somebody_else(people: People) -> None:
    headers = people.viewer.get(f"{URL}?from=1&to=2").headers
    assert "private" in headers["Cache-Control"]
    assert "Cookie" in headers["Vary"]


def test_in_brief_there_are_headlines_and_counts_only(people: People) -> None:
    report = people.viewer.get(f"{URL}?from=1&to=2&brief=true").json()
    assert (report["groups"], report["folded"]) == ([], [])
    assert report["counts"]["processes"] == {"appeared": 9, "gone": 1}
    text = people.viewer.get(f"{URL}?from=1&to=2&brief=true&format=markdown").content.decode()
    assert len(text.splitlines()) <= 20
    assert people.viewer.get(f"{URL}?from=1&to=2&brief=true&format=csv").status_code == 422


def test_a_search_finds_only_what_was_asked_for(people: People) -> None:
    report = people.viewer.get(f"{URL}?from=1&to=2&search=worker").json()
    assert (report["search"], report["changed"], report["counts"]) == ("worker", True, {"processes": {"appeared": 1}})
    assert not people.viewer.get(f"{URL}?from=1&to=2&search=nobody").json()["changed"]
    assert people.viewer.get(f"{URL}?from=1&to=2&search=projct:x").status_code == 422


def test_markdown_links_to_the_same_report_with_everything(people: People) -> None:
    text = people.viewer.get(f"{URL}?from=1&to=2&format=markdown&zone=Asia/Tokyo").content.decode()
    [link] = re.findall(r"\[Every difference\]\(<(.+)>\)", text)
    whole = people.viewer.get(link).content.decode()
    assert "healthcheck" in whole and "Every difference" not in whole
    assert "JST" in whole
