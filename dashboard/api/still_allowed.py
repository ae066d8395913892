"""A right that is lost while an answer is being made: the answer is not given."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from dashboard.accounts.access import still_sees, still_shows
from dashboard.accounts.api_tokens import token_of

ASK_AFTER_S: Final = 0.5
"""Seconds for which a check of the right is valid: a quicker answer is given without another check."""

HIDDEN: Final = "there is no such host, or you may not see it"


class RightLost(Exception):
    """A download is cut off: the person may no longer see the host."""


class Asked(NamedTuple):
    """The host that a request is about, and when the right was last checked (monotonic)."""

    machine_id: str
    at: float


def note_asked(request: HttpRequest, machine_id: str) -> None:
    """Note that the right was just checked."""
    request.isoscope_asked = Asked(machine_id, time.monotonic())  # type: ignore[attr-defined]


def is_still_allowed(request: HttpRequest) -> bool:
    """Whether the right is still there; checked again if the last check is :data:`ASK_AFTER_S` ago."""
    asked: Asked | None = getattr(request, "isoscope_asked", None)
    if asked is None or time.monotonic() - asked.at < ASK_AFTER_S:
        return True
    note_asked(request, asked.machine_id)
    if (token := token_of(request.user)) is not None:
        return still_shows(token, asked.machine_id)
    return still_sees(request.session.session_key or "", asked.machine_id)


class AskAgain:
    """Middleware: pictures, comparisons and whatever else takes long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return response if is_still_allowed(request) else JsonResponse({"detail": HIDDEN}, status=404)
