"""Load and authorise in one step, for every endpoint."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from dashboard.accounts.access import find_host
from dashboard.api.still_allowed import HIDDEN, note_asked
from inspector.models import Host


def host_for(request: HttpRequest, machine_id: str) -> Host:
    """The host, where it exists and this user may see it.

    :raises Http404: there is no such host, or this user may not see it; the answer does not show which.
    """
    host = find_host(request.user, machine_id)
    if host is None:
        raise Http404(HIDDEN)
    note_asked(request, machine_id)
    return host
