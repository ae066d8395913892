"""The log goes to standard error as it is now, whoever replaced it meanwhile."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.conf import settings
from django.utils.log import configure_logging

from dashboard.accounts.secrets import make_token
from dashboard.config.logs import LINE, JsonFormatter, LineFormatter


@pytest.fixture
def as_configured() -> Iterator[None]:
    """Logging is configured as when Django is set up, while another stream stands for standard error."""
    before, sys.stderr = sys.stderr, io.StringIO()
    try:
        configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)
    finally:
        sys.stderr.close()
        sys.stderr = before
    yield


def test_the_log_outlives_the_stream_that_was_there_when_it_was_configured(
    as_configured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("isoscope.server").warning("something happened")
    said = capsys.readouterr().err
    assert "WARNING isoscope.server: something happened" in said
    assert "Logging error" not in said


def test_nothing_that_is_logged_forges_a_line_or_steers_a_terminal(
    as_configured: None, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "x\n2026-01-01 00:00:00,000 WARNING isoscope.server: forged\x1b[2J\u202e\x9b"
    log = logging.getLogger("isoscope.server")
    log.warning("a name: %s", hostile)
    try:
        raise ValueError(hostile)
    except ValueError:
        log.exception("it failed", stack_info=True)
    lines = capsys.readouterr().err.splitlines()
    assert all(line.isprintable() for line in lines)
    assert [line.split()[2] for line in lines if not line.startswith("    ")] == ["WARNING", "ERROR"]
    assert any(line.startswith("    2026-01-01") for line in lines), "the traceback is there, and indented"


SECRET = make_token()
TOLD = [
    f"Internal Server Error: /sign-in/{SECRET}",
    "Internal Server Error: /sign-in/short-one",
    f"refused: Authorization: Bearer {SECRET}",
    f"the token {SECRET[:20]}… of nobody",
    "cannot connect to postgresql://isoscope:hunter2@db:5432/x",
    "redis://:hunter2@cache:6379/0 does not answer",
    f"a header {SECRET}",
]


@pytest.mark.parametrize("form", ["line", "json"])
@pytest.mark.parametrize("told", TOLD)
def test_no_line_of_the_log_holds_a_token_or_a_password(told: str, form: str) -> None:
    formatter = LineFormatter(LINE, style="{") if form == "line" else JsonFormatter()
    try:
        raise ValueError(told)
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("isoscope.server", logging.ERROR, "x.py", 1, "%s", (told,), caught)
    line = formatter.format(record)
    assert "••••" in line
    assert not any(word in line for word in (SECRET[:20], "short-one", "hunter2"))


def test_a_line_of_json_is_one_event() -> None:
    record = logging.LogRecord(
        "isoscope.server", logging.WARNING, "x.py", 1, "two\nlines \x1b[2J of %s", ("web",), None
    )
    line = JsonFormatter().format(record)
    assert line.isprintable()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == (
        "warning",
        "isoscope.server",
        "two\nlines \x1b[2J of web",
    )
    assert datetime.fromisoformat(told["at"]).timestamp() == pytest.approx(record.created, abs=0.001)
