"""``manage.py run`` killed with everything it started, and started again."""

from __future__ import annotations

import contextlib
import json
import signal
import sqlite3
import urllib.request
from pathlib import Path

from tests.support.running import Run, browser, fetch, free_port, redeem, wait_for


def signed_in(run: Run) -> urllib.request.OpenerDirector:
    visitor = browser()
    wait_for(lambda: redeem(visitor, run.link())[0] == 200)
    return visitor


def seqs(visitor: urllib.request.OpenerDirector, run: Run) -> list[int]:
    """How far the history of each host came."""
    return [host["seq"] for host in json.loads(fetch(visitor, run.url() + "/api/v1/hosts")[1])]


def hold_claims(data: Path) -> None:
    """As if it had been killed this moment, however long starting takes here."""
    with contextlib.closing(sqlite3.connect(data / "isoscope.sqlite3")) as database, database:
        later = "strftime('%Y-%m-%d %H:%M:%f', 'now', '+29 seconds')"
        assert database.execute(f"UPDATE dashboard_agentclaim SET until_at = {later}").rowcount == 1


def test_killed_altogether_and_started_again_it_records_on_at_once(tmp_path: Path) -> None:
    port = str(free_port())
    first = Run(tmp_path / "data", "--port", port)
    try:
        visitor = signed_in(first)
        wait_for(lambda: seqs(visitor, first))
    finally:
        first.stop(signal.SIGKILL)
    hold_claims(tmp_path / "data")
    second = Run(tmp_path / "data", "--port", port)
    try:
        again = signed_in(second)
        wait_for(lambda: seqs(again, second)[0] > 1)
        assert "another agent speaks for this host" not in second.output
    finally:
        second.stop(signal.SIGKILL)
