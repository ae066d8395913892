"""The log goes to standard error as it is now, whoever replaced it meanwhile."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils.log import configure_logging


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
