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
