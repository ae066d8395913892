"""Deleting a host with all of its history, by an administrator."""

from __future__ import annotations

import logging
import threading
from typing import Any

from django.db import connections
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from ninja.errors import HttpError

from dashboard.accounts import audit
from dashboard.accounts.access import may_delete
from dashboard.api.common import Problem
from dashboard.api.loading import host_for
from dashboard.models import AuditEvent
from inspector.history.retention import forgetting
from inspector.models import Host

log = logging.getLogger("isoscope.server")

router = Router()


class Deletion(Schema):
    """A host that is being deleted: how many rows are still there."""

    rows: int


@router.delete("/hosts/{machine_id}", response={202: Deletion, 403: Problem, 404: Problem, 409: Problem})
def delete_host(request: HttpRequest, machine_id: str) -> Status[dict[str, Any]]:
    """Delete a host that was imported, or whose agent is away. It is gone at once; its rows go in the background."""
    host = host_for(request, machine_id)
    check_right(request, machine_id)
    if host.imported_at is None and not host.is_away(timezone.now()):
        raise HttpError(409, f"the agent of {host} reports: stop it first, then delete the host")
    forgetting.hide(host)
    audit.note(request, AuditEvent.What.HOST_DELETED, machine_id, str(host))
    log.warning("%s deletes the host %s", request.user.get_username(), machine_id)
    threading.Thread(target=forget, args=(host,), name="forget-host", daemon=True).start()
    return Status(202, {"rows": forgetting.rows_of(host)})


@router.get("/hosts/{machine_id}/deletion", response={200: Deletion, 403: Problem, 404: Problem})
def read_deletion(request: HttpRequest, machine_id: str) -> dict[str, Any]:
    """How far the deletion is; 404 once it is done."""
    check_right(request, machine_id)
    host = Host.objects.filter(machine_id=machine_id, importing=True).first()
    if host is None:
        raise Http404("there is no such host any more")
    return {"rows": forgetting.rows_of(host)}


def check_right(request: HttpRequest, machine_id: str) -> None:
    """:raises HttpError: 403, this person may not delete hosts, or not this one."""
    if not may_delete(request.user, machine_id):
        raise HttpError(403, "only an administrator may delete a host")


def forget(host: Host) -> None:
    """Delete it in the background. The next round of retention deletes what a failure leaves."""
    try:
        forgetting.forget(host)
    except Exception:
        log.exception("the host %s could not be deleted; it is tried again later", host.machine_id)
    finally:
        connections.close_all()
