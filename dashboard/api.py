"""The public HTTP interface, version 1: typed, JSON, described at ``/api/v1/openapi.json``."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Annotated, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from ninja import NinjaAPI, Query, Schema, Status
from ninja.security import django_auth

from dashboard.access import visible_hosts
from dashboard.loading import host_for
from inspector import history, marks
from inspector.errors import IsoscopeError, NoSuchSnapshot
from inspector.frames import encode
from inspector.models import Host, Mark
from inspector.moments import format_instant

api = NinjaAPI(
    title="Isoscope",
    version="1",
    docs_url=None,
    docs_decorator=login_required,
    auth=django_auth,
    urls_namespace="api-v1",
)


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


class SnapshotSummary(Schema):
    """A snapshot somebody asked for; ``seq`` is null until the next look at the host fulfils it."""

    seq: int | None
    taken_at: str | None
    name: str
    requested_at: datetime


class Problem(Schema):
    """Every answer that is not what was asked for."""

    detail: str


@api.exception_handler(NoSuchSnapshot)
def no_such_snapshot(request: HttpRequest, error: NoSuchSnapshot) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=404)


@api.exception_handler(IsoscopeError)
def cannot_do(request: HttpRequest, error: IsoscopeError) -> HttpResponse:
    return api.create_response(request, {"detail": str(error)}, status=409)


@api.get("/hosts", response=list[HostSummary])
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
        response = compressed(request, states.get(host, seq))
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


class EncodedStates:
    """The states asked for lately, as gzip. A state at a ``seq`` never changes, so nothing here grows stale."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.held: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self.lock = Lock()

    def get(self, host: Host, seq: int) -> bytes:
        """The state at ``seq``, encoded once.

        :raises NoSuchSnapshot: history does not hold it.
        """
        key = host.pk, seq
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
                return self.held[key]
        packed = gzip.compress(encode(history.state_at(host, seq)), compresslevel=2, mtime=0)
        with self.lock:
            self.held[key] = packed
            while len(self.held) > 1 and sum(map(len, self.held.values())) > self.most_bytes:
                self.held.popitem(last=False)
        return packed


states = EncodedStates(most_bytes=64 * 2**20)


@api.get("/hosts/{machine_id}/compare", response={404: Problem})
def compare(
    request: HttpRequest, machine_id: str, from_: Annotated[int, Query(alias="from")], to: int
) -> HttpResponse:
    """What turns the state at ``from`` into the state at ``to``, as one diff; either order is allowed."""
    host = host_for(request, machine_id)
    return HttpResponse(encode(history.diff_between(host, from_, to)), content_type="application/json")


@api.get("/hosts/{machine_id}/snapshots", response={200: list[SnapshotSummary], 404: Problem})
def list_snapshots(request: HttpRequest, machine_id: str) -> list[dict[str, Any]]:
    """The snapshots people asked for, newest first."""
    return [summarise_mark(mark) for mark in host_for(request, machine_id).marks.order_by("-pk")[:200]]


@api.post("/hosts/{machine_id}/snapshots", response={202: SnapshotSummary, 404: Problem, 409: Problem})
def take_snapshot(request: HttpRequest, machine_id: str) -> Status[dict[str, Any]]:
    """Ask for a snapshot. The next look at the host fulfils it: an agent takes no orders."""
    host = host_for(request, machine_id)
    return Status(202, summarise_mark(marks.request_snapshot(host, by=request.user.get_username())))


def summarise_mark(mark: Mark) -> dict[str, Any]:
    taken_at = mark.taken_at and format_instant(mark.taken_at)
    return {"seq": mark.seq, "taken_at": taken_at, "name": mark.name, "requested_at": mark.requested_at}
