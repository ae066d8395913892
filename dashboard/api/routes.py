"""The public HTTP interface, version 1: typed, JSON, described at ``/api/v1/openapi.json``."""

from __future__ import annotations

import gzip
from datetime import datetime
from typing import Annotated, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import Field, NinjaAPI, Query, Schema
from ninja.security import django_auth

from dashboard.accounts.access import visible_hosts
from dashboard.api import compare as api_compare
from dashboard.api import feed as api_feed
from dashboard.api import history as api_history
from dashboard.api import picture as api_picture
from dashboard.api import transfer as api_carry
from dashboard.api.loading import host_for
from dashboard.api.state_cache import packed_state
from inspector.errors import IsoscopeError, NoSuchSnapshot
from inspector.history.states import diff_between
from inspector.models import Host
from inspector.protocol.frames import encode

api = NinjaAPI(
    title="Isoscope",
    version="1",
    docs_url=None,
    docs_decorator=login_required,
    auth=django_auth,
    urls_namespace="api-v1",
)
api.add_router("", api_history.router)
api.add_router("", api_compare.router)
api.add_router("", api_carry.router)
api.add_router("", api_picture.router)
api.add_router("", api_feed.router)


class Imported(Schema):
    """When a host was brought in from a file, and which machine id it had before."""

    at: datetime
    from_: str = Field(alias="from")


class HostSummary(Schema):
    """One row of the host chooser."""

    id: str
    hostname: str
    kernel: str
    boot_id: str
    seq: int
    seen_at: datetime | None
    interval_s: float
    stale: bool
    processes: int
    containers: int
    imported: Imported | None


class Problem(Schema):
    """Every answer that is not what was asked for."""

    detail: str


@api.exception_handler(NoSuchSnapshot)
def no_such_snapshot(request: HttpRequest, error: NoSuchSnapshot) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404)


@api.exception_handler(IsoscopeError)
def cannot_do(request: HttpRequest, error: IsoscopeError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=409)


@api.get("/hosts", response=list[HostSummary], by_alias=True)
def list_hosts(request: HttpRequest) -> list[dict[str, Any]]:
    """The hosts this user may see, by name."""
    return [summarise(host) for host in visible_hosts(request.user).order_by("hostname", "machine_id")]


def summarise(host: Host) -> dict[str, Any]:
    return {
        "id": host.machine_id,
        "hostname": host.hostname,
        "kernel": host.kernel,
        "boot_id": host.boot_id,
        "seq": host.last_seq,
        "seen_at": host.seen_at,
        "interval_s": host.interval.total_seconds(),
        "stale": host.is_away(timezone.now()),
        "processes": host.processes,
        "containers": host.containers,
        "imported": host.imported_at and {"at": host.imported_at, "from": host.imported_from},
    }


@api.get("/hosts/{machine_id}/state", response={404: Problem})
def state(request: HttpRequest, machine_id: str, at: int | None = None) -> HttpResponse:
    """The whole ``HostState``, now or at a snapshot, with its number in ``X-Isoscope-Seq``."""
    host = host_for(request, machine_id)
    seq = host.last_seq if at is None else at
    tag = f'"{host.pk}-{seq}"'
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        response = compressed(request, packed_state(host, seq))
    response.headers["ETag"] = tag
    response.headers["X-Isoscope-Seq"] = str(seq)
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Cookie"])
    return response


def compressed(request: HttpRequest, packed: bytes) -> HttpResponse:
    """A JSON answer from gzip bytes, unpacked for the rare client that cannot."""
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type="application/json")
    return HttpResponse(packed, content_type="application/json", headers={"Content-Encoding": "gzip"})


@api.get("/hosts/{machine_id}/compare", response={404: Problem})
def compare(
    request: HttpRequest, machine_id: str, from_: Annotated[int, Query(alias="from")], to: int
) -> HttpResponse:
    """What turns the state at ``from`` into the state at ``to``, as one diff; either order is allowed."""
    host = host_for(request, machine_id)
    return HttpResponse(encode(diff_between(host, from_, to)), content_type="application/json")
