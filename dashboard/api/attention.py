"""What needs attention on a host, over HTTP."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from dashboard.api.common import Problem, answer
from dashboard.api.large import make
from dashboard.api.loading import host_for
from dashboard.api.openapi.answers import answers
from dashboard.api.shares import EVENTS
from inspector.analysis.attention import from_history

router = Router()

NOT_YET: Final = from_history.Attention(0, "", True, ())


@router.get("/hosts/{machine_id}/attention", response={404: Problem}, openapi_extra=answers(from_history.Attention))
def read_attention(request: HttpRequest, machine_id: str) -> HttpResponse:
    """Containers that restart, were killed, are unhealthy, exited, are left behind or newly exposed; moments."""
    host = host_for(request, machine_id)
    if host.last_seq == 0:
        return answer(NOT_YET)
    with EVENTS.turn(request):
        return answer(make(host, host.last_seq, from_history.read, host, timezone.now()))
