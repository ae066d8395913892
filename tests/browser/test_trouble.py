"""What a person sees while nothing can be recorded: why, since when, and that it is over."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.running import ROOT, Run

pytestmark = pytest.mark.browser


def test_the_page_says_that_the_database_is_locked_shows_what_it_has_and_says_when_recording_goes_on(
    isoscope: Run, page: Page
) -> None:
    path = Path(isoscope.environ["ISOSCOPE_DATA"]) / "isoscope.sqlite3"
    command = [sys.executable, "-m", "tests.support.other_programs", "lock", str(path)]
    trouble = page.locator("#trouble")
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None and program.stdout.readline() == b"done\n"
        expect(trouble).to_contain_text("The database is locked by another program")
        expect(trouble).to_contain_text("UTC")
        assert page.evaluate("isoscope.state().processes.size") > 0
        held = page.evaluate("isoscope.state().seq")
    expect(trouble).to_be_hidden(timeout=60_000)
    page.wait_for_function("held => isoscope.state().seq > held", arg=held)
