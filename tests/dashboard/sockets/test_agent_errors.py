"""The mapping from errors to answers and close codes."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from dashboard.sockets.agent_errors import Close, Overtaken, Refusal, Revoked, outcome_of
from inspector.errors import Diverged, MalformedFrame, OutOfStep


@pytest.mark.parametrize(
    ("error", "code"),
    [(Revoked("revoked"), 4401), (Overtaken(), 4409), (OperationalError("disk full"), 4503)],
)
def test_the_connection_closes_when_the_agent_cannot_continue(error: Exception, code: int) -> None:
    outcome = outcome_of(error)
    assert isinstance(outcome, Close) and outcome.code == code and outcome.reason


@pytest.mark.parametrize("error", [OutOfStep("lost"), Diverged("differs")])
def test_a_reset_is_requested_when_history_and_agent_differ(error: Exception) -> None:
    assert outcome_of(error) == Refusal(need="reset")


def test_a_malformed_frame_is_refused_with_a_bounded_reason() -> None:
    assert outcome_of(MalformedFrame("x" * 9000)) == Refusal(refused="x" * 500)


def test_an_unexpected_error_leaves_the_frame_with_the_agent_and_does_not_send_its_text() -> None:
    outcome = outcome_of(PermissionError("/secret/path"))
    assert outcome == Close(4503, "the server had an internal error, try again later")
