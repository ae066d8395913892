"""The page of the audit log, for administrators."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.models import AuditEvent

LISTED: Final = 100
"""Events on one page."""


@require_safe
@never_cache
@login_required
@permission_required("dashboard.view_auditevent", raise_exception=True)
def list_events(request: HttpRequest) -> HttpResponse:
    """Events, newest first; of one kind and one account where the query names them."""
    events = AuditEvent.objects.order_by("-pk")
    what, who = request.GET.get("what", ""), request.GET.get("who", "").replace("\x00", "")
    if what in AuditEvent.What.values:
        events = events.filter(what=what)
    if who:
        events = events.filter(who__icontains=who)
    shown = Paginator(events, LISTED).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {"events": shown, "kinds": AuditEvent.What.values, "what": what, "who": who, "query": query.urlencode()}
    return render(request, "dashboard/audit.html", context | {"here": "audit"})
